// How a loop is cut into slices: workgroups that each own some units of every value, for a group of examples, and keep their part of the
// weights in registers through all turns. Slices of a group meet in products and in reductions over all units only.
import { at } from "../../base/invariant.ts";
import type { KernelTask, LoopTask } from "../../kernel/task.ts";
import { countOf } from "../../ops/nd.ts";
import { type Narrow, numbersOf } from "./owners.ts";
import { type SliceTask, type Units, unitsOf, widthOf } from "./units.ts";

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
  /** False: no workgroup waits for another one, and a meeting is the end of a dispatch. */
  readonly waits?: boolean;
  /** The number of slices, instead of the fewest that hold the weights. */
  readonly slices?: number;
}

/**
 * Where the operand of a product is: *here*, made by the slice itself or outside of the loop; *fetched*, a word for each term from the slice
 * that owns it; or here in part, and then *sums* are sent: each slice multiplies the terms that it owns by all columns, for their owners.
 */
export type ProductForm = "here" | "fetched" | "sums";

/** A product `[rows, K] @ [K, N]` in a slice. */
export interface SlicedProduct {
  readonly form: ProductForm;
  /** Whether every slice needs all columns of the result. */
  readonly isNarrow: boolean;
  /** Terms and columns that a slice multiplies, and the columns that one invocation computes. */
  readonly depth: number;
  readonly columns: number;
  readonly each: number;
  /** Invocations side by side along the columns; `parts` of them divide the terms of a sum, `terms` for each. */
  readonly across: number;
  readonly parts: number;
  readonly terms: number;
  /** Columns of the result that a slice writes. */
  readonly own: number;
}

