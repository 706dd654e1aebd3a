// Runs a trained program forward, keeping its carried states on the target: for measuring, for `run`, for writing.
import { fail } from "../base/invariant.ts";
import { lower } from "../compile.ts";
import { readOutput } from "../graph/border.ts";
import { Graph } from "../graph/graph.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { rewrite } from "../ops/rewrite.ts";
import type { Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { Executable, HostArray, Target } from "../targets/target.ts";
import { DeviceState } from "./device-state.ts";
import { freshness, inputNodes, stateName, zeros, type InputNode } from "./feeds.ts";
import { LengthBuckets, unpadded } from "./length-buckets.ts";
import type { Batch } from "./source.ts";

export interface RunnerOptions<T> {
  /** Outputs of the program's graph. */
  readonly wanted: readonly string[];
  /** The weights by name; they stay the caller's. */
  readonly weights: DeviceState<T>;
  /** Those sizes that the data gave. */
  readonly sizes: Sizes;
}

export class Runner<T> {
  readonly #target: Target<T>;
  readonly #executable: Executable<T>;
  readonly #inputs: readonly InputNode[];
  readonly #outputs: ReadonlyMap<string, Type>;
  /** Null where the target makes no plans. */
  readonly #buckets: LengthBuckets | null;
  readonly #options: RunnerOptions<T>;
  readonly #states: DeviceState<T>;

  /** `program` is elaborated without training. */
  constructor(program: Program, target: Target<T>, options: RunnerOptions<T>) {
    this.#target = target;
    this.#options = options;
    const { wanted } = options;
    const graph = lower(
      outputsOnly(program.graph, (name) => wanted.includes(name) || isFinal(program, name)),
      null,
    );
    this.#inputs = inputNodes(graph);
    this.#outputs = new Map([...graph.outputs.keys()].map((name) => [name, graph.output(name).type]));
    this.#executable = target.compile(graph);
    const hasPlans = this.#executable.prepare !== undefined;
    this.#buckets = hasPlans ? new LengthBuckets(this.#inputs, [...this.#outputs.values()]) : null;
    this.#states = new DeviceState(target);
  }

  /** One batch; the states it leaves are where the next one goes on, unless that is fresh. */
  async run(given: Batch): Promise<ReadonlyMap<string, HostArray>> {
    const batch = this.#buckets?.fitted(given) ?? given;
    const sizes = new Map([...this.#options.sizes, ...batch.sizes]);
    const temporary: T[] = [];
    const upload = (array: HostArray): T => {
      const tensor = this.#target.upload(array);
      temporary.push(tensor);
      return tensor;
    };
    const feeds = new Map(this.#inputs.map((input) => [input.name, this.#feed(input, batch, sizes, upload)]));
    const results = this.#executable.run(feeds, sizes);
    const found = new Map<string, HostArray>();
    for (const [name, tensor] of results) {
      const type = this.#outputs.get(name) ?? fail("runner", `no output ${name}`);
      if (this.#options.wanted.includes(name))
        found.set(name, unpadded(await this.#target.download(tensor), type, given.sizes));
      const output = readOutput(name);
      if (output.kind === "final") this.#states.replace(stateName(output.path), tensor);
      else this.#target.dispose(tensor);
    }
    temporary.forEach((tensor) => this.#target.dispose(tensor));
    return found;
  }

  #feed({ input, name, dtype, axes }: InputNode, batch: Batch, sizes: Sizes, upload: (array: HostArray) => T): T {
    const shape = axes(sizes);
    if (input.kind === "weight") return this.#options.weights.get(name);
    if (input.kind === "state") {
      const known = this.#states.entries().get(name);
      if (known === undefined || batch.isFresh) this.#states.put(name, zeros(shape, dtype));
      return this.#states.get(name);
    }
    if (input.kind === "fresh") return upload(freshness(shape, batch.isFresh));
    return upload(batch.arrays.get(name) ?? fail("runner", `the batch lacks ${name}`));
  }

  /** Puts other values where the next batch goes on. */
  replaceState(name: string, value: HostArray): void {
    this.#states.put(stateName(name), value);
  }

  dispose(): void {
    this.#states.dispose();
    this.#executable.dispose();
  }
}

/** Final values of states that are carried on; of others nobody asks. */
function isFinal(program: Program, name: string): boolean {
  const output = readOutput(name);
  return output.kind === "final" && program.states.some((state) => state.name === output.path);
}

/** The graph with fewer outputs, and nothing that only the others needed. */
export function outputsOnly(graph: Graph, isWanted: (name: string) => boolean): Graph {
  const outputs = new Map([...graph.outputs].filter(([name]) => isWanted(name)));
  return rewrite(new Graph(graph.name, graph.all(), outputs));
}
