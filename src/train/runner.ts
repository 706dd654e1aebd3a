// Runs a trained program forward, keeping its weights and carried states on the target: for validation and for writing text.
import { fail } from "../base/invariant.ts";
import { lower } from "../compile.ts";
import { Graph } from "../graph/graph.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { rewrite } from "../ops/rewrite.ts";
import type { Sizes } from "../shape/dim.ts";
import type { Executable, HostArray, Target } from "../targets/target.ts";
import { DeviceState } from "./device-state.ts";
import { inputNodes, zeros, type Batch, type InputNode } from "./trainer.ts";

export class Runner<T> {
  readonly #target: Target<T>;
  readonly #executable: Executable<T>;
  readonly #inputs: readonly InputNode[];
  readonly #weights: DeviceState<T>;
  readonly #states: DeviceState<T>;
  readonly #wanted: readonly string[];
  readonly #sizes: Sizes;

  /** `program` is elaborated without training, with states carried; `wanted` are outputs of its graph. `sizes`: those that the data gave. */
  constructor(program: Program, target: Target<T>, wanted: readonly string[], sizes: Sizes) {
    this.#target = target;
    this.#wanted = wanted;
    this.#sizes = sizes;
    const graph = lower(
      outputsOnly(program.graph, (name) => wanted.includes(name) || name.startsWith("final.")),
      null,
    );
    this.#inputs = inputNodes(graph);
    this.#executable = target.compile(graph);
    this.#weights = new DeviceState(target);
    this.#states = new DeviceState(target);
  }

  setWeights(weights: ReadonlyMap<string, HostArray>): void {
    for (const { name, role } of this.#inputs) {
      if (role === "param") this.#weights.put(name, weights.get(name) ?? fail("runner", `no weights for ${name}`));
    }
  }

  /** One chunk; the states it leaves are where the next one goes on, unless that is fresh. */
  async run(batch: Batch): Promise<ReadonlyMap<string, HostArray>> {
    const sizes = new Map([...this.#sizes, ...batch.sizes]);
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
      if (name.startsWith("final.")) this.#states.replace(`state.${name.slice("final.".length)}`, tensor);
      if (this.#wanted.includes(name)) found.set(name, await this.#target.download(tensor));
      if (!name.startsWith("final.")) this.#target.dispose(tensor);
    }
    temporary.forEach((tensor) => this.#target.dispose(tensor));
    return found;
  }

  #feed(input: InputNode, batch: Batch, sizes: Sizes, upload: (array: HostArray) => T): T {
    const shape = input.axes(sizes);
    if (input.role === "param") return this.#weights.get(input.name);
    if (input.role === "state") {
      const known = this.#states.entries().get(input.name);
      if (known === undefined || batch.isFresh) this.#states.put(input.name, zeros(shape, input.dtype));
      return this.#states.get(input.name);
    }
    if (input.role === "fresh")
      return upload({ dtype: "float", shape, data: new Float32Array(shape[0] ?? 0).fill(batch.isFresh ? 1 : 0) });
    return upload(batch.arrays.get(input.name) ?? fail("runner", `the batch lacks ${input.name}`));
  }

  dispose(): void {
    this.#weights.dispose();
    this.#states.dispose();
  }
}

/** The graph with fewer outputs, and nothing that only the others needed. */
function outputsOnly(graph: Graph, isWanted: (name: string) => boolean): Graph {
  const outputs = new Map([...graph.outputs].filter(([name]) => isWanted(name)));
  return rewrite(new Graph(graph.name, graph.all(), outputs));
}
