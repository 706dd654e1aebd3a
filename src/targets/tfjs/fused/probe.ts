// Whether workgroups of a device can wait for each other, and how many. WGSL promises no progress between workgroups, so this is tried
// before loops run in slices: turns of the exchange that they use, checked word by word, must be right and faster than dispatches.
import { CELL, DEAD, PARITY, receive, STATUS_WORDS } from "../../../codegen/wgsl/exchange.ts";
import { shaderOf, type Shader } from "../../../codegen/wgsl/shader.ts";
import { MOST_LOOKS, type SliceLimits } from "../../../codegen/wgsl/slices.ts";
import { Words } from "../../../codegen/wgsl/words.ts";
import type { Gpu } from "./gpu.ts";

type Look = SliceLimits["look"];

/** Words that each workgroup sends at a turn. */
const SENT = 32;
/** Looks before a wait of the probe gives up: a few milliseconds. */
const FEW_LOOKS = 20_000;
const MOST_LANES = 512;
/** Turns that are timed, from the fewer to the more. */
const TURNS = [64, 512] as const;

export interface Ring {
  /** Whether all waits ended, and each word was the one that was sent. */
  readonly isRight: boolean;
  readonly milliseconds: number;
}

/** Null if slices would not be right, or no faster than dispatches. */
export async function probe(gpu: Gpu): Promise<SliceLimits | null> {
  const dispatch = await perTurn((turns) => timeOfDispatches(gpu, turns));
  for (const resident of [128, 64, 32, 16, 8, 4, 2]) {
    const look = await fastestLook(dispatch, (each) => timeOfTurn(gpu, resident, each));
    if (look === null) continue;
    const { maxComputeWorkgroupStorageSize: memory } = gpu.device.limits;
    return { resident, most: gpu.mostInvocations, memory, look, looks: MOST_LOOKS };
  }
  return null;
}

/**
 * The faster way of looking at a word. On some devices `atomicLoad` may see an old word for ever, or until a cache happens to drop it.
 * Null if a turn is right in neither way, or takes as long as a dispatch; `timeOf` is infinite for a way that is not right.
 */
export async function fastestLook(dispatch: number, timeOf: (look: Look) => Promise<number>): Promise<Look | null> {
  const [load, or] = [await timeOf("atomicLoad"), await timeOf("atomicOr")];
  if (Math.min(load, or) >= dispatch) return null;
  return load <= or ? "atomicLoad" : "atomicOr";
}

/** Milliseconds of a turn; infinite if anything went wrong in any run. */
async function timeOfTurn(gpu: Gpu, slices: number, look: Look): Promise<number> {
  let isRight = true;
  const time = await perTurn(async (turns) => {
    if (!isRight) return 0;
    const ring = await tryRing(gpu, { slices, turns, look });
    isRight = ring.isRight;
    return ring.milliseconds;
  });
  return isRight ? time : Infinity;
}

/** The time of one turn: the least of three runs, without what a run costs at all. */
async function perTurn(run: (turns: number) => Promise<number>): Promise<number> {
  const least: number[] = [];
  for (const turns of TURNS) {
    let best = Infinity;
    // The first run compiles.
    for (let repeat = 0; repeat < 4; repeat++) best = Math.min(best, await run(turns));
    least.push(best);
  }
  const [few = 0, many = 0] = least;
  return Math.max(0, many - few) / (TURNS[1] - TURNS[0]);
}

/** Turns of an exchange between workgroups that have as many invocations and as much memory as loops in slices may have. */
export async function tryRing(
  gpu: Gpu,
  ring: { readonly slices: number; readonly turns: number; readonly look: Look; readonly looks?: number },
): Promise<Ring> {
  const { slices } = ring;
  const shader = ringShader(gpu, { looks: FEW_LOOKS, ...ring });
  const words = STATUS_WORDS + 2 * SENT * slices;
  return withBuffers(gpu, shader, words, async (group, cell) => {
    const encoder = gpu.device.createCommandEncoder();
    dispatch(gpu, encoder, shader, group, 1);
    const { COPY_DST, MAP_READ } = GPUBufferUsage;
    const status = gpu.device.createBuffer({ size: 12, usage: COPY_DST | MAP_READ });
    encoder.copyBufferToBuffer(cell, 0, status, 0, 12);
    const milliseconds = await timed(gpu, encoder);
    await status.mapAsync(GPUMapMode.READ);
    const [gaveUp, wrong, ended] = new Uint32Array(status.getMappedRange());
    const isRight = gaveUp === 0 && wrong === 0 && ended === slices;
    status.destroy();
    return { isRight, milliseconds };
  });
}

