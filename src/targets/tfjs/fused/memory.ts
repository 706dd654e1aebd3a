// The memory that all fused programs of a device share: one buffer for numbers, one for integers, and the numbers of turns.
import { UserError } from "../../../base/diagnostic.ts";
import { BYTES } from "../../../kernel/view.ts";

/** Between two turns' numbers: what a dynamic offset must be a multiple of. */
export const TURN_BYTES = 256;

export interface Buffers {
  readonly floats: GPUBuffer;
  readonly integers: GPUBuffer;
  readonly turns: GPUBuffer;
}

export interface Room {
  readonly floats: number;
  readonly integers: number;
  readonly turns: number;
}

export class GpuMemory {
  readonly #device: GPUDevice;
  #room: Room = { floats: 0, integers: 0, turns: 0 };
  #buffers: Buffers | null = null;
  /** Whose constants stand in it. */
  owner: object | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Throws a UserError where the device has no buffer with so much room. */
  check({ floats, integers }: Room): void {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#device.limits;
    const [needed, given] = [BYTES * Math.max(floats, integers), Math.min(maxStorageBufferBindingSize, maxBufferSize)];
    const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
    if (needed > given)
      throw new UserError(
        `this needs ${megabytes(needed)} MB in one piece, and the GPU gives ${megabytes(given)}: take fewer examples or steps`,
      );
  }

  /** Buffers with so much room at least: the same ones until more is asked for. */
  buffers(room: Room): Buffers {
    const old = this.#room;
    const fits = room.floats <= old.floats && room.integers <= old.integers && room.turns <= old.turns;
    if (this.#buffers !== null && fits) return this.#buffers;
    const most = (name: keyof Room): number => Math.max(4, old[name], room[name]);
    const [floats, integers, turns] = [most("floats"), most("integers"), most("turns")];
    for (const buffer of Object.values(this.#buffers ?? {})) buffer.destroy();
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const create = (size: number, usage: number): GPUBuffer =>
      this.#device.createBuffer({ size, usage: usage | COPY_SRC | COPY_DST });
    this.#room = { floats, integers, turns };
    this.#buffers = {
      floats: create(BYTES * floats, STORAGE),
      integers: create(BYTES * integers, STORAGE),
      turns: create(TURN_BYTES * turns, UNIFORM),
    };
    const numbers = new Int32Array((TURN_BYTES / BYTES) * turns);
    for (let turn = 0; turn < turns; turn++) numbers[(turn * TURN_BYTES) / BYTES] = turn;
    this.#device.queue.writeBuffer(this.#buffers.turns, 0, numbers);
    this.owner = null;
    return this.#buffers;
  }
}
