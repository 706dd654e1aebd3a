// Reads values from a device. What is asked for at once travels in one copy buffer, and so does the status of slices.
import { at } from "../../../base/invariant.ts";
import { BYTES, type Kind } from "../../../kernel/view.ts";
import type { GpuMemory } from "./memory.ts";

/** Elements of the standing part. */
export interface Stretch {
  readonly kind: Kind;
  readonly begin: number;
  readonly count: number;
}

interface Wanted extends Stretch {
  readonly give: (bytes: ArrayBuffer) => void;
  readonly refuse: (reason: unknown) => void;
}

/** A copy, and the first byte of its result. */
interface Copy {
  readonly kind: Kind;
  readonly begin: number;
  end: number;
  readonly to: number;
}

/** Elements between two values for which one copy is cheaper than two. */
const SHORT_GAP = 64;
/** Buffers up to this size are kept for the next reading. */
const KEPT_BYTES = 65_536;

export class Reader {
  readonly #device: GPUDevice;
  readonly #memory: GpuMemory;
  #wanted: Wanted[] = [];
  #watchers = new Set<() => void>();
  readonly #idle: GPUBuffer[] = [];

  constructor(device: GPUDevice, memory: GpuMemory) {
    this.#device = device;
    this.#memory = memory;
  }

  /** The bytes of these elements as they are now. */
  read(stretch: Stretch): Promise<ArrayBuffer> {
    if (stretch.count === 0) return Promise.resolve(new ArrayBuffer(0));
    if (this.#wanted.length === 0) queueMicrotask(() => this.flush());
    return new Promise((give, refuse) => this.#wanted.push({ ...stretch, give, refuse }));
  }

  /** Calls `onGaveUp` at the next reading if a wait of slices has given up by then. */
  watch(onGaveUp: () => void): void {
    this.#watchers.add(onGaveUp);
  }

  /** Copies what is asked for, before anything else is written. */
  flush(): void {
    const wanted = this.#wanted;
    if (wanted.length === 0) return;
    this.#wanted = [];
    const copies = copiesOf(wanted);
    const last = at(copies, -1, "webgpu");
    const bytes = last.to + BYTES * (last.end - last.begin);
    const watchers = this.#watchers;
    this.#watchers = new Set();
    const buffer = this.#bufferFor(bytes + BYTES);
    const encoder = this.#device.createCommandEncoder();
    for (const { kind, begin, end, to } of copies)
      encoder.copyBufferToBuffer(
        this.#memory.bufferOf(kind),
        BYTES * (this.#memory.baseOf(kind) + begin),
        buffer,
        to,
        BYTES * (end - begin),
      );
    if (watchers.size > 0) encoder.copyBufferToBuffer(this.#memory.buffers.exchange, 0, buffer, bytes, BYTES);
    this.#device.queue.submit([encoder.finish()]);
    const given = (): void => {
      const all = buffer.getMappedRange(0, bytes + BYTES);
      const hasGivenUp = watchers.size > 0 && new Uint32Array(all, bytes, 1)[0] !== 0;
      const parts = wanted.map((each) => ({ ...each, part: partOf(all, copies, each) }));
      buffer.unmap();
      if (buffer.size <= KEPT_BYTES) this.#idle.push(buffer);
      else buffer.destroy();
      if (hasGivenUp) this.#endSlices(watchers);
      for (const { give, part } of parts) give(part);
    };
    buffer.mapAsync(GPUMapMode.READ, 0, bytes + BYTES).then(given, (reason: unknown) => {
      for (const { refuse } of wanted) refuse(reason);
    });
  }

  #endSlices(watchers: ReadonlySet<() => void>): void {
    const encoder = this.#device.createCommandEncoder();
    encoder.clearBuffer(this.#memory.buffers.exchange, 0, BYTES);
    this.#device.queue.submit([encoder.finish()]);
    for (const watcher of watchers) watcher();
  }

  #bufferFor(bytes: number): GPUBuffer {
    const index = this.#idle.findIndex(({ size }) => size >= bytes);
    const [found] = index < 0 ? [] : this.#idle.splice(index, 1);
    if (found !== undefined) return found;
    const { COPY_DST, MAP_READ } = GPUBufferUsage;
    const size = bytes > KEPT_BYTES ? bytes : 2 ** Math.ceil(Math.log2(Math.max(256, bytes)));
    return this.#device.createBuffer({ size, usage: COPY_DST | MAP_READ });
  }
}

/** Copies that hold all stretches: those that lie near each other are one. */
function copiesOf(stretches: readonly Stretch[]): readonly Copy[] {
  const copies: Copy[] = [];
  let to = 0;
  for (const kind of ["float32", "int32"] as const) {
    let last: Copy | undefined;
    for (const { begin, count } of stretches.filter((each) => each.kind === kind).sort((a, b) => a.begin - b.begin)) {
      const before = last?.end ?? -Infinity;
      if (last !== undefined && begin <= before + SHORT_GAP) {
        last.end = Math.max(before, begin + count);
      } else {
        last = { kind, begin, end: begin + count, to };
        copies.push(last);
      }
      to = last.to + BYTES * (last.end - last.begin);
    }
  }
  return copies;
}

function partOf(all: ArrayBuffer, copies: readonly Copy[], { kind, begin, count }: Stretch): ArrayBuffer {
  const copy = copies.find((each) => each.kind === kind && each.begin <= begin && begin + count <= each.end);
  const first = copy === undefined ? 0 : copy.to + BYTES * (begin - copy.begin);
  return all.slice(first, first + BYTES * count);
}