/** Behind the status, `cell` counts the words that arrived wrong, and the workgroups that came to the end. */
function ringShader(
  gpu: Gpu,
  {
    slices,
    turns,
    look,
    looks,
  }: { readonly slices: number; readonly turns: number; readonly look: Look; readonly looks: number },
): Shader {
  const words = new Words(() => 0);
  const lanes = Math.min(MOST_LANES, gpu.mostInvocations);
  const all = words.of(slices * SENT);
  const place = `${STATUS_WORDS} + (turn & 1) * ${all}`;
  const value = (at: string): string => `((u32(turn) * 2654435761u + u32(${at}) * 40503u) & 0xfffffffeu)`;
  const room = Math.floor(gpu.device.limits.maxComputeWorkgroupStorageSize / 4) - 16;
  const body = `${DEAD}let own = i32(workgroup.x) * ${SENT} + lane;
room[lane] = f32(lane);
for (var turn = 0; turn < ${words.of(turns)}; turn++) {
${PARITY}if (lane < ${SENT}) { atomicStore(&cell[${place} + own], ${value("own")} | parity); }
workgroupBarrier();
for (var item = lane; item < ${all}; item += LANES) {
${receive([`${place} + item`], words.of(looks), { look })}if ((x0 & 0xfffffffeu) != ${value("item")}) { atomicAdd(&cell[1], 1u); }
}
workgroupBarrier();
}
if (room[(lane * 7) % LANES] < 0.0) { atomicAdd(&cell[1], 1u); }
if (lane == 0) { atomicAdd(&cell[2], 1u); }`;
  const module = `${CELL}var<workgroup> room: array<f32, ${Math.max(lanes, room)}>;\n`;
  return shaderOf("probe of slices", lanes, words, [slices, 1, 1], { module, body });
}

async function timeOfDispatches(gpu: Gpu, times: number): Promise<number> {
  const words = new Words(() => 0);
  const body = "if (lane == 0) { floats[workgroup.x] += 1.0; }";
  const shader = shaderOf("probe of dispatches", 64, words, [4, 1, 1], { body });
  return withBuffers(gpu, shader, STATUS_WORDS, (group) => {
    const encoder = gpu.device.createCommandEncoder();
    dispatch(gpu, encoder, shader, group, times);
    return timed(gpu, encoder);
  });
}

function dispatch(gpu: Gpu, encoder: GPUCommandEncoder, shader: Shader, group: GPUBindGroup, times: number): void {
  const pass = encoder.beginComputePass();
  for (let turn = 0; turn < times; turn++) {
    pass.setPipeline(gpu.pipeline(shader.name, shader.text));
    pass.setBindGroup(0, group, [0]);
    pass.dispatchWorkgroups(...shader.groups);
  }
  pass.end();
}

async function timed({ device }: Gpu, encoder: GPUCommandEncoder): Promise<number> {
  const begin = performance.now();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  return performance.now() - begin;
}

async function withBuffers<R>(
  { device, layout }: Gpu,
  shader: Shader,
  count: number,
  use: (group: GPUBindGroup, cell: GPUBuffer) => Promise<R>,
): Promise<R> {
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const create = (size: number, usage: number): GPUBuffer => device.createBuffer({ size, usage });
  const words = new Int32Array(4 * Math.max(1, Math.ceil(shader.words.length / 4)));
  words.set(shader.words);
  const own = [create(64, STORAGE), create(64, STORAGE), create(words.byteLength, UNIFORM | COPY_DST)] as const;
  const [turns, cell] = [create(16, UNIFORM), create(4 * count, STORAGE | COPY_SRC)];
  device.queue.writeBuffer(own[2], 0, words);
  const all = [...own, turns, cell];
  const entries = all.map((buffer, binding) => ({ binding, resource: { buffer } }));
  try {
    return await use(device.createBindGroup({ layout, entries }), cell);
  } finally {
    for (const buffer of all) buffer.destroy();
  }
}
