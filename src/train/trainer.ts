// Trains a program on a target: runs its update graph on batches, and keeps weights, slots and carried states on the device.
import { fail } from "../base/invariant.ts";
import { printInput, printOutput, readKept } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import { BoundProgram, compileGraph, ONLY_IN_PARTS, type CompiledGraph, type Feeders } from "../targets/bound.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { batchFeeders, fromBatch } from "./batch-feeders.ts";
import { DeviceState } from "./device-state.ts";
import { dropEmptyTimes } from "./empty-times.ts";
import { freshMarks, randomNumbers, scalar, stateName, zeros } from "./feeds.ts";
import { initialValues } from "./initial.ts";
import { bucketsOf, type LengthBuckets } from "./length-buckets.ts";
import { optimizerValue } from "./optimizer.ts";
import type { Batch } from "./source.ts";
import { slotInputs, updateGraph, type UpdateSettings } from "./update.ts";

export interface UpdateResult {
  readonly loss: number;
  /** The norm of the whole gradient before it was clipped to a norm. */
  readonly norm: number;
  /** Whether the update was made. Otherwise weights, slots, states and the count have not changed. */
  readonly isMade: boolean;
}

export interface TrainerOptions extends UpdateSettings {
  readonly seed: number;
  /** Whether updates are made even if the loss or the gradient's norm is not finite. Default: false. */
  readonly allowNonFinite?: boolean;
  /** Sizes from the data, such as that of the vocabulary. */
  readonly sizes: Sizes;
}

export interface SharedWeights<T> {
  /** Weights that are trained in place and stay the caller's. By default, they are initialised here. */
  readonly weights?: DeviceState<T>;
}

/** The arguments of an update, besides weights, slots and states. */
interface Update {
  readonly batch: Batch;
  readonly number: number;
  readonly rate: number;
}

type Arrays = ReadonlyMap<string, HostArray>;

export class Trainer<T> {
  readonly program: Program;
  /** Weights by name. Meters read them here. */
  readonly weights: DeviceState<T>;
  readonly #target: Target<T>;
  readonly #options: TrainerOptions;
  readonly #compiled: CompiledGraph<T>;
  readonly #bound: BoundProgram<T, Update>;
  /** Null if the target makes no plans. */
  readonly #buckets: LengthBuckets | null;
  readonly #slots: DeviceState<T>;
  readonly #states: DeviceState<T>;
  readonly #ownsWeights: boolean;
  #updates = 0;

