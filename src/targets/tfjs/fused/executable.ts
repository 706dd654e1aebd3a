// A graph as fused kernels on tfjs' WebGPU backend: its tensors stay tfjs' tensors.
import type { Graph } from "../../../graph/graph.ts";
import { printType } from "../../../shape/type.ts";
import { checkedInput, keptBySizes } from "../../inputs.ts";
import type { Executable } from "../../target.ts";
import type { Device, Tensor, TensorInfo } from "../device.ts";
import type { Gpu } from "./gpu.ts";
import { FusedProgram } from "./program.ts";
import type { Slicing } from "./slicing.ts";

export interface FusedExecutable extends Executable<TensorInfo, Tensor> {
  /** The number of kernels that a run with these sizes starts. */
  readonly launches: (sizes: ReadonlyMap<string, number>) => number;
}

export function compileFused(gpu: Gpu, device: Device, graph: Graph, slicing: Slicing): FusedExecutable {
  const programs = keptBySizes((sizes) => new FusedProgram(gpu, graph, sizes, slicing));
  /** Programs in slices go when slices are not used any more on the device. */
  const programFor = (sizes: ReadonlyMap<string, number>): FusedProgram => {
    const program = programs.for(sizes);
    if (slicing.limits !== null || !program.waits) return program;
    programs.clear();
    return programs.for(sizes);
  };
  return {
    launches: (sizes) => programFor(sizes).launches,
    prepare: (sizes) => void programFor(sizes),
    dispose: () => programs.clear(),
    run: (inputs, sizes) => {
      const program = programFor(sizes);
      const tensors = program.inputs.map(({ name, node, view }) =>
        checkedInput(
          { name, type: printType(node.type) },
          inputs.get(name),
          ({ shape, dtype }) => ({ shape, kind: dtype }),
          { shape: view.shape, kind: view.storage.kind },
        ),
      );
      const results = program.run(tensors);
      return new Map([...results].map(([name, info]) => [name, device.toTensor(info)]));
    },
  };
}
