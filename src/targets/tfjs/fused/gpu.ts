// tfjs' WebGPU backend for fused programs: its device and queue, the buffers of its tensors, a memory and values of our own, and a cache
// of pipelines.
import type * as Tf from "@tensorflow/tfjs";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { fail } from "../../../base/invariant.ts";
import type { Kind } from "../../../kernel/view.ts";
import { countOf } from "../../../ops/nd.ts";
import { GpuMemory } from "./memory.ts";
import { GpuValues } from "./values.ts";

export function isWebgpu(backend: Tf.KernelBackend): backend is WebGPUBackend {
  return "runWebGPUProgram" in backend && "uploadToGPU" in backend;
}

const gpus = new WeakMap<WebGPUBackend, Gpu>();

/** One for each backend: all programs on it share memory and pipelines. */
export function gpuOf(backend: WebGPUBackend): Gpu {
  const gpu = gpus.get(backend) ?? new Gpu(backend);
  gpus.set(backend, gpu);
  return gpu;
}

export class Gpu {
  readonly backend: WebGPUBackend;
  readonly device: GPUDevice;
  readonly memory: GpuMemory;
  readonly values: GpuValues;
  readonly layout: GPUBindGroupLayout;
  /** By the text of the shader. */
  readonly #pipelines = new Map<string, GPUComputePipeline>();

  constructor(backend: WebGPUBackend) {
    this.backend = backend;
    this.device = backend.device;
    this.memory = new GpuMemory(this.device);
    this.values = new GpuValues(this.device, this.memory);
    const visibility = GPUShaderStage.COMPUTE;
    this.layout = this.device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility, buffer: { type: "storage" } },
        { binding: 1, visibility, buffer: { type: "storage" } },
        { binding: 2, visibility, buffer: { type: "uniform" } },
        { binding: 3, visibility, buffer: { type: "uniform", hasDynamicOffset: true } },
        { binding: 4, visibility, buffer: { type: "storage" } },
      ],
    });
  }

  /** The most invocations of a workgroup. */
  get mostInvocations(): number {
    const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = this.device.limits;
    return Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX);
  }

  /** `name` is a label for the device's own messages. */
  pipeline(name: string, text: string): GPUComputePipeline {
    const existing = this.#pipelines.get(text);
    if (existing !== undefined) return existing;
    const pipeline = this.device.createComputePipeline({
      label: name,
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [this.layout] }),
      compute: { module: this.device.createShaderModule({ code: text }), entryPoint: "main" },
    });
    this.#pipelines.set(text, pipeline);
    return pipeline;
  }

  /** The buffer of a tensor. Data on the CPU are uploaded first. */
  bufferOf(tensor: Tf.TensorInfo): GPUBuffer {
    this.backend.uploadToGPU(tensor.dataId);
    const { resource } = this.backend.tensorMap.get(tensor.dataId);
    return resource instanceof GPUBuffer ? resource : fail("tfjs", "a tensor is in no buffer");
  }

  newTensor(shape: readonly number[], kind: Kind): Tf.TensorInfo {
    // A tensor without elements has no buffer, so tfjs needs values on the CPU.
    const empty = kind === "int32" ? new Int32Array(0) : new Float32Array(0);
    return this.backend.makeTensorInfo([...shape], kind, countOf(shape) === 0 ? empty : undefined);
  }

  /** Submits the commands that tfjs has recorded so far. */
  flush(): void {
    this.backend.ensureCommandEncoderReady();
    this.backend.endComputePassEncoder();
    this.backend.submitQueue();
  }
}
