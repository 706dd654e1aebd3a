// The plan of a graph for one set of sizes: its dispatches, and the places of its values in the device's memory.
// Inputs and results are copied on the device, which costs no more than a kernel that reads them.
import { STATUS_WORDS } from "../../../codegen/wgsl/exchange.ts";
import { matmul } from "../../../codegen/wgsl/matmul.ts";
import { dispatchesOf } from "../../../codegen/wgsl/schedule.ts";
import type { Graph } from "../../../graph/graph.ts";
import { layOut } from "../../../kernel/arena.ts";
import { constantsOf } from "../../../kernel/constants.ts";
import { fuse } from "../../../kernel/fuse.ts";
import { record, type RecordedInput } from "../../../kernel/record.ts";
import type { Task } from "../../../kernel/task.ts";
import { BYTES, rootOf, type Storage, type View } from "../../../kernel/view.ts";
import type { Sizes } from "../../../shape/dim.ts";
import type { TensorInfo } from "../device.ts";
import type { Gpu } from "./gpu.ts";
import type { Slicing } from "./slicing.ts";
import { type Buffers, type Room, TURN_BYTES } from "./memory.ts";

/** The words of a shader begin at a multiple of this many bytes. */
const ALIGNMENT = 256;

/** About how much of JavaScript's memory a shader with its bindings takes, and a storage with its place. */
const SHADER_BYTES = 1024;
const PLACE_BYTES = 128;

interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly groups: readonly [number, number, number];
  /** The place of its words in their buffer, in bytes. */
  readonly offset: number;
  readonly bytes: number;
}

export class FusedProgram {
  readonly inputs: readonly RecordedInput[];
  readonly outputs: ReadonlyMap<string, View>;
  /** About how many bytes it holds. */
  readonly bytes: number;
  readonly #gpu: Gpu;
  readonly #places: ReadonlyMap<Storage, number>;
  readonly #room: Room;
  readonly #words: GPUBuffer;
  readonly #constants: readonly { readonly storage: Storage; readonly buffer: GPUBuffer }[];
  readonly #steps: readonly { readonly times: number; readonly steps: readonly Step[] }[];
  readonly #slicing: Slicing;
  #bound: { readonly buffers: Buffers; readonly groups: readonly (readonly GPUBindGroup[])[] } | null = null;

