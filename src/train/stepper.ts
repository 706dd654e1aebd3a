// Runs a program step by step: constant parts are computed once, and states are carried.
import { fail } from "../base/invariant.ts";
import { optimised } from "../passes/list.ts";
import { lengths, printInput, readKept } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import { timeName } from "../shape/type.ts";
import {
  BoundProgram,
  compileGraph,
  notFed,
  ONLY_IN_PARTS,
  ONLY_IN_TRAINING,
  type CompiledGraph,
  type Feeders,
  type InputNode,
  type Run,
} from "../targets/bound.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { splitFeedback, type FeedbackParts } from "../time/feedback.ts";
import { batchAxis, repeatExamples, sliceSteps, selectExamples } from "./array-parts.ts";
import { DeviceState } from "./device-state.ts";
import { freshMarks, stateName, zeros } from "./feeds.ts";
import type { Batch } from "./source.ts";

export interface StepperOptions<T> {
  /** The symbol of the time of the steps. */
  readonly time: string;
  /** Inputs that come step by step, or never. */
  readonly fed: ReadonlySet<string>;
  /** The outputs of each step. */
  readonly needed: readonly string[];
  /** The weights by name; they stay the caller's. */
  readonly weights: DeviceState<T>;
  readonly sizes: Sizes;
  /** The result of `compileSteps` for the same program and target; it stays the caller's. */
  readonly compiled?: CompiledSteps<T>;
}

/** The program's optimised graph in two parts: one runs once, the other at each step. */
export function stepParts(
  { graph, states }: Program,
  { time, fed, needed }: Pick<StepperOptions<unknown>, "time" | "fed" | "needed">,
): FeedbackParts {
  const along = new Set(states.filter((state) => state.time === time).map(({ name }) => name));
  const request = { time, fed, states: along, needed };
  return splitFeedback(graph, request, (each) => optimised(each));
}

/** The two parts of a program, compiled. They hold no state, so steppers of one model can share them. */
export interface CompiledSteps<T> {
  readonly before: CompiledGraph<T>;
  readonly step: CompiledGraph<T>;
  dispose(): void;
}

export function compileSteps<T>(
  program: Program,
  target: Target<T>,
  cut: Pick<StepperOptions<unknown>, "time" | "fed" | "needed">,
): CompiledSteps<T> {
  const parts = stepParts(program, cut);
  const [before, step] = [compileGraph(parts.before, target), compileGraph(parts.step, target)];
  return {
    before,
    step,
    dispose: () => [before, step].forEach(({ executable }) => executable.dispose()),
  };
}

type Arrays = ReadonlyMap<string, HostArray>;

/** The arguments of a run: the number of steps, and their inputs. */
interface Steps {
  readonly steps: number;
  readonly fed: Arrays;
}

export class Stepper<T> {
  readonly #options: StepperOptions<T>;
  readonly #steps: CompiledSteps<T>;
  readonly #bound: Readonly<Record<"before" | "step", BoundProgram<T, Steps>>>;
  readonly #states: DeviceState<T>;
  readonly #held: DeviceState<T>;
  #given: Batch = { arrays: new Map(), sizes: new Map(), isFresh: true, tokens: 0 };
  #batch = 1;
  /** All sizes of a run of so many steps. */
  #sizes: { readonly steps: number; readonly all: Sizes } | null = null;
  /** The number of steps so far. At 0, states start again. */
  #position = 0;
  /** The number of changes of the weights when `#held` was computed. */
  #weightChanges = 0;

