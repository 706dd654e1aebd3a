// The plan of a graph for one set of sizes: its lists of entries in memory, and the words to set in them before a run.
import type { Graph } from "../graph/graph.ts";
import type { Sizes } from "../shape/dim.ts";
import { constantsOf } from "../kernel/constants.ts";
import { layOut } from "../kernel/arena.ts";
import type { Engine } from "./engine.ts";
import { countOf } from "../ops/nd.ts";
import { aligned } from "../kernel/first-fit.ts";
import { fuse } from "../kernel/fuse.ts";
import type { Block } from "./heap.ts";
import { shapeOfGroup } from "../kernel/expression.ts";
import { matmulOf } from "./matmul.ts";
import type { BlockTensor } from "./tensor.ts";
import { listsFor } from "./layout.ts";
import { inBlocks, type Base, type List, type Relocations } from "./list-builder.ts";
import { record, type RecordedInput } from "../kernel/record.ts";
import type { Task } from "../kernel/task.ts";
import { BYTES, type Storage, type View } from "../kernel/view.ts";

/** One thread's list in memory, and the addresses that were last written to it. */
interface Placed {
  readonly block: Block;
  readonly count: number;
  readonly bases: readonly Base[];
  readonly relocations: Relocations;
  readonly addresses: Int32Array;
}

/** A graph on an engine, whose kernels are of type `K`. */
export class ListProgram<K> {
  readonly inputs: readonly RecordedInput[];
  readonly outputs: ReadonlyMap<string, View>;
  /** The tensors of the last run by the places of inputs, which were checked. */
  readonly latest: BlockTensor[] = [];
  /** About how many bytes it holds. */
  readonly bytes: number;
  readonly #engine: Engine<K>;
  readonly #lists: readonly Placed[];
  readonly #constants: Block;
  readonly #arenaBytes: number;

  constructor(engine: Engine<K>, graph: Graph, sizes: Sizes) {
    this.#engine = engine;
    engine.arena.enter();
    const { kernels, threads } = engine;
    const recorded = record(graph, sizes, matmulOf(graph, { ...kernels, threads }));
    this.inputs = recorded.inputs;
    this.outputs = recorded.outputs;
    const tasks = fuse(recorded.tasks, threads);
    const { offsets, bytes } = layOut(tasks);
    this.#arenaBytes = bytes;
    const { block, places } = this.#placeConstants(tasks);
    this.#constants = block;
    const count = workOf(tasks) < engine.sharedFrom ? 1 : threads;
    const lists = listsFor(tasks, { count, barrier: engine.barrier }, kernels, inBlocks(offsets, places));
    engine.add(lists.flatMap((list) => list.kernels.map(({ kernel }) => kernel)));
    this.#lists = lists.map((list) => this.#place(list));
    const views = this.inputs.length + this.outputs.size;
    this.bytes = block.bytes + VIEW_BYTES * views + this.#lists.reduce((sum, list) => sum + bytesOf(list), 0);
  }

  /** Copies a list into the memory. Only numbers are kept here. */
  #place({ words, kernels, bases, relocations }: List<K>): Placed {
    const { heap } = this.#engine;
    for (const { word, kernel } of kernels) words[word] = this.#engine.numberOf(kernel);
    const block = heap.allocate(words.byteLength);
    heap.integers(block.address, words.length).set(words);
    return { block, count: words.length, bases, relocations, addresses: new Int32Array(relocations.words.length) };
  }

  #placeConstants(tasks: readonly Task[]): { readonly block: Block; readonly places: ReadonlyMap<Storage, number> } {
    const storages = constantsOf(tasks);
    const places = new Map<Storage, number>();
    let bytes = 0;
    for (const storage of storages) {
      places.set(storage, bytes);
      bytes += aligned(BYTES * storage.count);
    }
    const { heap } = this.#engine;
    const block = heap.allocate(bytes);
    for (const storage of storages) {
      const address = block.address + (places.get(storage) ?? 0);
      const room =
        storage.kind === "int32" ? heap.integers(address, storage.count) : heap.floats(address, storage.count);
      if (typeof storage.content === "number") room.fill(storage.content);
      else if (storage.content !== undefined) room.set(storage.content);
    }
    return { block, places };
  }

  /** Runs the program on inputs and results at these addresses. */
  run(addressOf: (storage: Storage) => number): void {
    const arena = this.#engine.arena.atLeast(this.#arenaBytes);
    for (const { block, count, bases, relocations, addresses } of this.#lists) {
      const starts = bases.map((base) => {
        if (base === "list") return block.address;
        if (base === "arena") return arena;
        return base === "constants" ? this.#constants.address : addressOf(base);
      });
      const words = this.#engine.heap.integers(block.address, count);
      for (let index = 0; index < addresses.length; index++) {
        const address = (starts[relocations.bases[index] ?? 0] ?? 0) + (relocations.bytes[index] ?? 0);
        if (addresses[index] === address) continue;
        addresses[index] = address;
        words[relocations.words[index] ?? 0] = address;
      }
    }
    this.#engine.run(this.#lists.map((each) => each.block.address));
  }

  release(): void {
    for (const { block } of this.#lists) this.#engine.heap.release(block);
    this.#engine.heap.release(this.#constants);
    this.#engine.arena.leave();
  }
}

/** About how much of JavaScript's memory an input or a result takes: its view, its storage, its name. */
const VIEW_BYTES = 512;

function bytesOf({ block, addresses }: Placed): number {
  return block.bytes + 4 * addresses.byteLength;
}

/** About how many floating-point operations. A function of elements counts as one for each element. */
function workOf(tasks: readonly Task[]): number {
  return tasks.reduce((sum, task) => {
    if (task.kind === "loop") return sum + task.times * workOf(task.body);
    return sum + (task.kind === "kernel" ? task.flops : task.maps.length * countOf(shapeOfGroup(task)));
  }, 0);
}
