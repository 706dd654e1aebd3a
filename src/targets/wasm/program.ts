// A graph made ready for one set of sizes: its lists of entries in memory, and what to put into them before a run.
import type { Graph } from "../../graph/graph.ts";
import type { Sizes } from "../../shape/dim.ts";
import { constantsOf } from "../../kernel/constants.ts";
import { layOut } from "../../kernel/arena.ts";
import type { Engine } from "./engine.ts";
import { countOf } from "../../ops/nd.ts";
import { fuse } from "../../kernel/fuse.ts";
import type { Block } from "./heap.ts";
import { shapeOfGroup } from "../../kernel/expression.ts";
import { matmulFor } from "./matmul.ts";
import { listsFor, type List } from "./layout.ts";
import { BARRIER } from "./threads.ts";
import { record, type RecordedInput } from "../../kernel/record.ts";
import type { Task } from "../../kernel/task.ts";
import { BYTES, type Storage, type View } from "../../kernel/view.ts";

export class WasmProgram {
  readonly inputs: readonly RecordedInput[];
  readonly outputs: ReadonlyMap<string, View>;
  readonly tasks: readonly Task[];
  readonly #engine: Engine;
  readonly #lists: readonly { readonly block: Block; readonly list: List; readonly addresses: Int32Array }[];
  readonly #constants: Block;
  readonly #arenaBytes: number;

  constructor(engine: Engine, graph: Graph, sizes: Sizes) {
    this.#engine = engine;
    engine.enter();
    const recorded = record(graph, sizes, matmulFor(engine.threads));
    this.inputs = recorded.inputs;
    this.outputs = recorded.outputs;
    this.tasks = fuse(recorded.tasks);
    const { offsets, bytes } = layOut(this.tasks);
    this.#arenaBytes = bytes;
    const { block, places } = this.#placeConstants();
    this.#constants = block;
    const count = workOf(this.tasks) < engine.sharedFrom ? 1 : engine.threads;
    const lists = listsFor(this.tasks, { count, barrier: BARRIER }, engine.simd, { offsets, constants: places });
    engine.add(lists.flatMap(({ kernels }) => kernels.map(({ kernel }) => kernel)));
    this.#lists = lists.map((list) => {
      for (const { word, kernel } of list.kernels) list.words[word] = engine.numberOf(kernel);
      const listBlock = engine.heap.allocate(list.words.byteLength);
      engine.heap.integers(listBlock.address, list.words.length).set(list.words);
      return { block: listBlock, list, addresses: new Int32Array(list.relocations.length) };
    });
  }

  #placeConstants(): { readonly block: Block; readonly places: ReadonlyMap<Storage, number> } {
    const storages = constantsOf(this.tasks);
    const places = new Map<Storage, number>();
    let bytes = 0;
    for (const storage of storages) {
      places.set(storage, bytes);
      bytes += Math.ceil((BYTES * storage.count) / 16) * 16;
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

  /** Runs on inputs and results that stand at these addresses. */
  run(addressOf: (storage: Storage) => number): void {
    const arena = this.#engine.arena(this.#arenaBytes);
    for (const { block, list, addresses } of this.#lists) {
      const words = this.#engine.heap.integers(block.address, list.words.length);
      list.relocations.forEach(({ word, base, bytes }, index) => {
        const start =
          base === "list"
            ? block.address
            : base === "arena"
              ? arena
              : base === "constants"
                ? this.#constants.address
                : addressOf(base);
        const address = start + bytes;
        if (addresses[index] === address) return;
        addresses[index] = address;
        words[word] = address;
      });
    }
    this.#engine.run(this.#lists.map((each) => each.block.address));
  }

  release(): void {
    for (const { block } of this.#lists) this.#engine.heap.release(block);
    this.#engine.heap.release(this.#constants);
    this.#engine.leave();
  }
}

/** Floating-point operations, about: one an element for each function. */
function workOf(tasks: readonly Task[]): number {
  return tasks.reduce((sum, task) => {
    if (task.kind === "loop") return sum + task.times * workOf(task.body);
    return sum + (task.kind === "kernel" ? task.flops : task.maps.length * countOf(shapeOfGroup(task)));
  }, 0);
}
