// The memory that all fused programs of a device share: a buffer for floats, one for integers, one with the numbers of turns, and one
// with the words that workgroups send to each other. The first two begin with the arena, which holds temporaries of the program that
// runs. Behind it is the standing part: values that stay between runs, such as weights. A larger buffer gets a copy of that part.
import { UserError } from "../../../base/diagnostic.ts";
import { fail } from "../../../base/invariant.ts";
import { BYTES, type Kind } from "../../../kernel/view.ts";
import { Ranges } from "./ranges.ts";

/** Bytes from one turn's number to the next. A dynamic offset must be a multiple of this. */
export const TURN_BYTES = 256;

/** Places of values are multiples of so many elements, so that vectors of four can be read. */
const ALIGNMENT = 16;

export interface Buffers {
  readonly floats: GPUBuffer;
  readonly integers: GPUBuffer;
  readonly turns: GPUBuffer;
  readonly exchange: GPUBuffer;
}

/** Counts of floats and integers in the arena, of turns, and of words to exchange. */
export interface Room {
  readonly floats: number;
  readonly integers: number;
  readonly turns: number;
  readonly exchange: number;
}

/** Elements that a value takes. */
export function aligned(count: number): number {
  return ALIGNMENT * Math.ceil(count / ALIGNMENT);
}

/** The buffer of a kind. */
const BUFFER = { float32: "floats", int32: "integers" } as const;

export class GpuMemory {
  readonly #device: GPUDevice;
  #room: Room = { floats: ALIGNMENT, integers: ALIGNMENT, turns: 1, exchange: ALIGNMENT };
  readonly #standing: Readonly<Record<Kind, Ranges>> = { float32: new Ranges(), int32: new Ranges() };
  #buffers: Buffers;

  constructor(device: GPUDevice) {
    this.#device = device;
    const { floats, integers, exchange } = this.#room;
    this.#buffers = {
      floats: this.#storage(BYTES * floats),
      integers: this.#storage(BYTES * integers),
      turns: this.#turns(1),
      exchange: this.#storage(BYTES * exchange),
    };
  }

  /** They are only replaced when larger ones are needed, by `reserve` and `take`. */
  get buffers(): Buffers {
    return this.#buffers;
  }

  /** Elements that values take of the standing part. */
  get taken(): number {
    return this.#standing.float32.taken + this.#standing.int32.taken;
  }

  bufferOf(kind: Kind): GPUBuffer {
    return this.#buffers[BUFFER[kind]];
  }

  /** The first element of the standing part. It moves when the arena grows. */
  baseOf(kind: Kind): number {
    return this.#room[BUFFER[kind]];
  }

  /** Throws a UserError if the device does not allow buffers of so many floats and integers. */
  check({ floats, integers }: Pick<Room, "floats" | "integers">): void {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#device.limits;
    const [needed, given] = [BYTES * Math.max(floats, integers), Math.min(maxStorageBufferBindingSize, maxBufferSize)];
    const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
    if (needed > given)
      throw new UserError(
        `this needs ${megabytes(needed)} MB in one buffer, and this GPU allows ${megabytes(given)}: take fewer examples or steps`,
      );
  }

  /** Makes the arena and the rest at least as large as `room`. */
  reserve(room: Room): void {
    for (const kind of ["float32", "int32"] as const) {
      const name = BUFFER[kind];
      if (room[name] > this.#room[name]) this.#replace(kind, aligned(room[name]), this.#standing[kind].size);
    }
    const { turns, exchange } = this.#room;
    if (room.turns > turns) {
      this.#buffers.turns.destroy();
      this.#buffers = { ...this.#buffers, turns: this.#turns(room.turns) };
      this.#room = { ...this.#room, turns: room.turns };
    }
    if (room.exchange > exchange) {
      this.#buffers.exchange.destroy();
      this.#buffers = { ...this.#buffers, exchange: this.#storage(BYTES * room.exchange) };
      this.#room = { ...this.#room, exchange: room.exchange };
    }
  }

  /**
   * Takes so many elements, a multiple of the alignment, of the standing part, and returns the first, counted from its begin. Values that
   * stay are taken at its begin and those of one run at its end, so that neither leave gaps among the others.
   */
  take(kind: Kind, count: number, where: "begin" | "end"): number {
    const ranges = this.#standing[kind];
    const taken = (): number | undefined => (where === "begin" ? ranges.takeFirst(count) : ranges.takeLast(count));
    const begin = taken();
    if (begin !== undefined) return begin;
    this.#replace(kind, this.baseOf(kind), ranges.size + count);
    ranges.extend(count);
    return taken() ?? fail("webgpu", "no room in a memory that was made larger");
  }

  give(kind: Kind, begin: number, count: number): void {
    this.#standing[kind].give(begin, count);
  }

  #replace(kind: Kind, arena: number, standing: number): void {
    const name = BUFFER[kind];
    const { [name]: before } = this.#buffers;
    const [from, kept] = [this.baseOf(kind), this.#standing[kind].size];
    this.check({ floats: 0, integers: 0, [name]: arena + standing });
    const larger = this.#storage(BYTES * (arena + standing));
    if (kept > 0) {
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(before, BYTES * from, larger, BYTES * arena, BYTES * kept);
      this.#device.queue.submit([encoder.finish()]);
    }
    before.destroy();
    this.#room = { ...this.#room, [name]: arena };
    this.#buffers = { ...this.#buffers, [name]: larger };
  }

  #storage(size: number): GPUBuffer {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    return this.#device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  }

  #turns(count: number): GPUBuffer {
    const { UNIFORM, COPY_DST } = GPUBufferUsage;
    const buffer = this.#device.createBuffer({ size: TURN_BYTES * count, usage: UNIFORM | COPY_DST });
    const numbers = new Int32Array((TURN_BYTES / BYTES) * count);
    for (let turn = 0; turn < count; turn++) numbers[(turn * TURN_BYTES) / BYTES] = turn;
    this.#device.queue.writeBuffer(buffer, 0, numbers);
    return buffer;
  }
}
