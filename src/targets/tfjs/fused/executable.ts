// A graph as fused kernels on tfjs' WebGPU backend: on values of our own, or inside a program of tfjs on its tensors.
import { lookup } from "../../../base/invariant.ts";
import type { Graph } from "../../../graph/graph.ts";
import { printType } from "../../../shape/type.ts";
import type { Sizes } from "../../../shape/dim.ts";
import { BYTES } from "../../../kernel/view.ts";
import { countOf } from "../../../ops/nd.ts";
import { checkedInput, keptBySizes } from "../../inputs.ts";
import type { Executable } from "../../target.ts";
import type { Device, Tensor, TensorInfo } from "../device.ts";
import type { Gpu } from "./gpu.ts";
import { FusedProgram } from "./program.ts";
import { NO_SLICES, type Slicing } from "./slicing.ts";
import type { GpuValue } from "./values.ts";

export interface FusedExecutable extends Executable<GpuValue> {
  /** The number of kernels that a run with these sizes starts. */
  readonly launches: (sizes: Sizes) => number;
}

/** Results stay in the device's memory, where the next run reads them, until they are disposed of. */
export function compileFused(gpu: Gpu, graph: Graph, slicing: Slicing): FusedExecutable {
  const programs = keptBySizes((sizes) => new FusedProgram(gpu, graph, sizes, slicing));
  /** Programs in which workgroups wait go when that is not done any more on the device. */
  const programFor = (sizes: Sizes): FusedProgram => {
    const program = programs.for(sizes);
    if (slicing.mayWait || !program.waits) return program;
    programs.clear();
    return programs.for(sizes);
  };
  return {
    launches: (sizes) => programFor(sizes).launches,
    prepare: (sizes) => void programFor(sizes),
    dispose: () => programs.clear(),
    run: (inputs, sizes) => {
      const program = programFor(sizes);
      return program.run(checkedInputs(program, inputs, (value) => value));
    },
  };
}

/** Tensors are copied into the device's memory and out of it, which costs no kernel. */
export function compileOnTensors(gpu: Gpu, device: Device, graph: Graph): Executable<TensorInfo, Tensor> {
  const programs = keptBySizes((sizes) => new FusedProgram(gpu, graph, sizes, NO_SLICES));
  return {
    prepare: (sizes) => void programs.for(sizes),
    dispose: () => programs.clear(),
    run: (inputs, sizes) => {
      const program = programs.for(sizes);
      return runOnTensors(gpu, device, program, checkedInputs(program, inputs, describe));
    },
  };
}

function describe({ shape, dtype }: TensorInfo): { readonly shape: readonly number[]; readonly kind: string } {
  return { shape, kind: dtype };
}

/** In the order of the program's inputs. Throws a UserError if one is missing or has other sizes. */
function checkedInputs<T>(
  { inputs }: FusedProgram,
  given: ReadonlyMap<string, T>,
  describe: (value: T) => { readonly shape: readonly number[]; readonly kind: string },
): readonly T[] {
  return inputs.map(({ name, node, view }) => {
    const expected = { shape: view.shape, kind: view.storage.kind };
    return checkedInput({ name, type: () => printType(node.type) }, given.get(name), describe, expected);
  });
}

function runOnTensors(
  gpu: Gpu,
  device: Device,
  program: FusedProgram,
  tensors: readonly TensorInfo[],
): ReadonlyMap<string, Tensor> {
  const { values, memory } = gpu;
  const copied = program.inputs.map(({ view }): GpuValue => ({ kind: view.storage.kind, shape: view.shape }));
  const made = new Map(
    [...program.outputs].map(([name, { storage, shape }]) => [name, gpu.newTensor(shape, storage.kind)]),
  );
  /** A value with the buffer of its tensor; null if there are no elements, and no buffer. */
  const placed = (value: GpuValue, tensor: TensorInfo) =>
    countOf(value.shape) === 0
      ? null
      : {
          tensor: gpu.bufferOf(tensor),
          memory: memory.bufferOf(value.kind),
          offset: BYTES * values.elementOf(value),
          bytes: BYTES * countOf(value.shape),
        };
  values.reserve(copied);
  // What tfjs has not submitted yet writes the tensors.
  for (const tensor of tensors) if (countOf(tensor.shape) > 0) gpu.bufferOf(tensor);
  gpu.flush();
  const results = program.run(copied, {
    before: (encoder) =>
      copied.forEach((value, index) => {
        const tensor = tensors[index];
        const place = tensor === undefined ? null : placed(value, tensor);
        if (place !== null) encoder.copyBufferToBuffer(place.tensor, 0, place.memory, place.offset, place.bytes);
      }),
    after: (encoder, found) => {
      for (const [name, value] of found) {
        const place = placed(value, lookup(made, name, "webgpu"));
        if (place !== null) encoder.copyBufferToBuffer(place.memory, place.offset, place.tensor, 0, place.bytes);
      }
    },
  });
  for (const value of [...copied, ...results.values()]) values.dispose(value);
  return new Map([...made].map(([name, info]) => [name, device.toTensor(info)]));
}
