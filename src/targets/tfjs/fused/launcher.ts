// Starts the kernels of a program. It keeps their words on the device, and writes them again when values of the program stand elsewhere.
import type { Dispatches } from "../../../codegen/wgsl/schedule.ts";
import { BYTES, type Storage } from "../../../kernel/view.ts";
import type { Gpu } from "./gpu.ts";
import { type Buffers, TURN_BYTES } from "./memory.ts";

/** The words of a shader begin at a multiple of this many bytes. */
const ALIGNMENT = 256;

interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly groups: readonly [number, number, number];
  /** The place of its words in their buffer, in bytes. */
  readonly offset: number;
  readonly bytes: number;
}

/** A word that is an offset in a storage, which `storage` counts among those that stand. */
interface Moved {
  readonly index: number;
  readonly storage: number;
}

interface Bound {
  readonly buffers: Buffers;
  /** For each step of each list. */
  readonly groups: readonly (readonly GPUBindGroup[])[];
}

export class Launcher {
  readonly #gpu: Gpu;
  readonly #steps: readonly { readonly times: number; readonly steps: readonly Step[] }[];
  /** With places as if each storage that stands began at 0. */
  readonly #template: Int32Array<ArrayBuffer>;
  readonly #moved: readonly Moved[];
  readonly #words: GPUBuffer;
  /** The places in the words on the device. */
  #places: readonly number[] = [];
  #bound: Bound | null = null;

  /** `standing`: the storages whose places each launch gives. */
  constructor(gpu: Gpu, dispatches: readonly Dispatches[], standing: readonly Storage[]) {
    this.#gpu = gpu;
    const indices = new Map(standing.map((storage, index) => [storage, index]));
    const words: number[] = [];
    const moved: Moved[] = [];
    this.#steps = dispatches.map(({ times, shaders }) => ({
      times,
      steps: shaders.map(({ name, text, words: own, places, groups }) => {
        const first = words.length;
        for (const { index, storage } of places) {
          const known = indices.get(storage);
          if (known !== undefined) moved.push({ index: first + index, storage: known });
        }
        words.push(...own, ...Array.from({ length: roundUp(Math.max(1, own.length)) - own.length }, () => 0));
        const bytes = 16 * Math.max(1, Math.ceil(own.length / 4));
        return { pipeline: gpu.pipeline(name, text), groups, offset: BYTES * first, bytes };
      }),
    }));
    this.#moved = moved;
    this.#template = Int32Array.from(words.length === 0 ? [0] : words);
    this.#words = gpu.device.createBuffer({
      size: Math.max(16, this.#template.byteLength),
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    gpu.device.queue.writeBuffer(this.#words, 0, this.#template);
  }

  /** Records all kernels. `places`: the first element of each storage that stands, in the order of the constructor. */
  launch(encoder: GPUCommandEncoder, places: readonly number[]): void {
    this.#move(places);
    const groups = this.#bindGroups();
    const pass = encoder.beginComputePass();
    let last: GPUComputePipeline | null = null;
    this.#steps.forEach(({ times, steps }, index) => {
      for (let turn = 0; turn < times; turn++) {
        steps.forEach(({ pipeline, groups: [x, y, z] }, position) => {
          if (pipeline !== last) pass.setPipeline(pipeline);
          last = pipeline;
          pass.setBindGroup(0, groups[index]?.[position] ?? null, [turn * TURN_BYTES]);
          pass.dispatchWorkgroups(x, y, z);
        });
      }
    });
    pass.end();
  }

  /** Writes the words for these places, if they are others than the last ones. */
  #move(places: readonly number[]): void {
    const before = this.#places;
    if (before.length === places.length && places.every((place, index) => place === before[index])) return;
    const words = this.#template.slice();
    for (const { index, storage } of this.#moved) words[index] = (words[index] ?? 0) + (places[storage] ?? 0);
    this.#gpu.device.queue.writeBuffer(this.#words, 0, words);
    this.#places = places;
  }

  #bindGroups(): Bound["groups"] {
    const { device, layout, memory } = this.#gpu;
    const { buffers } = memory;
    if (this.#bound?.buffers === buffers) return this.#bound.groups;
    const groups = this.#steps.map(({ steps }) =>
      steps.map(({ offset, bytes }) =>
        device.createBindGroup({
          layout,
          entries: [
            { binding: 0, resource: { buffer: buffers.floats } },
            { binding: 1, resource: { buffer: buffers.integers } },
            { binding: 2, resource: { buffer: this.#words, offset, size: bytes } },
            { binding: 3, resource: { buffer: buffers.turns, size: 16 } },
            { binding: 4, resource: { buffer: buffers.exchange } },
          ],
        }),
      ),
    );
    this.#bound = { buffers, groups };
    return groups;
  }

  release(): void {
    this.#words.destroy();
  }
}

function roundUp(words: number): number {
  return Math.ceil((BYTES * words) / ALIGNMENT) * (ALIGNMENT / BYTES);
}
