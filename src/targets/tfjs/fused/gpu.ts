// tfjs' WebGPU backend as fused programs use it: its device and queue, its tensors' buffers, and pipelines by their text.
import type * as Tf from "@tensorflow/tfjs";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { fail } from "../../../base/invariant.ts";
import type { Kind } from "../../../kernel/view.ts";
import { countOf } from "../../../ops/nd.ts";
import { GpuMemory } from "./memory.ts";

export function isWebgpu(backend: Tf.KernelBackend): backend is WebGPUBackend {
  return "runWebGPUProgram" in backend && "uploadToGPU" in backend;
}

const known = new WeakMap<WebGPUBackend, Gpu>();

/** One for each backend: all programs on it share memory and pipelines. */
export function gpuOf(backend: WebGPUBackend): Gpu {
  const gpu = known.get(backend) ?? new Gpu(backend);
  known.set(backend, gpu);
  return gpu;
}

export class Gpu {
  readonly backend: WebGPUBackend;
  readonly device: GPUDevice;
  readonly memory: GpuMemory;
  readonly layout: GPUBindGroupLayout;
  readonly #pipelines = new Map<string, GPUComputePipeline>();

  constructor(backend: WebGPUBackend) {
    this.backend = backend;
    this.device = backend.device;
    this.memory = new GpuMemory(this.device);
    const visibility = GPUShaderStage.COMPUTE;
    this.layout = this.device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility, buffer: { type: "storage" } },
        { binding: 1, visibility, buffer: { type: "storage" } },
        { binding: 2, visibility, buffer: { type: "uniform" } },
        { binding: 3, visibility, buffer: { type: "uniform", hasDynamicOffset: true } },
      ],
    });
  }

  /** Invocations that a workgroup may have. */
  get mostInvocations(): number {
    const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = this.device.limits;
    return Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX);
  }

  /** `name` is for those who watch the device. */
  pipeline(name: string, text: string): GPUComputePipeline {
    const known = this.#pipelines.get(text);
    if (known !== undefined) return known;
    const pipeline = this.device.createComputePipeline({
      label: name,
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [this.layout] }),
      compute: { module: this.device.createShaderModule({ code: text }), entryPoint: "main" },
    });
    this.#pipelines.set(text, pipeline);
    return pipeline;
  }

  /** The buffer in which a tensor stands. */
  bufferOf(tensor: Tf.TensorInfo): GPUBuffer {
    this.backend.uploadToGPU(tensor.dataId);
    const { resource } = this.backend.tensorMap.get(tensor.dataId);
    return resource instanceof GPUBuffer ? resource : fail("tfjs", "a tensor is in no buffer");
  }

  newTensor(shape: readonly number[], kind: Kind): Tf.TensorInfo {
    // What has no element gets no buffer, and tfjs looks for its values.
    const empty = kind === "int32" ? new Int32Array(0) : new Float32Array(0);
    return this.backend.makeTensorInfo([...shape], kind, countOf(shape) === 0 ? empty : undefined);
  }

  /** Hands on what tfjs has recorded and not yet given to the device. */
  flush(): void {
    this.backend.ensureCommandEncoderReady();
    this.backend.endComputePassEncoder();
    this.backend.submitQueue();
  }
}