  /** `program` is elaborated without training, with states carried. */
  constructor(program: Program, target: Target<T>, options: StepperOptions<T>) {
    this.#steps = options.compiled ?? compileSteps(program, target, options);
    this.#options = options;
    this.#states = new DeviceState(target);
    this.#held = new DeviceState(target);
    const bind = (part: CompiledGraph<T>): BoundProgram<T, Steps> => new BoundProgram(part, target, this.#feeders());
    this.#bound = { before: bind(this.#steps.before), step: bind(this.#steps.step) };
  }

  get batch(): number {
    return this.#batch;
  }

  /** Starts again with the inputs of a batch, each example `copies` times, one after the other. */
  async begin(batch: Batch, copies = 1): Promise<void> {
    this.beginNow(batch);
    if (copies === 1) return;
    this.#batch *= copies;
    this.#sizes = null;
    const arrays = [...batch.arrays].map(
      ([name, array]) => [name, repeatExamples(array, this.#axisOf(name), copies)] as const,
    );
    this.#given = { ...batch, arrays: new Map(arrays) };
    for (const [name, array] of await this.#held.downloadAll()) {
      const axis = batchAxis(this.#steps.before.outputs.get(name)?.type.axes ?? []);
      if (axis !== undefined) this.#held.put(name, repeatExamples(array, axis, copies));
    }
  }

  /** Starts again with the inputs of a batch. */
  beginNow(batch: Batch): void {
    this.#states.dispose();
    this.#held.dispose();
    this.#position = 0;
    this.#batch = batch.sizes.get("B") ?? 1;
    this.#sizes = null;
    this.#given = batch;
    this.#computeHeld();
  }

  /** Computes what does not change from step to step. */
  #computeHeld(): void {
    this.#weightChanges = this.#options.weights.changes;
    for (const [name, tensor] of this.#run("before", 1, new Map())) this.#held.replace(name, tensor);
  }

  #axisOf(name: string): number {
    const node = [...this.#steps.before.inputs, ...this.#steps.step.inputs].find((each) => each.name === name);
    return batchAxis(node?.type.axes ?? []) ?? 0;
  }

  /** Makes `steps` steps with the arrays `fed` [steps, B, …]. The caller must dispose of the results. */
  step(fed: ReadonlyMap<string, HostArray>, steps = 1): ReadonlyMap<string, T> {
    const found = new Map<string, T>();
    if (this.#options.weights.changes !== this.#weightChanges) this.#computeHeld();
    for (const [name, tensor] of this.#run("step", steps, fed)) {
      const output = this.#steps.step.outputs.get(name)?.output;
      if (output?.kind === "final") this.#states.replace(stateName(output.path), tensor);
      else found.set(name, tensor);
    }
    this.#position += steps;
    return found;
  }

  /** Replaces a state with which the next step starts. */
  replaceState(name: string, value: HostArray): void {
    this.#states.put(stateName(name), value);
  }

  /** The states as they are now, by their paths. */
  async downloadStates(): Promise<ReadonlyMap<string, HostArray>> {
    // All downloads start at once, because a step may replace the states before the first one has arrived.
    const names = [...this.#states.entries().keys()];
    const arrays = names.map(async (name): Promise<[string, HostArray]> => {
      const kept = readKept(name);
      return [kept.kind === "state" ? kept.path : name, await this.#states.download(name)];
    });
    return new Map(await Promise.all(arrays));
  }

  /** Keeps the examples `rows` of the batch, in that order. */
  async reorder(rows: readonly number[]): Promise<void> {
    for (const [name, array] of await this.#states.downloadAll())
      this.#states.put(name, selectExamples(array, 0, rows));
  }

  /** The given lengths along the time of the steps; null if sequences end by themselves. */
  get wholeLengths(): readonly number[] | null {
    const given = this.#given.arrays.get(printInput(lengths(this.#options.time)));
    return given === undefined ? null : [...given.data];
  }

  /** `fed` [steps, B, …]. */
  #run(part: "before" | "step", steps: number, fed: Arrays): ReadonlyMap<string, T> {
    return this.#bound[part].run({ steps, fed }, this.#sizesFor(steps));
  }

  /** The same map for the same number of steps: its plan is found faster. */
  #sizesFor(steps: number): Sizes {
    if (this.#sizes?.steps === steps) return this.#sizes.all;
    const { time, sizes } = this.#options;
    const own = [["B", this.#batch] as const, [time, steps] as const];
    const all = new Map([...sizes, ...this.#given.sizes, ...own]);
    this.#sizes = { steps, all };
    return all;
  }

  #feeders(): Feeders<T, Steps> {
    const { time, weights } = this.#options;
    return {
      ...ONLY_IN_PARTS,
      ...ONLY_IN_TRAINING,
      weight: ({ input }) => weights.get(input.path),
      held: ({ name }) => this.#held.get(name),
      state: ({ name, dtype, axes }, { sizes }) => {
        if (!this.#states.entries().has(name)) this.#states.put(name, zeros(axes(sizes), dtype));
        return this.#states.get(name);
      },
      fresh: ({ axes }, { sizes, upload }) => upload(freshMarks(axes(sizes), this.#position === 0)),
      data: (node, run) => this.#data(node, run),
      lengths: (node, run) => {
        const { context, sizes, upload } = run;
        if (node.input.time !== time || node.input.ahead > 0) return upload(this.#stepsGiven(node, context.steps));
        return upload({ dtype: node.dtype, shape: node.axes(sizes), data: this.#lengths(context.steps) });
      },
      labelled: notFed,
    };
  }

  #data(node: InputNode<"data">, { context, sizes, upload }: Run<T, Steps>): T {
    const fed = context.fed.get(node.name);
    if (fed !== undefined) return upload(fed);
    if (this.#options.fed.has(node.name)) return upload(zeros(node.axes(sizes), node.dtype));
    return upload(this.#stepsGiven(node, context.steps));
  }

  /** The next steps of a sequence that was given as a whole. Inputs with another time are the same at each step. */
  #stepsGiven({ name, type }: InputNode, steps: number): HostArray {
    const given = this.#given.arrays.get(name) ?? fail("stepper", `nothing is given for ${name}`);
    return timeName(type) === this.#options.time ? sliceSteps(given, this.#position, this.#position + steps) : given;
  }

  /** The number of the next steps that each example has: all, unless it is as long as an input. */
  #lengths(steps: number): Int32Array {
    const whole = this.wholeLengths;
    const left = (index: number): number => (whole?.[index] ?? Infinity) - this.#position;
    return Int32Array.from({ length: this.#batch }, (_, index) => Math.max(0, Math.min(steps, left(index))));
  }

  dispose(): void {
    for (const each of [this.#states, this.#held]) each.dispose();
    if (this.#options.compiled === undefined) this.#steps.dispose();
  }
}
