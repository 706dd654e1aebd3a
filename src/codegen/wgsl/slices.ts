// How a loop is cut into slices: workgroups that each own some units of every value, for a group of examples, and keep their part of the
// weights in registers through all turns. Slices of a group meet in the operands of products only.
import { at } from "../../base/invariant.ts";
import type { KernelTask, LoopTask } from "../../kernel/task.ts";
import { type Inner } from "./waits.ts";
import { type Units, unitsOf } from "./units.ts";

/** What a device allows. */
export interface SliceLimits {
  /** Workgroups that certainly run at the same time: those of one group of examples wait for each other. */
  readonly resident: number;
  /** Invocations of a workgroup. */
  readonly most: number;
  /** Bytes of workgroup memory. */
  readonly memory: number;
  /** How a word that another workgroup sends is looked at: on some devices `atomicLoad` may see an old one for ever. */
  readonly look: "atomicLoad" | "atomicOr";
  /** Looks after which a wait gives up. */
  readonly looks: number;
  /** The number of slices, instead of the fewest that hold the weights. */
  readonly slices?: number;
}

/** A product `[rows, depth] @ [depth, columns]` in a slice. */
export interface SlicedProduct {
  readonly depth: number;
  /** Columns that a slice owns, and those that one invocation computes. */
  readonly own: number;
  readonly each: number;
  /** Invocations side by side along the columns; `parts` of them divide the terms of a sum, `terms` for each. */
  readonly across: number;
  readonly parts: number;
  readonly terms: number;
}

export interface Slices {
  readonly units: number;
  readonly body: readonly Inner[];
  readonly meeting: Units["meeting"];
  readonly slices: number;
  /** Units of a slice; the last may have fewer. */
  readonly each: number;
  readonly groups: number;
  /** Examples of a group, and those that a product takes at once. */
  readonly rows: number;
  readonly block: number;
  readonly lanes: number;
  readonly products: ReadonlyMap<KernelTask, SlicedProduct>;
  /** Numbers of workgroup memory for operands, and for parts of sums. */
  readonly staged: number;
  readonly partial: number;
}

/** Weights that a workgroup and an invocation hold in registers. Measured on an H200: 147 kB, and 144, without a sign of spilling. */
const MOST_WEIGHTS = 36_864;
const MOST_OF_A_LANE = 144;
/** With the zeros that fill them up. */
const MOST_REGISTERS = 40_960;
/** Weights of an invocation that keep it busy. */
const USUAL_OF_A_LANE = 64;
const MOST_LANES = 512;
const LEAST_LANES = 64;
const MOST_ROWS = 8;
/** Bytes of workgroup memory that are left for what a shader has besides. */
const SPARE = 64;

/** Looks of a wait before it gives up: some 60 ms on an H200, of 0.2 µs each. */
export const MOST_LOOKS = 300_000;

/** Undefined if the loop cannot run in slices on such a device. */
export function slicesOf(loop: LoopTask, batch: number, limits: SliceLimits): Slices | undefined {
  const units = unitsOf(loop, batch);
  if (units === undefined) return undefined;
  const weights = productsIn(units).reduce((sum, { depth, columns }) => sum + depth * columns, 0);
  const fewest = limits.slices ?? Math.max(1, Math.ceil(weights / MOST_WEIGHTS));
  const most = Math.min(units.count, limits.resident, limits.slices ?? 2 * fewest);
  const fitting: Slices[] = [];
  for (let slices = Math.min(fewest, most); slices <= most; slices++) {
    const cut = cutInto(slices, weights / slices, units, batch, limits);
    if (cut === undefined) continue;
    // Equal slices leave no workgroup waiting for a larger one.
    if (units.count % slices === 0) return cut;
    fitting.push(cut);
  }
  return fitting[0];
}

function productsIn({ body }: Units) {
  return body.flatMap((task) => {
    if (task.kind === "group") return [];
    const [depth, columns] = [at(task.reads, 0, "wgsl").shape[1] ?? 0, task.write.shape[1] ?? 1];
    return [{ task, depth, columns }];
  });
}

function cutInto(
  wanted: number,
  weights: number,
  units: Units,
  batch: number,
  { resident, most, memory }: SliceLimits,
): Slices | undefined {
  const each = Math.ceil(units.count / wanted);
  const slices = Math.ceil(units.count / each);
  const lanes = lanesFor(weights / USUAL_OF_A_LANE, Math.min(most, MOST_LANES));
  const products = new Map<KernelTask, SlicedProduct>();
  for (const { task, depth, columns } of productsIn(units))
    products.set(task, divided(depth, (columns / units.count) * each, lanes));
  const all = [...products.values()];
  if (all.some(({ across }) => across > lanes)) return undefined;
  const registers = all.reduce((sum, product) => sum + product.each * product.terms, 0);
  if (registers > MOST_OF_A_LANE || registers * lanes > MOST_REGISTERS) return undefined;
  const rows = Math.ceil(batch / Math.max(1, Math.min(batch, Math.floor(resident / slices))));
  const stagedFor = (block: number): number =>
    4 * Math.ceil(all.reduce((size, { parts, terms }) => Math.max(size, block * parts * terms), 0) / 4);
  const partialFor = (block: number): number =>
    all.reduce((size, { parts, own }) => Math.max(size, block * parts * own), 0);
  let block = MOST_ROWS;
  while (block > 1 && block / 2 >= rows) block /= 2;
  while (block > 1 && 4 * (stagedFor(block) + partialFor(block)) > memory - SPARE) block /= 2;
  const [staged, partial] = [stagedFor(block), partialFor(block)];
  if (4 * (staged + partial) > memory - SPARE) return undefined;
  const groups = Math.ceil(batch / rows);
  const { count, body, meeting } = units;
  return { units: count, body, meeting, slices, each, groups, rows, block, lanes, products, staged, partial };
}

/** An invocation has two columns if there are enough, and terms by fours. */
function divided(depth: number, own: number, lanes: number): SlicedProduct {
  let each = Math.min(2, own);
  while (Math.ceil(own / each) > lanes && each < MOST_ROWS) each *= 2;
  const across = Math.ceil(own / each);
  const parts = Math.max(1, Math.min(Math.floor(lanes / across), Math.ceil(depth / 4)));
  const terms = 4 * Math.ceil(depth / (4 * parts));
  return { depth, own, each, across, parts, terms };
}

/** A power of two. */
function lanesFor(wanted: number, most: number): number {
  let lanes = LEAST_LANES;
  while (lanes < wanted && lanes * 2 <= most) lanes *= 2;
  return lanes;
}
