// Milliseconds on the device by kernel. Each dispatch has its own pass with a time stamp at both ends.
// So kernels cannot overlap, and their sum may be larger than the time of an update.
import { rounded } from "../measure.ts";
import type { Clock } from "./clock.ts";
import type { Profile } from "./results.ts";

/** The number of time stamps in one query set. */
const STAMPS = 4096;
const STAMP_BYTES = 8;

type SetPipeline = GPUComputePassEncoder["setPipeline"];
type Dispatch = GPUComputePassEncoder["dispatchWorkgroups"];

export class Profiler {
  /** By label: pipelines in the order in which they first ran. */
  readonly #alike = new Map<string, GPUComputePipeline[]>();
  #sets: GPUQuerySet[] = [];
  /** The kernels that ran, in order. Kernel i has the stamps 2 i and 2 i + 1. */
  #ran: (GPUComputePipeline | null)[] = [];

  /** The kernels that run during `once`, the most expensive first. `once` runs twice, and the second run counts, with the clock up. */
  async measure(device: GPUDevice, once: () => Promise<unknown>, clock: Clock): Promise<Profile["kernels"]> {
    await once();
    await clock.warm();
    this.#ran = [];
    const { beginComputePass } = GPUCommandEncoder.prototype;
    const begin = (encoder: GPUCommandEncoder): GPUComputePassEncoder =>
      this.#spread(device, (timestampWrites) => beginComputePass.call(encoder, { timestampWrites }));
    GPUCommandEncoder.prototype.beginComputePass = function () {
      return begin(this);
    };
    try {
      await once();
    } finally {
      GPUCommandEncoder.prototype.beginComputePass = beginComputePass;
    }
    return this.#summed(await this.#stamps(device));
  }

  /** Returns a replacement for a pass: each dispatch opens a pass of its own, with the pipeline and bind groups that were set. */
  #spread(
    device: GPUDevice,
    open: (stamps: GPUComputePassTimestampWrites) => GPUComputePassEncoder,
  ): GPUComputePassEncoder {
    let pipeline: GPUComputePipeline | null = null;
    const groups = new Map<number, readonly unknown[]>();
    const setPipeline: SetPipeline = (next) => {
      pipeline = next;
    };
    const setBindGroup = (...words: readonly [number, ...unknown[]]): void => void groups.set(words[0], words);
    const dispatchWorkgroups: Dispatch = (x, y, z) => {
      const first = 2 * this.#ran.length;
      const set = (this.#sets[Math.floor(first / STAMPS)] ??= device.createQuerySet({
        type: "timestamp",
        count: STAMPS,
      }));
      this.#ran.push(pipeline);
      const index = first % STAMPS;
      const pass = open({ querySet: set, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 });
      if (pipeline !== null) pass.setPipeline(pipeline);
      for (const words of groups.values()) Reflect.apply(pass.setBindGroup, pass, words);
      pass.dispatchWorkgroups(x, y ?? 1, z ?? 1);
      pass.end();
    };
    // tfjs and our programs call only these four methods.
    const end = (): void => {};
    return { setPipeline, setBindGroup, dispatchWorkgroups, end } as unknown as GPUComputePassEncoder;
  }

  /** Reads all stamps that were written, in nanoseconds. */
  async #stamps(device: GPUDevice): Promise<readonly bigint[]> {
    const stamps: bigint[] = [];
    for (const set of this.#sets.slice(0, Math.ceil((2 * this.#ran.length) / STAMPS))) {
      const size = STAMPS * STAMP_BYTES;
      const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
      const resolved = device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
      const read = device.createBuffer({ size, usage: COPY_DST | MAP_READ });
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(set, 0, STAMPS, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, read, 0, size);
      device.queue.submit([encoder.finish()]);
      await read.mapAsync(GPUMapMode.READ);
      stamps.push(...new BigUint64Array(read.getMappedRange()));
      for (const buffer of [resolved, read]) buffer.destroy();
    }
    return stamps;
  }

  #summed(stamps: readonly bigint[]): Profile["kernels"] {
    const sums = new Map<string, { launches: number; ms: number }>();
    this.#ran.forEach((pipeline, index) => {
      const took = Number((stamps[2 * index + 1] ?? 0n) - (stamps[2 * index] ?? 0n)) / 1e6;
      const name = this.#nameOf(pipeline);
      const { launches, ms } = sums.get(name) ?? { launches: 0, ms: 0 };
      sums.set(name, { launches: launches + 1, ms: ms + took });
    });
    return [...sums]
      .map(([name, { launches, ms }]) => ({ name, launches, ms: rounded(ms) }))
      .sort((a, b) => b.ms - a.ms);
  }

  /** Kernels with the same label and different texts are numbered: `product`, `product 2`. */
  #nameOf(pipeline: GPUComputePipeline | null): string {
    if (pipeline === null) return "unknown";
    const alike = this.#alike.get(pipeline.label) ?? [];
    this.#alike.set(pipeline.label, alike);
    if (!alike.includes(pipeline)) alike.push(pipeline);
    const position = alike.indexOf(pipeline);
    return position > 0 ? `${pipeline.label} ${position + 1}` : pipeline.label;
  }
}