  constructor(gpu: Gpu, graph: Graph, sizes: Sizes, slicing: Slicing) {
    this.#gpu = gpu;
    this.#slicing = slicing;
    const recorded = record(graph, sizes, matmul);
    this.inputs = recorded.inputs;
    this.outputs = recorded.outputs;
    const tasks = fuse(recorded.tasks);
    const constants = constantsOf(tasks);
    const { places, room } = assignPlaces(tasks, [
      ...this.inputs.map(({ view }) => view.storage),
      ...[...this.outputs.values()].map(({ storage }) => storage),
      ...constants,
    ]);
    this.#places = places;
    let scratch = 0;
    let sent = STATUS_WORDS;
    const dispatches = dispatchesOf(tasks, {
      placeOf: (view) => placeOf(view, places),
      most: gpu.mostInvocations,
      room: room.floats,
      grow: (count) => (scratch = Math.max(scratch, count)),
      slices: slicing.limits,
      exchange: (count) => (sent += count) - count,
    });
    const turns = Math.max(1, ...dispatches.map(({ times }) => times));
    this.#room = { ...room, floats: room.floats + scratch, turns, exchange: sent };
    gpu.memory.check(this.#room);
    const words: number[] = [];
    this.#steps = dispatches.map(({ times, shaders }) => ({
      times,
      steps: shaders.map(({ name, text, words: own, groups }) => {
        const offset = BYTES * words.length;
        words.push(...own, ...Array.from({ length: roundUp(Math.max(1, own.length)) - own.length }, () => 0));
        return {
          pipeline: gpu.pipeline(name, text),
          groups,
          offset,
          bytes: 16 * Math.max(1, Math.ceil(own.length / 4)),
        };
      }),
    }));
    this.#words = uploaded(gpu.device, Int32Array.from(words.length === 0 ? [0] : words), GPUBufferUsage.UNIFORM);
    this.#constants = constants.map((storage) => ({
      storage,
      buffer: uploaded(gpu.device, contentOf(storage), GPUBufferUsage.COPY_SRC),
    }));
    const shaders = dispatches.reduce((sum, each) => sum + each.shaders.length, 0);
    this.bytes =
      BYTES * (words.length + constants.reduce((sum, { count }) => sum + count, 0)) +
      SHADER_BYTES * shaders +
      PLACE_BYTES * places.size;
  }

  /** The number of kernels that a run starts. */
  get launches(): number {
    return this.#steps.reduce((sum, { times, steps }) => sum + times * steps.length, 0);
  }

  /** Whether workgroups wait for each other in it. */
  get waits(): boolean {
    return this.#room.exchange > STATUS_WORDS;
  }

  run(inputs: readonly TensorInfo[]): ReadonlyMap<string, TensorInfo> {
    const { device, memory } = this.#gpu;
    const buffers = memory.buffers(this.#room);
    const given = inputs.map((tensor, index) => ({ tensor, view: this.inputs[index]?.view }));
    const sources = given.flatMap(({ tensor, view }) =>
      view === undefined || view.storage.count === 0 ? [] : [{ view, buffer: this.#gpu.bufferOf(tensor) }],
    );
    const results = new Map(
      [...this.outputs].map(([name, { storage, shape }]) => [name, this.#gpu.newTensor(shape, storage.kind)]),
    );
    const targets = [...this.outputs].flatMap(([name, view]) => {
      const result = results.get(name);
      return result === undefined || view.storage.count === 0 ? [] : [{ view, buffer: this.#gpu.bufferOf(result) }];
    });
    this.#gpu.flush();
    const encoder = device.createCommandEncoder();
    const memoryFor = (storage: Storage): GPUBuffer => (storage.kind === "int32" ? buffers.integers : buffers.floats);
    const offsetOf = (storage: Storage): number => BYTES * (this.#places.get(storage) ?? 0);
    const fill = (storage: Storage, from: GPUBuffer): void =>
      encoder.copyBufferToBuffer(from, 0, memoryFor(storage), offsetOf(storage), BYTES * storage.count);
    if (memory.owner !== this) this.#constants.forEach(({ storage, buffer }) => fill(storage, buffer));
    memory.owner = this;
    for (const { view, buffer } of sources) fill(view.storage, buffer);
    // The status stays, so that what has given up is not tried again before the host knows.
    if (this.waits)
      encoder.clearBuffer(buffers.exchange, BYTES * STATUS_WORDS, BYTES * (this.#room.exchange - STATUS_WORDS));
    this.#dispatch(encoder, buffers);
    for (const { view, buffer } of targets)
      encoder.copyBufferToBuffer(
        memoryFor(view.storage),
        offsetOf(view.storage),
        buffer,
        0,
        BYTES * view.storage.count,
      );
    device.queue.submit([encoder.finish()]);
    if (this.waits) this.#slicing.watch(device, buffers.exchange);
    return results;
  }

  #dispatch(encoder: GPUCommandEncoder, buffers: Buffers): void {
    const groups = this.#bindGroups(buffers);
    const pass = encoder.beginComputePass();
    this.#steps.forEach(({ times, steps }, index) => {
      for (let turn = 0; turn < times; turn++) {
        steps.forEach(({ pipeline, groups: [x, y, z] }, position) => {
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, groups[index]?.[position] ?? null, [turn * TURN_BYTES]);
          pass.dispatchWorkgroups(x, y, z);
        });
      }
    });
    pass.end();
  }

  #bindGroups(buffers: Buffers): readonly (readonly GPUBindGroup[])[] {
    if (this.#bound?.buffers === buffers) return this.#bound.groups;
    const groups = this.#steps.map(({ steps }) =>
      steps.map(({ offset, bytes }) =>
        this.#gpu.device.createBindGroup({
          layout: this.#gpu.layout,
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
    for (const { buffer } of this.#constants) buffer.destroy();
  }
}

function roundUp(words: number): number {
  return Math.ceil((BYTES * words) / ALIGNMENT) * (ALIGNMENT / BYTES);
}

function uploaded(device: GPUDevice, data: Int32Array | Float32Array, usage: number): GPUBuffer {
  const buffer = device.createBuffer({ size: Math.max(16, data.byteLength), usage, mappedAtCreation: true });
  const room = buffer.getMappedRange();
  if (data instanceof Int32Array) new Int32Array(room).set(data);
  else new Float32Array(room).set(data);
  buffer.unmap();
  return buffer;
}

function contentOf({ kind, count, content = 0 }: Storage): Int32Array | Float32Array {
  if (typeof content !== "number") return content;
  return kind === "int32" ? new Int32Array(count).fill(content) : new Float32Array(count).fill(content);
}

/** Places in elements of the memory of each kind: temporaries in the arena, then the storages that live for a whole run. */
function assignPlaces(tasks: readonly Task[], lasting: readonly Storage[]) {
  const places = new Map<Storage, number>();
  const ends = { float32: 0, int32: 0 };
  for (const kind of ["float32", "int32"] as const) {
    const { offsets, bytes } = layOut(tasks, kind);
    for (const [storage, offset] of offsets) places.set(storage, offset / BYTES);
    ends[kind] = bytes / BYTES;
  }
  for (const storage of lasting) {
    if (places.has(storage)) continue;
    places.set(storage, ends[storage.kind]);
    ends[storage.kind] += Math.ceil(storage.count / 16) * 16;
  }
  return { places, room: { floats: ends.float32, integers: ends.int32 } };
}

function placeOf(view: View, places: ReadonlyMap<Storage, number>): number {
  const { storage, offset } = rootOf(view.storage);
  return (places.get(storage) ?? 0) + offset + view.offset;
}