export interface Slices {
  readonly batch: number;
  readonly units: number;
  readonly body: readonly SliceTask[];
  readonly narrow: readonly Narrow[];
  readonly slices: number;
  /** Units of a slice; the last may have fewer. */
  readonly each: number;
  readonly groups: number;
  /** Examples of a group, and those that a product takes at once. */
  readonly rows: number;
  readonly block: number;
  readonly lanes: number;
  readonly products: ReadonlyMap<KernelTask, SlicedProduct>;
  /** How often slices meet at a turn. */
  readonly exchanges: number;
  /** Weights of a slice. */
  readonly weights: number;
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
/** Workgroups that keep a large device busy, where they need not run at the same time. */
const USUAL_GROUPS = 128;
/** Bytes of workgroup memory that are left for what a shader has besides. */
const SPARE = 64;

/** Looks of a wait before it gives up: some 60 ms on an H200, of 0.2 µs each. */
export const MOST_LOOKS = 300_000;

/** Undefined if the loop cannot run in slices on such a device. */
export function slicesOf(loop: LoopTask, batch: number, limits: SliceLimits): Slices | undefined {
  const all = loop.body.flatMap((task) => (task.kind === "kernel" && task.work.name === "product" ? [task] : []));
  const weights = all.reduce((sum, task) => sum + countOf(at(task.reads, 1, "wgsl").shape), 0);
  const fewest = limits.slices ?? Math.max(1, Math.ceil(weights / MOST_WEIGHTS));
  const atOnce = limits.waits === false ? Infinity : limits.resident;
  const units = unitsOf(loop, batch, Math.min(fewest, atOnce));
  if (units === undefined) return undefined;
  const most = Math.min(units.count, atOnce, limits.slices ?? 2 * fewest);
  const fitting: Slices[] = [];
  for (let slices = Math.min(fewest, most); slices <= most; slices++) {
    const cut = cutInto(slices, weights / slices, { units, batch }, limits);
    if (cut === undefined) continue;
    // Equal slices leave no workgroup waiting for a larger one.
    if (units.count % slices === 0) return cut;
    fitting.push(cut);
  }
  return fitting[0];
}

function cutInto(
  wanted: number,
  weights: number,
  { units, batch }: { readonly units: Units; readonly batch: number },
  { resident, most, memory, waits }: SliceLimits,
): Slices | undefined {
  const each = Math.ceil(units.count / wanted);
  const slices = Math.ceil(units.count / each);
  const lanes = lanesFor(weights / USUAL_OF_A_LANE, Math.min(most, MOST_LANES));
  const cut = { units: units.count, each, slices, lanes };
  const products = new Map<KernelTask, SlicedProduct>();
  for (const task of units.body) if (task.kind === "product") products.set(task.task, productIn(task, cut));
  const all = [...products.values()];
  if (all.some(({ across }) => across > lanes)) return undefined;
  const registers = all.reduce((sum, product) => sum + product.each * product.terms, 0);
  if (registers > MOST_OF_A_LANE || registers * lanes > MOST_REGISTERS) return undefined;
  const atOnce = slices === 1 || waits === false ? Math.max(USUAL_GROUPS, resident) : resident;
  const rows = Math.ceil(batch / Math.max(1, Math.min(batch, Math.floor(atOnce / slices))));
  const { body, narrow } = units;
  const room = (block: number) => roomFor(all, body, { block, lanes, senders: slices });
  const copies = rows * narrow.reduce((sum, value) => sum + numbersOf(value), 2 * countOfKind(body, "softmax"));
  const fits = (block: number): boolean => 4 * (room(block).staged + room(block).partial + copies) <= memory - SPARE;
  let block = MOST_ROWS;
  while (block > 1 && (block / 2 >= rows || !fits(block))) block /= 2;
  if (!fits(block)) return undefined;
  const exchanges =
    slices === 1
      ? 0
      : countOfKind(body, "reduction") +
        2 * countOfKind(body, "softmax") +
        all.filter(({ form }) => form !== "here").length;
  const held = all.reduce((sum, { depth, columns }) => sum + depth * columns, 0);
  const groups = Math.ceil(batch / rows);
  return { batch, ...cut, body, narrow, groups, rows, block, products, exchanges, weights: held, ...room(block) };
}

function countOfKind(body: readonly SliceTask[], kind: SliceTask["kind"]): number {
  return body.filter((each) => each.kind === kind).length;
}

/** Numbers of workgroup memory for a block of examples. */
function roomFor(
  products: readonly SlicedProduct[],
  body: readonly SliceTask[],
  { block, lanes, senders }: { readonly block: number; readonly lanes: number; readonly senders: number },
): { readonly staged: number; readonly partial: number } {
  const largest = (sizes: readonly number[]): number => Math.max(0, ...sizes);
  const staged = largest(products.map(({ parts, terms }) => block * parts * terms));
  const partial = largest([
    ...products.map(({ form, parts, columns, own }) =>
      form === "sums" ? sharesOf(block * own, senders * parts, lanes) * block * own : block * parts * columns,
    ),
    ...body.map(({ kind, task }) =>
      kind === "reduction" ? Math.max(lanes, block * widthOf(task)) : kind === "softmax" ? Math.max(lanes, block) : 0,
    ),
  ]);
  return { staged: 4 * Math.max(1, Math.ceil(staged / 4)), partial: Math.max(1, partial) };
}

/** How many invocations divide the words of a sum that arrives; 1 if there are too many sums. */
export function sharesOf(sums: number, senders: number, lanes: number): number {
  return Math.max(1, Math.min(senders, Math.floor(lanes / sums)));
}

interface Cut {
  readonly units: number;
  readonly each: number;
  readonly slices: number;
  readonly lanes: number;
}

function productIn(
  { task, meets, isNarrow }: Extract<SliceTask, { kind: "product" }>,
  { units, each, slices, lanes }: Cut,
): SlicedProduct {
  const [depth, columns] = [at(task.reads, 0, "wgsl").shape[1] ?? 0, task.write.shape[1] ?? 1];
  const own = isNarrow ? columns : (columns / units) * each;
  const isApart = meets && slices > 1;
  // Words that a slice reads for an example: all terms, or for its columns the sums of all slices, which cost more to add up.
  if (isApart && (isNarrow || 2 * columns < depth))
    return { form: "sums", isNarrow, own, ...divided((depth / units) * each, columns, lanes) };
  return { form: isApart ? "fetched" : "here", isNarrow, own, ...divided(depth, own, lanes) };
}

/** An invocation has two columns if there are enough, and terms by fours. */
function divided(depth: number, columns: number, lanes: number) {
  let each = Math.min(2, columns);
  while (Math.ceil(columns / each) > lanes && each < MOST_ROWS) each *= 2;
  const across = Math.ceil(columns / each);
  const parts = Math.max(1, Math.min(Math.floor(lanes / across), Math.ceil(depth / 4)));
  const terms = 4 * Math.ceil(depth / (4 * parts));
  return { depth, columns, each, across, parts, terms };
}

/** A power of two. */
function lanesFor(wanted: number, most: number): number {
  let lanes = LEAST_LANES;
  while (lanes < wanted && lanes * 2 <= most) lanes *= 2;
  return lanes;
}
