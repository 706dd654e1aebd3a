// The plan of a graph for one set of sizes: its dispatches, and the places of its values in the device's memory.
// Temporaries have places in the arena. Inputs, results and constants are read and written where they stand, so a run copies nothing:
// its shaders get their places as words, which are written again when a value stands elsewhere.
import { type Batch, batchesOf } from "../../../codegen/wgsl/batches.ts";
import { STATUS_WORDS } from "../../../codegen/wgsl/exchange.ts";
import { matmul } from "../../../codegen/wgsl/matmul.ts";
import { lookup } from "../../../base/invariant.ts";
import { dispatchesOf } from "../../../codegen/wgsl/schedule.ts";
import type { Graph } from "../../../graph/graph.ts";
import { layOut } from "../../../kernel/arena.ts";
import { constantsOf } from "../../../kernel/constants.ts";
import { fuse } from "../../../kernel/fuse.ts";
import { record, type RecordedInput } from "../../../kernel/record.ts";
import { BYTES, rootOf, type Storage, type View } from "../../../kernel/view.ts";
import type { Sizes } from "../../../shape/dim.ts";
import type { Gpu } from "./gpu.ts";
import { aligned, type Room } from "./memory.ts";
import { Launcher } from "./launcher.ts";
import type { Slicing } from "./slicing.ts";
import type { GpuValue } from "./values.ts";

/** About how much of JavaScript's memory a shader with its bindings takes, and a storage with its place. */
const SHADER_BYTES = 1024;
const PLACE_BYTES = 128;

export class FusedProgram {
  readonly inputs: readonly RecordedInput[];
  readonly outputs: ReadonlyMap<string, View>;
  /** About how many bytes it holds. */
  readonly bytes: number;
  /** The number of kernels that a run starts. */
  readonly launches: number;
  readonly #gpu: Gpu;
  readonly #room: Room;
  readonly #constants: readonly GpuValue[];
  readonly #launcher: Launcher;
  readonly #slicing: Slicing;

  constructor(gpu: Gpu, graph: Graph, sizes: Sizes, slicing: Slicing) {
    this.#gpu = gpu;
    this.#slicing = slicing;
    const recorded = record(graph, sizes, matmul);
    this.inputs = recorded.inputs;
    this.outputs = recorded.outputs;
    const tasks = fuse(recorded.tasks);
    const batches = batchesOf(tasks);
    const constants = constantsOf(tasks);
    const { places, room } = placesInArena(batches);
    let scratch = 0;
    let sent = STATUS_WORDS;
    const dispatches = dispatchesOf(batches, {
      placeOf: (view) => placeOf(view, places),
      most: gpu.mostInvocations,
      room: room.floats,
      grow: (count) => (scratch = Math.max(scratch, count)),
      slices: slicing.limits,
      exchange: (count) => (sent += count) - count,
    });
    const turns = Math.max(1, ...dispatches.map(({ times }) => times));
    this.#room = { ...room, floats: room.floats + scratch, turns, exchange: sent };
    const standing = [...this.#given(), ...constants];
    gpu.memory.check(withStanding(this.#room, standing));
    this.#launcher = new Launcher(gpu, dispatches, standing);
    this.#constants = constants.map((storage) => gpu.values.upload(storage.kind, [storage.count], contentOf(storage)));
    this.launches = dispatches.reduce((sum, { times, shaders }) => sum + times * shaders.length, 0);
    const shaders = dispatches.reduce((sum, each) => sum + each.shaders.length, 0);
    this.bytes =
      BYTES * constants.reduce((sum, { count }) => sum + count, 0) +
      SHADER_BYTES * shaders +
      PLACE_BYTES * (places.size + standing.length);
  }

  /** Whether workgroups wait for each other in it. */
  get waits(): boolean {
    return this.#room.exchange > STATUS_WORDS;
  }

  /** The storages of inputs and results, each once. */
  #given(): readonly Storage[] {
    const views = [...this.inputs.map(({ view }) => view), ...this.outputs.values()];
    return [...new Set(views.map(({ storage }) => storage))];
  }

  /**
   * Runs on values in the order of `inputs`, and returns new ones. `around` records commands before and after the kernels, when all
   * values have their places.
   */
  run(inputs: readonly GpuValue[], around: Partial<Around> = {}): ReadonlyMap<string, GpuValue> {
    const { device, memory, values } = this.#gpu;
    memory.reserve(this.#room);
    const results = new Map<Storage, GpuValue>();
    for (const { storage, shape } of this.outputs.values())
      if (!results.has(storage)) results.set(storage, { kind: storage.kind, shape });
    values.send([...inputs, ...this.#constants]);
    values.reserve([...results.values()]);
    const places = [...inputs, ...results.values(), ...this.#constants].map((value) => values.elementOf(value));
    const encoder = device.createCommandEncoder();
    around.before?.(encoder);
    // The status stays, so that what has given up is not tried again before the host knows.
    if (this.waits)
      encoder.clearBuffer(memory.buffers.exchange, BYTES * STATUS_WORDS, BYTES * (this.#room.exchange - STATUS_WORDS));
    this.#launcher.launch(encoder, places);
    const taken = new Set<GpuValue>();
    const named = [...this.outputs].map(([name, { storage }]): [string, GpuValue] => {
      const value = lookup(results, storage, "webgpu");
      const own = taken.has(value) ? values.alias(value) : value;
      taken.add(value);
      return [name, own];
    });
    around.after?.(encoder, new Map(named));
    device.queue.submit([encoder.finish()]);
    if (this.waits) values.watch(this.#slicing.refuse);
    return new Map(named);
  }

  release(): void {
    this.#launcher.release();
    for (const value of this.#constants) this.#gpu.values.dispose(value);
  }
}

/** Commands before and after the kernels of a run. */
export interface Around {
  readonly before: (encoder: GPUCommandEncoder) => void;
  readonly after: (encoder: GPUCommandEncoder, results: ReadonlyMap<string, GpuValue>) => void;
}

function contentOf({ kind, count, content = 0 }: Storage): Int32Array | Float32Array {
  if (typeof content !== "number") return content;
  return kind === "int32" ? new Int32Array(count).fill(content) : new Float32Array(count).fill(content);
}

/** Places of temporaries, in elements of the memory of each kind. */
function placesInArena(batches: readonly Batch[]) {
  const places = new Map<Storage, number>();
  const ends = { float32: 0, int32: 0 };
  for (const kind of ["float32", "int32"] as const) {
    const { offsets, bytes } = layOut(batches, kind);
    for (const [storage, offset] of offsets) places.set(storage, offset / BYTES);
    ends[kind] = bytes / BYTES;
  }
  return { places, room: { floats: ends.float32, integers: ends.int32 } };
}

/** The place of a view in the arena, or from the begin of its storage if that stands elsewhere. */
function placeOf(view: View, places: ReadonlyMap<Storage, number>): number {
  const { storage, offset } = rootOf(view.storage);
  return (places.get(storage) ?? 0) + offset + view.offset;
}

/** The room of a program with the values that it reads and writes. */
function withStanding(room: Pick<Room, "floats" | "integers">, standing: readonly Storage[]) {
  const elements = (kind: Storage["kind"]): number =>
    standing.filter((each) => each.kind === kind).reduce((sum, { count }) => sum + aligned(count), 0);
  return { floats: room.floats + elements("float32"), integers: room.integers + elements("int32") };
}
