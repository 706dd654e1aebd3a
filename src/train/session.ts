// A model that is used step by step: what does not change is computed once, states are carried on, and what it predicts is fed back.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { lower, programOf } from "../compile.ts";
import type { Graph } from "../graph/graph.ts";
import type { Prediction } from "../lang/elaborate/predict.ts";
import type { Program, ProgramInput } from "../lang/elaborate/program.ts";
import { printDim, type Sizes } from "../shape/dim.ts";
import { timeOf, type Axis, type Type } from "../shape/type.ts";
import type { Executable, HostArray, Target } from "../targets/target.ts";
import { splitFeedback, statesAlong } from "../time/feedback.ts";
import { batchAxis, repeated, stepsOf, taken } from "./array-parts.ts";
import { DeviceState } from "./device-state.ts";
import { freshness, inputNodes, zeros, type InputNode } from "./feeds.ts";
import type { Model } from "./model.ts";
import type { Batch } from "./source.ts";

/** One thing that is predicted and read again. */
export interface Feedback {
  readonly prediction: Prediction;
  readonly input: ProgramInput;
}

/** What a program feeds back. Throws a UserError where that cannot be done step by step. */
export function feedbackOf(program: Program): readonly Feedback[] {
  const found = program.predictions.flatMap((prediction): readonly Feedback[] => {
    const input = program.inputs.find(({ name }) => name === prediction.target);
    return input === undefined || !prediction.isAutoregressive ? [] : [{ prediction, input }];
  });
  const far = found.find(({ prediction }) => prediction.ahead > 1);
  if (far !== undefined) {
    const { target, ahead } = far.prediction;
    throw new UserError(
      `\`${target}[t+${ahead}]\` cannot be fed back: what comes before it is not predicted. Predict \`${target}[t+1]\` to write with the model`,
    );
  }
  const times = new Set(found.map(({ input }) => printDim(timeOf(input.type) ?? fail("session", "no time"))));
  if (times.size > 1)
    throw new UserError(`${[...times].join(" and ")} differ: only sequences of one length can be fed back together`);
  return found;
}

interface Part<T> {
  readonly inputs: readonly InputNode[];
  readonly executable: Executable<T>;
}

export class Session<T> {
  readonly feedback: readonly Feedback[];
  readonly #target: Target<T>;
  readonly #weights: DeviceState<T>;
  readonly #sizes: Sizes;
  readonly #time: string;
  readonly #before: Part<T>;
  readonly #step: Part<T>;
  readonly #heldAxes: ReadonlyMap<string, readonly Axis[]>;
  readonly #states: DeviceState<T>;
  readonly #held: DeviceState<T>;
  #given: ReadonlyMap<string, HostArray> = new Map();
  #givenSizes: Sizes = new Map();
  #batch = 1;
  /** How many steps were made: 0 where states begin anew. */
  #position = 0;

