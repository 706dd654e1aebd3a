// Trains a program on a target: feeds batches to its update graph, keeps weights, slots and carried states on the device.
import { fail } from "../base/invariant.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { Executable, HostArray, Target } from "../targets/target.ts";
import { DeviceState } from "./device-state.ts";
import { withoutEmptyTimes } from "./empty-times.ts";
import { freshness, inputNodes, randomNumbers, scalar, zeros, type InputNode } from "./feeds.ts";
import { initialValues } from "./initial.ts";
import { optimizerValue } from "./optimizer.ts";
import type { Batch } from "./source.ts";
import { slotNames, updateGraph, type UpdateSettings } from "./update.ts";

export interface UpdateResult {
  readonly loss: number;
  /** The norm of the whole gradient before it was clipped to a norm. */
  readonly norm: number;
}

export interface TrainerOptions extends UpdateSettings {
  readonly seed: number;
  /** Sizes that the data gave, such as the vocabulary's. */
  readonly sizes: Sizes;
}

export interface SharedWeights<T> {
  /** Weights that stay the caller's and are trained in place; without, they are initialised here. */
  readonly weights?: DeviceState<T>;
}

type Arrays = ReadonlyMap<string, HostArray>;

export class Trainer<T> {
  readonly program: Program;
  /** Weights by name. Whoever measures reads them here. */
  readonly weights: DeviceState<T>;
  readonly #target: Target<T>;
  readonly #options: TrainerOptions;
  readonly #executable: Executable<T>;
  readonly #inputs: readonly InputNode[];
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
    this.#inputs = inputNodes(graph);
    this.#executable = target.compile(graph);
    this.weights = options.weights ?? new DeviceState(target);
    this.#ownsWeights = options.weights === undefined;
    this.#slots = new DeviceState(target);
    this.#states = new DeviceState(target);
    for (const parameter of program.parameters)
      if (!this.weights.entries().has(parameter.name)) this.weights.put(parameter.name, this.#initial(parameter));
    for (const { name, parameter } of slotNames(program, options.optimizer)) {
      const { type } = program.parameters.find((each) => each.name === parameter) ?? fail("trainer", `no ${parameter}`);
      this.#slots.put(name, zeros(this.#shape(type), type.dtype));
    }
  }

  /** A weight as training begins with it. */
  #initial({ name, type, init }: Program["parameters"][number]): HostArray {
    const shape = this.#shape(type);
    return { dtype: "float", shape, data: initialValues(init, shape, this.#options.seed, name) };
  }

  #shape(type: Type): readonly number[] {
    return type.axes.map((axis) => evaluateDim(axis.size, this.#options.sizes));
  }

  /** How many updates were made. */
  get updates(): number {
    return this.#updates;
  }

  /** Makes updates of batches of these sizes ready, as far as the target can without running one. */
  prepare(sizes: Sizes): void {
    this.#executable.prepare?.(this.#sizesWith(sizes));
  }

  #sizesWith(sizes: Sizes): Sizes {
    return new Map([...this.#options.sizes, ...sizes]);
  }

  /** One update. `factor` scales the optimiser's learning rate. */
  async update(given: Batch, factor = 1): Promise<UpdateResult> {
    this.#updates += 1;
    const batch = withoutEmptyTimes(given, this.#inputs);
    const sizes = this.#sizesWith(batch.sizes);
    const temporary: T[] = [];
    const upload = (array: HostArray): T => {
      const tensor = this.#target.upload(array);
      temporary.push(tensor);
      return tensor;
    };
    const rate = optimizerValue(this.#options.optimizer, "lr") * factor;
    const feeds = new Map(this.#inputs.map((input) => [input.name, this.#feed(input, batch, sizes, { rate, upload })]));
    const results = this.#executable.run(feeds, sizes);
    const numbers = new Map<string, number>();
    for (const [name, tensor] of results) {
      const [kind = ""] = name.split(".");
      if (kind === "param") this.weights.replace(name.slice("param.".length), tensor);
      else if (kind === "slot") this.#slots.replace(name, tensor);
      else if (kind === "final" && batch.holdsState !== true)
        this.#states.replace(`state.${name.slice("final.".length)}`, tensor);
      else {
        if (name === "loss" || name === "norm") numbers.set(name, (await this.#target.download(tensor)).data[0] ?? NaN);
        this.#target.dispose(tensor);
      }
    }
    temporary.forEach((tensor) => this.#target.dispose(tensor));
    return { loss: numbers.get("loss") ?? NaN, norm: numbers.get("norm") ?? NaN };
  }

  #feed(
    input: InputNode,
    batch: Batch,
    sizes: Sizes,
    more: { readonly rate: number; readonly upload: (array: HostArray) => T },
  ): T {
    const { name, role } = input;
    const shape = input.axes(sizes);
    switch (role) {
      case "param":
        return this.weights.get(name);
      case "slot":
        return this.#slots.get(name);
      case "state":
        return this.#state(name, shape, input.dtype);
      case "setting":
        return more.upload(scalar(name === "rate" ? more.rate : this.#updates));
      case "fresh":
        return more.upload(freshness(shape, batch.isFresh));
      case "random":
        return more.upload(randomNumbers(shape, this.#options.seed, `${name} ${this.#updates}`));
      default:
        return more.upload(batch.arrays.get(name) ?? fail("trainer", `the batch lacks ${name}`));
    }
  }

  /** Zeros where there is none yet, or one of another batch size: then the batch is fresh and nobody looks at it. */
  #state(name: string, shape: readonly number[], dtype: HostArray["dtype"]): T {
    const known = this.#states.entries().get(name);
    if (known === undefined || this.#target.shape(known).join() !== shape.join())
      this.#states.put(name, zeros(shape, dtype));
    return this.#states.get(name);
  }

  /** Weights by name. */
  async snapshot(): Promise<Arrays> {
    return this.weights.downloadAll();
  }

  /** All that the next update reads: weights by name, `slot.SLOT.PARAM` and `state.NAME`. */
  async wholeSnapshot(): Promise<Arrays> {
    const parts = [this.weights, this.#slots, this.#states].map((each) => each.downloadAll());
    return new Map((await Promise.all(parts)).flatMap((part) => [...part]));
  }

  /** Goes on from what `wholeSnapshot` gave after so many updates. */
  restore(arrays: Arrays, updates: number): void {
    this.#updates = updates;
    for (const [name, array] of arrays) {
      if (name.startsWith("slot.")) this.#slots.put(name, array);
      else if (name.startsWith("state.")) this.#states.put(name, array);
      else this.weights.put(name, array);
    }
  }

  /** Weights that hold a number that is not finite, by name. */
  async notFinite(): Promise<readonly string[]> {
    const arrays = await this.snapshot();
    return [...arrays].flatMap(([name, { data }]) => (data.every((value) => Number.isFinite(value)) ? [] : [name]));
  }

  /** Whether a batch's loss and gradient are finite with the weights that training began with: if so, its updates have led astray. */
  async isFiniteAtFirst(batch: Batch): Promise<boolean> {
    const [before, updates] = [await this.wholeSnapshot(), this.#updates];
    for (const parameter of this.program.parameters) this.weights.put(parameter.name, this.#initial(parameter));
    const { loss, norm } = await this.update({ ...batch, isFresh: true }, 0);
    this.restore(before, updates);
    return Number.isFinite(loss) && Number.isFinite(norm);
  }

  dispose(): void {
    for (const each of [this.#slots, this.#states, this.#executable]) each.dispose();
    if (this.#ownsWeights) this.weights.dispose();
  }
}
