// Values on a device: inputs and results of fused programs. A value stays in the device's memory, where programs read it in place, until
// it is disposed of. Small values from the host wait for the next run that reads them, and go there together.
import { fail } from "../../../base/invariant.ts";
import { BYTES, type Kind } from "../../../kernel/view.ts";
import { countOf } from "../../../ops/nd.ts";
import { aligned, type GpuMemory } from "./memory.ts";
import { Reader } from "./reader.ts";

export interface GpuValue {
  readonly kind: Kind;
  readonly shape: readonly number[];
}

type Numbers = Float32Array | Int32Array;

/** Elements of the standing part, shared by all values that hold them. */
interface Place {
  readonly kind: Kind;
  readonly begin: number;
  readonly count: number;
  owners: number;
}

/** Values with more elements go to the device at once: to copy them twice would cost more than to send them alone. */
const MOST_WAITING = 16_384;

export class GpuValues {
  readonly #device: GPUDevice;
  readonly #memory: GpuMemory;
  readonly #reader: Reader;
  /** Where each value is: on the device, or still on the host. */
  readonly #held = new Map<GpuValue, Place | Numbers>();

  constructor(device: GPUDevice, memory: GpuMemory) {
    this.#device = device;
    this.#memory = memory;
    this.#reader = new Reader(device, memory);
  }

  /** The number of values that are not disposed of. */
  get count(): number {
    return this.#held.size;
  }

  /** Takes a copy of the data. */
  upload(kind: Kind, shape: readonly number[], data: Numbers | Float64Array): GpuValue {
    const value = { kind, shape };
    if (data.length <= MOST_WAITING) this.#held.set(value, copyOf(kind, data));
    else if (data instanceof (kind === "int32" ? Int32Array : Float32Array)) this.#send(kind, [[value, data]]);
    else this.#send(kind, [[value, copyOf(kind, data)]]);
    return value;
  }

  /** New values without content, side by side. */
  reserve(values: readonly GpuValue[]): void {
    for (const kind of ["float32", "int32"] as const)
      this.#place(
        kind,
        values.filter((value) => value.kind === kind),
        "begin",
      );
  }

  /** Another value in the same place. */
  alias(value: GpuValue): GpuValue {
    const place = this.#placeOf(value);
    place.owners += 1;
    const other = { ...value };
    this.#held.set(other, place);
    return other;
  }

  /** Sends those that still wait on the host to the device. */
  send(values: readonly GpuValue[]): void {
    for (const kind of ["float32", "int32"] as const) {
      const waiting = new Map<GpuValue, Numbers>();
      for (const value of values) {
        const held = this.#held.get(value);
        if (value.kind === kind && ArrayBuffer.isView(held)) waiting.set(value, held);
      }
      if (waiting.size > 0) this.#send(kind, [...waiting]);
    }
  }

  /** The first element of a value in the buffer of its kind, until a buffer is replaced. It must have been sent. */
  elementOf(value: GpuValue): number {
    return this.#memory.baseOf(value.kind) + this.#placeOf(value).begin;
  }

  /** Reads a value. Values that are asked for at once travel together. */
  async read(value: GpuValue): Promise<Numbers> {
    const held = this.#held.get(value) ?? fail("webgpu", "a value that was disposed of is read");
    if (ArrayBuffer.isView(held)) return held.slice();
    const bytes = await this.#reader.read({ ...held, count: countOf(value.shape) });
    return value.kind === "int32" ? new Int32Array(bytes) : new Float32Array(bytes);
  }

  /** Calls `onGaveUp` with the next values that are read if a wait of slices has given up by then. */
  watch(onGaveUp: () => void): void {
    this.#reader.watch(onGaveUp);
  }

  dispose(value: GpuValue): void {
    const held = this.#held.get(value);
    this.#held.delete(value);
    if (held === undefined || ArrayBuffer.isView(held)) return;
    held.owners -= 1;
    if (held.owners === 0) this.#memory.give(held.kind, held.begin, held.count);
  }

  #placeOf(value: GpuValue): Place {
    const held = this.#held.get(value);
    return held === undefined || ArrayBuffer.isView(held) ? fail("webgpu", "a value is not on the device") : held;
  }

  #place(kind: Kind, values: readonly GpuValue[], where: "begin" | "end"): number {
    const counts = values.map(({ shape }) => aligned(countOf(shape)));
    const total = counts.reduce((sum, count) => sum + count, 0);
    // What was given back may be written from now on.
    this.#reader.flush();
    const first = total === 0 ? 0 : this.#memory.take(kind, total, where);
    let begin = first;
    values.forEach((value, index) => {
      const count = counts[index] ?? 0;
      this.#held.set(value, { kind, begin, count, owners: 1 });
      begin += count;
    });
    return first;
  }

  #send(kind: Kind, values: readonly (readonly [GpuValue, Numbers])[]): void {
    const first = this.#place(
      kind,
      values.map(([value]) => value),
      "end",
    );
    const [[, only] = fail("webgpu", "nothing to send")] = values;
    const data = values.length === 1 ? only : joined(kind, values);
    const target = this.#memory.bufferOf(kind);
    if (data.length > 0) this.#device.queue.writeBuffer(target, BYTES * (this.#memory.baseOf(kind) + first), data);
  }
}

function copyOf(kind: Kind, data: Numbers | Float64Array): Numbers {
  return kind === "int32" ? new Int32Array(data) : new Float32Array(data);
}

function joined(kind: Kind, values: readonly (readonly [GpuValue, Numbers])[]): Numbers {
  const total = values.reduce((sum, [, { length }]) => sum + aligned(length), 0);
  const all = kind === "int32" ? new Int32Array(total) : new Float32Array(total);
  let begin = 0;
  for (const [, numbers] of values) {
    all.set(numbers, begin);
    begin += aligned(numbers.length);
  }
  return all;
}