  /** `program` is elaborated with training on. */
  constructor(program: Program, target: Target<T>, options: TrainerOptions & SharedWeights<T>) {
    this.program = program;
    this.#target = target;
    this.#options = options;
    const graph = updateGraph(program, options);
    this.#compiled = compileGraph(graph, target);
    this.#bound = new BoundProgram(this.#compiled, target, this.#feeders());
    this.#buckets = bucketsOf(this.#compiled);
    this.weights = options.weights ?? new DeviceState(target);
    this.#ownsWeights = options.weights === undefined;
    this.#slots = new DeviceState(target);
    this.#states = new DeviceState(target);
    for (const parameter of program.parameters)
      if (!this.weights.entries().has(parameter.name)) this.weights.put(parameter.name, this.#initial(parameter));
    for (const slot of slotInputs(program, options)) {
      const { weight } = slot;
      const { type } = program.parameters.find((each) => each.name === weight) ?? fail("trainer", `no ${weight}`);
      this.#slots.put(printInput(slot), zeros(this.#shape(type), type.dtype));
    }
  }

  /** The initial value of a weight. */
  #initial({ name, type, init }: Program["parameters"][number]): HostArray {
    const shape = this.#shape(type);
    return { dtype: "float", shape, data: initialValues(init, shape, this.#options.seed, name) };
  }

  #shape(type: Type): readonly number[] {
    return type.axes.map((axis) => evaluateDim(axis.size, this.#options.sizes));
  }

  /** The number of updates that were made. */
  get updates(): number {
    return this.#updates;
  }

  /** Prepares the target for batches of these sizes, as far as it can without a run. */
  prepare(sizes: Sizes): void {
    this.#compiled.executable.prepare?.(this.#sizesWith(sizes));
  }

  #sizesWith(sizes: Sizes): Sizes {
    return new Map([...this.#options.sizes, ...sizes]);
  }

  /**
   * One update. `factor` scales the optimizer's learning rate. All weights change at once, after loss and norm are known, so an update that
   * fails changes nothing.
   */
  async update(given: Batch, factor = 1): Promise<UpdateResult> {
    const padded = dropEmptyTimes(given, this.#compiled.inputs);
    const batch = this.#buckets?.pad(padded) ?? padded;
    const number = this.#updates + 1;
    const rate = optimizerValue(this.#options.optimizer, "lr") * factor;
    const results = new Map(this.#bound.run({ batch, number, rate }, this.#sizesWith(batch.sizes)));
    const read = async (kind: "loss" | "norm"): Promise<number> => {
      const tensor = results.get(printOutput({ kind }));
      return tensor === undefined ? NaN : ((await this.#target.download(tensor)).data[0] ?? NaN);
    };
    try {
      const [loss, norm] = await Promise.all([read("loss"), read("norm")]);
      const isMade = this.#options.allowNonFinite === true || (Number.isFinite(loss) && Number.isFinite(norm));
      if (isMade) {
        this.#keepResults(results, batch);
        this.#updates = number;
      }
      return { loss, norm, isMade };
    } finally {
      results.forEach((tensor) => this.#target.dispose(tensor));
    }
  }

  /** Takes weights, slots and states out of an update's results, and replaces the ones before. */
  #keepResults(results: Map<string, T>, { holdsState }: Batch): void {
    for (const [name, tensor] of results) {
      const output = this.#compiled.outputs.get(name)?.output;
      if (output?.kind === "weight") this.weights.replace(output.path, tensor);
      else if (output?.kind === "slot") this.#slots.replace(printInput(output), tensor);
      else if (output?.kind === "final" && holdsState !== true) this.#states.replace(stateName(output.path), tensor);
      else continue;
      results.delete(name);
    }
  }

  #feeders(): Feeders<T, Update> {
    const batchOf = ({ batch }: Update): Batch => batch;
    return {
      ...ONLY_IN_PARTS,
      ...batchFeeders(batchOf),
      weight: ({ input }) => this.weights.get(input.path),
      slot: ({ name }) => this.#slots.get(name),
      state: ({ name, dtype, axes }, { sizes, upload }) => {
        const shape = axes(sizes);
        return this.#state(name, shape) ?? upload(zeros(shape, dtype));
      },
      fresh: ({ axes }, { context, sizes, upload }) => upload(freshMarks(axes(sizes), context.batch.isFresh)),
      random: ({ name, axes }, { context, sizes, upload }) =>
        upload(randomNumbers(axes(sizes), this.#options.seed, `${name} ${context.number}`)),
      setting: ({ input }, { context, upload }) =>
        upload(scalar(input.setting === "rate" ? context.rate : context.number)),
      cut: fromBatch(batchOf),
    };
  }

  /** Undefined if there is no state yet, or one of another batch size: then the batch is fresh and does not read it. */
  #state(name: string, shape: readonly number[]): T | undefined {
    const known = this.#states.entries().get(name);
    return known === undefined || this.#target.shape(known).join() !== shape.join() ? undefined : known;
  }

  /** Weights by name. */
  async snapshot(): Promise<Arrays> {
    return this.weights.downloadAll();
  }

  /** All arrays that the next update reads: weights, slots and states, by the names of their inputs. */
  async wholeSnapshot(): Promise<Arrays> {
    const parts = [this.weights, this.#slots, this.#states].map((each) => each.downloadAll());
    return new Map((await Promise.all(parts)).flatMap((part) => [...part]));
  }

  /** Restores the arrays of `wholeSnapshot`, and the number of updates. */
  restore(arrays: Arrays, updates: number): void {
    this.#updates = updates;
    for (const [name, array] of arrays) {
      const parts = { weight: this.weights, slot: this.#slots, state: this.#states };
      parts[readKept(name).kind].put(name, array);
    }
  }

  /** The names of weights that hold a number that is not finite. */
  async notFinite(): Promise<readonly string[]> {
    const arrays = await this.snapshot();
    return [...arrays].flatMap(([name, { data }]) => (data.every((value) => Number.isFinite(value)) ? [] : [name]));
  }

  /** Whether a batch's loss and gradient are finite with the initial weights. If so, updates have made them infinite. */
  async isFiniteAtFirst(batch: Batch): Promise<boolean> {
    const [before, updates] = [await this.wholeSnapshot(), this.#updates];
    for (const parameter of this.program.parameters)
      if (!parameter.learning.isFrozen) this.weights.put(parameter.name, this.#initial(parameter));
    const { loss, norm } = await this.update({ ...batch, isFresh: true }, 0);
    this.restore(before, updates);
    return Number.isFinite(loss) && Number.isFinite(norm);
  }

  dispose(): void {
    for (const each of [this.#slots, this.#states, this.#compiled.executable]) each.dispose();
    if (this.#ownsWeights) this.weights.dispose();
  }
}