  /** `weights` stay the caller's. Throws a UserError for a model that feeds nothing back. */
  constructor(model: Model, target: Target<T>, weights: DeviceState<T>, sizes: Sizes) {
    const options = { ragged: model.layout === "rows", training: false, states: "carried" as const };
    const program = programOf(model.definition, model.statics, options);
    this.feedback = feedbackOf(program);
    const [first] = this.feedback;
    if (first === undefined)
      throw new UserError(`\`${program.name}\` feeds nothing back: what it predicts, it does not read`);
    this.#time = printDim(timeOf(first.input.type) ?? fail("session", "no time"));
    const wanted = program.predictions.map(({ name, kind }) => `${kind === "number" ? "value" : "logits"}.${name}`);
    const request = {
      time: this.#time,
      fed: new Set(this.feedback.map(({ input }) => input.name)),
      states: statesAlong(program.graph, this.#time),
      wanted,
    };
    const { before, step } = splitFeedback(program.graph, request, (graph) => lower(graph, null));
    const compiled = (graph: Graph): Part<T> => ({ inputs: inputNodes(graph), executable: target.compile(graph) });
    this.#heldAxes = new Map([...before.outputs].map(([name, id]) => [name, before.node(id).type.axes]));
    this.#before = compiled(before);
    this.#step = compiled(step);
    this.#target = target;
    this.#weights = weights;
    this.#sizes = sizes;
    this.#states = new DeviceState(target);
    this.#held = new DeviceState(target);
  }

  /** Begins anew, with the inputs of a batch; each example `copies` times, one after the other. */
  async begin(batch: Batch, copies = 1): Promise<void> {
    this.#states.dispose();
    this.#held.dispose();
    this.#position = 0;
    this.#batch = batch.sizes.get("B") ?? 1;
    this.#given = batch.arrays;
    this.#givenSizes = batch.sizes;
    for (const [name, tensor] of this.#run(this.#before, 1, new Map())) this.#held.replace(name, tensor);
    if (copies === 1) return;
    this.#batch *= copies;
    this.#given = new Map([...batch.arrays].map(([name, array]) => [name, this.#repeatGiven(name, array, copies)]));
    for (const [name, array] of await this.#held.downloadAll()) {
      const axis = batchAxis(this.#heldAxes.get(name) ?? []);
      if (axis !== undefined) this.#held.put(name, repeated(array, axis, copies));
    }
  }

  #repeatGiven(name: string, array: HostArray, copies: number): HostArray {
    return repeated(array, name.startsWith("length ") || array.shape.length === 1 ? 0 : this.#axisOf(name), copies);
  }

  /** Inputs stand time first where they have a time. */
  #axisOf(name: string): number {
    const node = [...this.#before.inputs, ...this.#step.inputs].find((each) => each.name === name);
    return batchAxis(node?.type.axes ?? []) ?? 0;
  }

  /** Steps on: `fed` has, for what is read itself, arrays `[n, B]` of the next n steps. Gives logits or values, `[n, B, …]`, by `logits.NAME` or `value.NAME`. */
  async step(fed: ReadonlyMap<string, HostArray>, steps = 1): Promise<ReadonlyMap<string, HostArray>> {
    const found = new Map<string, HostArray>();
    for (const [name, tensor] of this.#run(this.#step, steps, fed)) {
      if (name.startsWith("final.")) this.#states.replace(`state.${name.slice("final.".length)}`, tensor);
      else {
        found.set(name, await this.#target.download(tensor));
        this.#target.dispose(tensor);
      }
    }
    this.#position += steps;
    return found;
  }

  /** Says what the last step's value was of something that is read delayed: `values` [B]. */
  correct(name: string, values: HostArray): void {
    this.#states.put(`state.${name}[t-1]`, values);
  }

  /** Goes on with examples `rows` of the batch, in that order. */
  async reorder(rows: readonly number[]): Promise<void> {
    for (const [name, array] of await this.#states.downloadAll()) this.#states.put(name, taken(array, 0, rows));
  }

  #run(part: Part<T>, steps: number, fed: ReadonlyMap<string, HostArray>): ReadonlyMap<string, T> {
    const sizes = new Map([
      ...this.#sizes,
      ...this.#givenSizes,
      ["B", this.#batch] as const,
      [this.#time, steps] as const,
    ]);
    const temporary: T[] = [];
    const upload = (array: HostArray): T => {
      const tensor = this.#target.upload(array);
      temporary.push(tensor);
      return tensor;
    };
    const feeds = new Map(part.inputs.map((input) => [input.name, this.#feed(input, { sizes, steps, fed, upload })]));
    const results = part.executable.run(feeds, sizes);
    temporary.forEach((tensor) => this.#target.dispose(tensor));
    return results;
  }

  #feed(
    { name, role, dtype, type, axes }: InputNode,
    more: {
      readonly sizes: Sizes;
      readonly steps: number;
      readonly fed: ReadonlyMap<string, HostArray>;
      readonly upload: (array: HostArray) => T;
    },
  ): T {
    const shape = axes(more.sizes);
    if (role === "param") return this.#weights.get(name);
    if (role === "held") return this.#held.get(name);
    if (role === "fresh") return more.upload(freshness(shape, this.#position === 0));
    if (role === "state") {
      if (!this.#states.entries().has(name)) this.#states.put(name, zeros(shape, dtype));
      return this.#states.get(name);
    }
    if (name === `length ${this.#time}`) return more.upload({ dtype, shape, data: this.#lengths(name, more.steps) });
    const fed = more.fed.get(name);
    if (fed !== undefined) return more.upload(fed);
    if (this.feedback.some(({ input }) => input.name === name)) return more.upload(zeros(shape, dtype));
    const given = this.#given.get(name) ?? fail("session", `nothing is given for ${name}`);
    const isAlong = timeName(type) === this.#time;
    return more.upload(isAlong ? stepsOf(given, this.#position, this.#position + more.steps) : given);
  }

  /** How many of the next steps each example has: all, unless it is as long as an input. */
  #lengths(name: string, steps: number): Int32Array {
    const whole = this.#given.get(name)?.data;
    const left = (index: number): number => (whole?.[index] ?? Infinity) - this.#position;
    return Int32Array.from({ length: this.#batch }, (_, index) => Math.max(0, Math.min(steps, left(index))));
  }

  /** The examples' lengths where what is fed back is as long as an input; null where it ends by itself. */
  get wholeLengths(): readonly number[] | null {
    const given = this.#given.get(`length ${this.#time}`);
    return given === undefined ? null : [...given.data];
  }

  get batch(): number {
    return this.#batch;
  }

  dispose(): void {
    this.#states.dispose();
    this.#held.dispose();
  }
}

function timeName(type: Type): string | undefined {
  const time = timeOf(type);
  return time === undefined ? undefined : printDim(time);
}
