// A graph on an engine, for any sizes. A program is laid out for each new set of sizes, and the latest are kept.
import { fail } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { printType } from "../shape/type.ts";
import type { Executable } from "../targets/target.ts";
import type { Engine } from "./engine.ts";
import { ListProgram } from "./program.ts";
import type { RecordedInput } from "../kernel/record.ts";
import type { Kind, Storage } from "../kernel/view.ts";
import { checkedInput, keptBySizes } from "../targets/inputs.ts";
import type { BlockTensor } from "./tensor.ts";

/** `make` allocates tensors for results. Their content may be undefined. */
export function compileFor<K, R extends BlockTensor>(
  engine: Engine<K>,
  graph: Graph,
  make: (kind: Kind, shape: readonly number[]) => R,
): Executable<BlockTensor, R> {
  const programs = keptBySizes((sizes) => new ListProgram(engine, graph, sizes));
  return {
    prepare: (sizes) => void programs.for(sizes),
    run: (inputs, sizes) => {
      const program = programs.for(sizes);
      const tensors = new Map<Storage, BlockTensor>();
      program.inputs.forEach((input, index) => {
        const tensor = inputs.get(input.name);
        // Weights are checked when they change, not at every run.
        const known = tensor !== undefined && program.latest[index] === tensor ? tensor : checked(input, tensor);
        program.latest[index] = known;
        tensors.set(input.view.storage, known);
      });
      const results = new Map<string, R>();
      for (const [name, { storage, shape }] of program.outputs) {
        // A value with several output names gets a tensor for each.
        const tensor = make(storage.kind, shape);
        if (!tensors.has(storage)) tensors.set(storage, tensor);
        results.set(name, tensor);
      }
      program.run((storage) => tensors.get(storage)?.address ?? fail("lists", "a tensor is missing"));
      for (const [name, { storage }] of program.outputs) {
        const [from, to] = [tensors.get(storage), results.get(name)];
        if (from !== undefined && to !== undefined && from !== to) copy(engine, from, to, storage.count);
      }
      return results;
    },
    dispose: () => programs.clear(),
  };
}

function copy({ heap }: Pick<Engine<unknown>, "heap">, from: BlockTensor, to: BlockTensor, count: number): void {
  heap.integers(to.address, count).set(heap.integers(from.address, count));
}

/** Throws as `checkedInput`. */
function checked({ name, node, view }: RecordedInput, tensor: BlockTensor | undefined): BlockTensor {
  const { shape, storage } = view;
  return checkedInput({ name, type: () => printType(node.type) }, tensor, (each) => each, {
    shape,
    kind: storage.kind,
  });
}
