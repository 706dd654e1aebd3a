// The memory that all fused programs of a device share: a buffer for floats, one for integers, one with the numbers of turns, and
// one with the words that workgroups send to each other.
import { UserError } from "../../../base/diagnostic.ts";
import { BYTES } from "../../../kernel/view.ts";

/** Bytes from one turn's number to the next. A dynamic offset must be a multiple of this. */
export const TURN_BYTES = 256;

export interface Buffers {
  readonly floats: GPUBuffer;
  readonly integers: GPUBuffer;
  readonly turns: GPUBuffer;
  readonly exchange: GPUBuffer;
}

/** Counts of floats, of integers, of turns, and of words to exchange. */
export interface Room {
  readonly floats: number;
  readonly integers: number;
  readonly turns: number;
  readonly exchange: number;
}

export class GpuMemory {
  readonly #device: GPUDevice;
  #room: Room = { floats: 0, integers: 0, turns: 0, exchange: 0 };
  #buffers: Buffers | null = null;
  /** The program whose constants are in the buffers. */
  owner: object | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Throws a UserError if the device does not allow buffers of this size. */
  check({ floats, integers }: Room): void {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#device.limits;
    const [needed, given] = [BYTES * Math.max(floats, integers), Math.min(maxStorageBufferBindingSize, maxBufferSize)];
    const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
    if (needed > given)
      throw new UserError(
        `this needs ${megabytes(needed)} MB in one buffer, and this GPU allows ${megabytes(given)}: take fewer examples or steps`,
      );
  }

  /** Returns buffers of at least this size. They are only replaced when larger ones are needed. */
  buffers(room: Room): Buffers {
    const old = this.#room;
    const names = ["floats", "integers", "turns", "exchange"] as const;
    const fits = names.every((name) => room[name] <= old[name]);
    if (this.#buffers !== null && fits) return this.#buffers;
    const larger = (name: keyof Room): number => Math.max(4, old[name], room[name]);
    const [floats, integers, turns] = [larger("floats"), larger("integers"), larger("turns")];
    const exchange = larger("exchange");
    for (const buffer of Object.values(this.#buffers ?? {})) buffer.destroy();
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const create = (size: number, usage: number): GPUBuffer =>
      this.#device.createBuffer({ size, usage: usage | COPY_SRC | COPY_DST });
    this.#room = { floats, integers, turns, exchange };
    this.#buffers = {
      floats: create(BYTES * floats, STORAGE),
      integers: create(BYTES * integers, STORAGE),
      turns: create(TURN_BYTES * turns, UNIFORM),
      exchange: create(BYTES * exchange, STORAGE),
    };
    const numbers = new Int32Array((TURN_BYTES / BYTES) * turns);
    for (let turn = 0; turn < turns; turn++) numbers[(turn * TURN_BYTES) / BYTES] = turn;
    this.#device.queue.writeBuffer(this.#buffers.turns, 0, numbers);
    this.owner = null;
    return this.#buffers;
  }
}
