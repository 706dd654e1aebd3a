// Trains a program on a target: feeds batches to its update graph, keeps weights, slots and carried states on the device.
import { fail } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import type { Executable, HostArray, Target } from "../targets/target.ts";
import { fillUniform } from "../base/random.ts";
import { DeviceState } from "./device-state.ts";
import { initialValues } from "./initial.ts";
import { optimizerValue } from "./optimizer.ts";
import { slotNames, updateGraph, type UpdateSettings } from "./update.ts";

/** Data for one update: arrays by the names of the program's inputs and targets, time first. `isFresh`: no state is carried on. */
export interface Batch {
  readonly arrays: ReadonlyMap<string, HostArray>;
  readonly sizes: Sizes;
  readonly isFresh: boolean;
}

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

export class Trainer<T> {
  readonly program: Program;
  readonly #target: Target<T>;
  readonly #options: TrainerOptions;
  readonly #executable: Executable<T>;
  readonly #inputs: readonly InputNode[];
  readonly #weights: DeviceState<T>;
  readonly #states: DeviceState<T>;
  #updates = 0;

  /** `program` is elaborated with training on and states carried. */
  constructor(program: Program, target: Target<T>, options: TrainerOptions) {
    this.program = program;
    this.#target = target;
    this.#options = options;
    const graph = updateGraph(program, options);
    this.#inputs = inputNodes(graph);
    this.#executable = target.compile(graph);
    this.#weights = new DeviceState(target);
    this.#states = new DeviceState(target);
    for (const { name, type, init } of program.parameters) {
      const shape = type.axes.map((axis) => evaluateDim(axis.size, options.sizes));
      this.#weights.put(name, { dtype: "float", shape, data: initialValues(init, shape, options.seed, name) });
    }
    for (const { name, parameter } of slotNames(program, options.optimizer)) {
      const { type } = program.parameters.find((each) => each.name === parameter) ?? fail("trainer", `no ${parameter}`);
      this.#weights.put(
        name,
        zeros(
          type.axes.map((axis) => evaluateDim(axis.size, options.sizes)),
          type.dtype,
        ),
      );
    }
  }

  /** How many updates were made. */
  get updates(): number {
    return this.#updates;
  }

  /** One update. `factor` scales the optimiser's learning rate. */
  async update(batch: Batch, factor = 1): Promise<UpdateResult> {
    this.#updates += 1;
    const sizes = new Map([...this.#options.sizes, ...batch.sizes]);
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
      if (kind === "param") this.#weights.replace(name.slice("param.".length), tensor);
      else if (kind === "slot") this.#weights.replace(name, tensor);
      else if (kind === "final") this.#states.replace(`state.${name.slice("final.".length)}`, tensor);
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
    const shape = input.axes(sizes);
    switch (input.role) {
      case "param":
      case "slot":
        return this.#weights.get(input.name);
      case "state":
        if (!this.#states.entries().has(input.name)) this.#states.put(input.name, zeros(shape, input.dtype));
        return this.#states.get(input.name);
      case "setting":
        return more.upload(scalar(input.name === "rate" ? more.rate : this.#updates));
      case "fresh":
        return more.upload({
          dtype: "float",
          shape,
          data: new Float32Array(shape[0] ?? 0).fill(batch.isFresh ? 1 : 0),
        });
      case "random":
        return more.upload(randomNumbers(shape, this.#options.seed, `${input.name} ${this.#updates}`));
      default:
        return more.upload(batch.arrays.get(input.name) ?? fail("trainer", `the batch lacks ${input.name}`));
    }
  }

  /** Weights by name, and the optimiser's slots as `slot.SLOT.PARAM`. */
  async snapshot(): Promise<ReadonlyMap<string, HostArray>> {
    const arrays = new Map<string, HostArray>();
    for (const name of this.#weights.entries().keys()) arrays.set(name, await this.#weights.download(name));
    return arrays;
  }

  dispose(): void {
    this.#weights.dispose();
    this.#states.dispose();
  }
}

export interface InputNode {
  readonly name: string;
  readonly role: string;
  readonly dtype: HostArray["dtype"];
  readonly axes: (sizes: Sizes) => readonly number[];
}

/** What a graph asks to be fed. */
export function inputNodes(graph: Graph): readonly InputNode[] {
  return graph
    .region(null)
    .filter((node) => node.op === "input")
    .map((node) => ({
      name: String(node.attributes["name"]),
      role: String(node.attributes["role"]),
      dtype: node.type.dtype,
      axes: (sizes) => node.type.axes.map((axis) => evaluateDim(axis.size, sizes)),
    }));
}

export function scalar(value: number): HostArray {
  return { dtype: "float", shape: [], data: Float32Array.of(value) };
}

export function zeros(shape: readonly number[], dtype: HostArray["dtype"]): HostArray {
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype, shape, data: dtype === "int" ? new Int32Array(count) : new Float32Array(count) };
}

function randomNumbers(shape: readonly number[], seed: number, stream: string): HostArray {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  fillUniform(data, seed, stream, 0);
  return { dtype: "float", shape, data };
}
