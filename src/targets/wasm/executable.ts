// A graph that runs for any sizes: programs are laid out when sizes are met, and the latest are kept.
import { UserError } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { printType } from "../../shape/type.ts";
import type { Sizes } from "../../shape/dim.ts";
import type { Executable } from "../target.ts";
import type { Engine } from "./engine.ts";
import { WasmProgram } from "./program.ts";
import type { RecordedInput } from "../../kernel/record.ts";
import { tensorOf, type WasmTensor } from "./tensor.ts";
import type { Storage } from "../../kernel/view.ts";

/** Programs of so many sets of sizes stay in memory: batches of rows come in many lengths. */
const KEPT = 64;

export function compileFor(engine: Engine, graph: Graph): Executable<WasmTensor> {
  const programs = new Map<string, WasmProgram>();
  const programFor = (sizes: Sizes): WasmProgram => {
    const key = [...sizes].join();
    const program = programs.get(key) ?? new WasmProgram(engine, graph, sizes);
    programs.delete(key);
    programs.set(key, program);
    const [oldest = key] = programs.keys();
    if (programs.size > KEPT) {
      programs.get(oldest)?.release();
      programs.delete(oldest);
    }
    return program;
  };
  return {
    prepare: (sizes) => void programFor(sizes),
    run: (inputs, sizes) => {
      const program = programFor(sizes);
      const tensors = new Map<Storage, WasmTensor>();
      for (const input of program.inputs) tensors.set(input.view.storage, checked(input, inputs.get(input.name)));
      const results = new Map<string, WasmTensor>();
      for (const [name, { storage, shape }] of program.outputs) {
        // One value under several names is one tensor for each.
        const tensor = tensorOf(engine.heap, storage.kind, shape);
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
  };
}

function copy({ heap }: Engine, from: WasmTensor, to: WasmTensor, count: number): void {
  heap.integers(to.address, count).set(heap.integers(from.address, count));
}

/** The tensor for an input, which must have its type under the sizes of this run. */
function checked({ name, node, view }: RecordedInput, tensor: WasmTensor | undefined): WasmTensor {
  const type = printType(node.type);
  if (tensor === undefined) throw new UserError(`no value for the input \`${name}\`, ${type}`);
  if (tensor.shape.join() !== view.shape.join()) {
    throw new UserError(
      `the input \`${name}\` is [${tensor.shape.join(", ")}], expected [${view.shape.join(", ")}], which is ${type}`,
    );
  }
  if (tensor.kind !== view.storage.kind)
    throw new UserError(`the input \`${name}\` is ${tensor.kind}, expected ${view.storage.kind}`);
  return tensor;
}
