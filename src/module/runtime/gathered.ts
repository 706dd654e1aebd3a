// The inputs of one call: all of one batch, sequences that are read together equally long.
import { UserError } from "../../base/diagnostic.ts";
import type { DataDescription, ModuleDescription } from "../description.ts";
import { readGiven, type GivenArray, type Value } from "./given.ts";
import type { Texts } from "./texts.ts";

export type Inputs = Readonly<Record<string, Value>>;

export interface Gathered {
  readonly arrays: ReadonlyMap<string, GivenArray>;
  readonly sizes: Map<string, number>;
  /** Null for one example without an axis of examples. */
  readonly batch: number | null;
  /** By times: how many steps each example has, where they differ. */
  readonly lengths: Map<string, readonly number[]>;
}

/** `belongs` says which inputs are needed. Throws a UserError that says what was expected. */
export function gather(
  { inputs, name }: ModuleDescription,
  texts: Texts | null,
  given: Inputs,
  belongs: (input: DataDescription) => boolean,
  isStep: boolean,
): Gathered {
  const refuse = (message: string): never => {
    throw new UserError(message);
  };
  for (const each of Object.keys(given)) {
    const input = inputs.find((one) => one.name === each);
    // Targets may be given where nothing reads them, as in a row of data.
    if (input !== undefined && input.role !== "target" && !belongs(input))
      refuse(isStep ? `\`${each}\` is given when the steps begin` : `\`${each}\` is given with each step`);
    if (input === undefined)
      refuse(`\`${name}\` has no input \`${each}\`, but ${inputs.map((input) => `\`${input.name}\``).join(", ")}`);
  }
  const arrays = new Map<string, GivenArray>();
  const sizes = new Map<string, number>();
  const lengths = new Map<string, readonly number[]>();
  let batch: number | null | undefined;
  for (const input of inputs.filter(belongs)) {
    const value = given[input.name] ?? refuse(`\`${name}\` needs its ${input.role} \`${input.name}\`, ${input.type}`);
    const hasTime = input.time !== null && !isStep;
    const array =
      texts?.encoded(input.tokens?.vocabulary ?? null, value, hasTime) ?? readGiven(input, value, hasTime, sizes);
    if (batch !== undefined && batch !== array.batch)
      refuse(`\`${input.name}\` has another number of examples than the inputs before it`);
    batch = array.batch;
    arrays.set(input.name, array);
    if (input.time === null || array.steps === null) continue;
    if ((sizes.get(input.time) ?? array.steps) !== array.steps) refuseUnlike(inputs, input.time);
    sizes.set(input.time, array.steps);
    if (array.lengths !== null) lengths.set(input.time, array.lengths);
  }
  return { arrays, sizes, batch: batch ?? null, lengths };
}

/** Sequences that are read together, step by step, differ in length. */
function refuseUnlike(inputs: ModuleDescription["inputs"], time: string): never {
  const together = inputs.flatMap((each) => (each.time === time ? [`\`${each.name}\``] : []));
  throw new UserError(`${together.join()} differ in length`);
}

/** Adds the lengths of a sequence, one for each example. Throws a UserError for others. */
export function addLengths(
  { inputs }: ModuleDescription,
  { arrays, batch, lengths }: Gathered,
  name: string,
  given: ArrayLike<number>,
): void {
  const time = inputs.find((each) => each.name === name)?.time ?? null;
  const steps = arrays.get(name)?.steps ?? 0;
  const own = Array.from(given);
  const isLength = (each: number): boolean => Number.isInteger(each) && each > 0 && each <= steps;
  if (time === null || own.length !== (batch ?? 1) || !own.every(isLength))
    throw new UserError(`the lengths of \`${name}\` must be one for each example, 1 to ${steps}`);
  if (String(lengths.get(time) ?? own) !== String(own)) refuseUnlike(inputs, time);
  lengths.set(time, own);
}

/** One example of a batch, with as many steps as it has. */
export function exampleOf(
  { inputs }: ModuleDescription,
  { arrays, sizes, batch, lengths }: Gathered,
  example: number,
): Gathered {
  const own = new Map(sizes);
  for (const [time, each] of lengths) own.set(time, each[example] ?? 1);
  const count = batch ?? 1;
  const parts = inputs.flatMap((input): [string, GivenArray][] => {
    const array = arrays.get(input.name);
    if (array === undefined) return [];
    const steps = array.steps === null ? null : (own.get(input.time ?? "") ?? 1);
    const width = array.data.length / (count * (array.steps ?? 1));
    const data = new Float64Array((steps ?? 1) * width);
    for (let t = 0; t < (steps ?? 1); t++) {
      const from = (t * count + example) * width;
      data.set(array.data.subarray(from, from + width), t * width);
    }
    return [[input.name, { data, batch: null, steps, lengths: null }]];
  });
  return { arrays: new Map(parts), sizes: own, batch: null, lengths: new Map() };
}
