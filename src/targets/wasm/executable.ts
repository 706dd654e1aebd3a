// A graph on the target wasm, for any sizes. A program is laid out for each new set of sizes, and the latest are kept.
import { fail } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { printType } from "../../shape/type.ts";
import type { Executable } from "../target.ts";
import type { Engine } from "./engine.ts";
import { WasmProgram } from "./program.ts";
import type { RecordedInput } from "../../kernel/record.ts";
import type { Kind, Storage } from "../../kernel/view.ts";
import { checkedInput, keptBySizes } from "../inputs.ts";
import type { WasmTensor } from "./tensor.ts";

/** `make` allocates tensors for results. Their content may be undefined. */
export function compileFor<R extends WasmTensor>(
  engine: Engine,
  graph: Graph,
  make: (kind: Kind, shape: readonly number[]) => R,
): Executable<WasmTensor, R> {
  const programs = keptBySizes((sizes) => new WasmProgram(engine, graph, sizes));
  return {
    prepare: (sizes) => void programs.for(sizes),
    run: (inputs, sizes) => {
      const program = programs.for(sizes);
      const tensors = new Map<Storage, WasmTensor>();
      for (const input of program.inputs) tensors.set(input.view.storage, checked(input, inputs.get(input.name)));
      const results = new Map<string, R>();
      for (const [name, { storage, shape }] of program.outputs) {
        // A value with several output names gets a tensor for each.
        const tensor = make(storage.kind, shape);
        if (!tensors.has(storage)) tensors.set(storage, tensor);
        results.set(name, tensor);
      }
      program.run((storage) => tensors.get(storage)?.address ?? fail("wasm", "a tensor is missing"));
      for (const [name, { storage }] of program.outputs) {
        const [from, to] = [tensors.get(storage), results.get(name)];
        if (from !== undefined && to !== undefined && from !== to) copy(engine, from, to, storage.count);
      }
      return results;
    },
    dispose: () => programs.clear(),
  };
}

function copy({ heap }: Engine, from: WasmTensor, to: WasmTensor, count: number): void {
  heap.integers(to.address, count).set(heap.integers(from.address, count));
}

/** Throws as `checkedInput`. */
function checked({ name, node, view }: RecordedInput, tensor: WasmTensor | undefined): WasmTensor {
  const { shape, storage } = view;
  return checkedInput({ name, type: printType(node.type) }, tensor, (each) => each, { shape, kind: storage.kind });
}
