// Checks the targets of an update: their values, and that there is at least one.
import { UserError } from "../base/diagnostic.ts";
import { isWithin, rangeText, type TargetRange } from "../base/target-range.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { HostArray } from "../targets/target.ts";
import { labelsNotFit } from "../data/labels-fit.ts";
import { outputOf } from "../lang/elaborate/predict.ts";
import { countThinned, thinned } from "../shape/thinned.ts";
import { timeName, timeOf } from "../shape/type.ts";
import { firstWrong, printPlace } from "./finite.ts";

interface Situation {
  readonly isSingle: boolean;
  readonly allowNonFinite: boolean;
  /** `[B]`, for a ragged batch. */
  readonly lengthsOf: (input: ProgramInput) => Int32Array | undefined;
}

/** Throws a UserError for a target whose loss is not defined, and if no example has a target. `found` has whole sequences `[T, B, …]`. */
export function refuseBadTargets(program: Program, found: ReadonlyMap<string, HostArray>, situation: Situation): void {
  for (const prediction of program.predictions) {
    const input = program.inputs.find(({ name }) => name === prediction.target);
    const array = found.get(prediction.target);
    const { range, ahead } = prediction;
    if (range !== null && input !== undefined && array !== undefined)
      refuseOutside(range, { input, array, ahead }, situation);
  }
  for (const prediction of program.predictions) refuseTooManyLabels(program, found, prediction, situation);
  const counts = program.predictions.map((each) => countTargets(program, found, each, situation));
  if (counts.length === 0 || counts.some((count) => count > 0)) return;
  const names = [
    ...new Set(program.predictions.map(({ target, ahead }) => `\`${target}${ahead === 0 ? "" : `[t+${ahead}]`}\``)),
  ];
  throw new UserError(
    `there is nothing to learn: no example of this batch is long enough to have ${names.join(" or ")}`,
  );
}

/** Labels by ctc that do not fit into the steps that they are read from. */
function refuseTooManyLabels(
  program: Program,
  found: ReadonlyMap<string, HostArray>,
  prediction: Program["predictions"][number],
  { lengthsOf, isSingle }: Situation,
): void {
  const input = program.inputs.find(({ name }) => name === prediction.target);
  const array = found.get(prediction.target);
  if (prediction.kind !== "labels" || input === undefined || array === undefined) return;
  const time = timeName(program.graph.output(outputOf(prediction)).type) ?? "";
  const [all = 0, batch = 1] = array.shape;
  const own = lengthsOf(input);
  for (let example = 0; example < batch; example++) {
    const steps = stepsOfExample(program, found, { time, example, lengthsOf });
    const count = own?.[example] ?? all;
    const labels = Array.from({ length: count }, (_, step) => array.data[step * batch + example] ?? 0);
    const name = isSingle ? input.name : `${input.name}[${example}]`;
    const text = steps === undefined ? undefined : labelsNotFit({ name, labels, steps });
    if (text !== undefined) throw new UserError(text);
  }
}

interface Along extends Pick<Situation, "lengthsOf"> {
  readonly time: string;
  readonly example: number;
}

function stepsOfExample(program: Program, found: ReadonlyMap<string, HostArray>, along: Along): number | undefined {
  const { time, example, lengthsOf } = along;
  const input = program.inputs.find(({ name, type }) => found.has(name) && timeName(type) === time);
  if (input !== undefined) return lengthsOf(input)?.[example] ?? found.get(input.name)?.shape[0];
  const parts = thinned(time);
  const whole = parts === undefined ? undefined : stepsOfExample(program, found, { ...along, time: parts.of });
  return parts === undefined || whole === undefined ? undefined : countThinned(whole, parts.every);
}

interface Given {
  readonly input: ProgramInput;
  readonly array: HostArray;
  readonly ahead: number;
}

function refuseOutside(
  range: TargetRange,
  { input, array, ahead }: Given,
  { lengthsOf, isSingle, allowNonFinite }: Situation,
): void {
  const { name, type } = input;
  const where = { name, hasTime: timeOf(type) !== undefined, isSingle, lengths: lengthsOf(input) };
  const first = ahead * (array.shape[1] ?? 1) * width(array);
  const isWrong = (value: number): boolean => !isWithin(value, range) && !(allowNonFinite && Number.isNaN(value));
  const data = array.data.subarray(first);
  const index = firstWrong(
    data,
    array.shape,
    { ...where, lengths: where.lengths?.map((length) => length - ahead) },
    isWrong,
  );
  if (index === undefined) return;
  throw new UserError(
    `\`${name}\` is predicted \`by ${range.by}\`, so its values are ${rangeText(range)}, but \`${printPlace(first + index, array.shape, where)}\` is ${data[index] ?? NaN}`,
  );
}

/** The number of elements at one step of one example. */
function width({ shape }: HostArray): number {
  return shape.slice(2).reduce((product, size) => product * size, 1);
}

/** The number of steps of all examples that have a target; 1 for a prediction that is not a sequence. */
function countTargets(
  program: Program,
  found: ReadonlyMap<string, HostArray>,
  { target, ahead, isSequence }: Program["predictions"][number],
  { lengthsOf }: Situation,
): number {
  const input = program.inputs.find(({ name }) => name === target);
  const array = found.get(target);
  if (!isSequence || input === undefined || array === undefined) return 1;
  const lengths = lengthsOf(input);
  // `addTargetsAhead` refuses a full batch that is too short.
  return lengths === undefined ? 1 : lengths.reduce((sum, length) => sum + Math.max(0, length - ahead), 0);
}
