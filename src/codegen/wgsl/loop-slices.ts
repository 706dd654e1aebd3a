// A loop in slices, in one dispatch for all turns: a workgroup owns some units of every value, for a group of examples. What it makes
// from its own elements it reads and writes in the device's memory, as a loop by examples does, because nobody else touches them there.
// Operands of products come from all slices of the group, through `exchange.ts`.
// Behind it stands the same loop by examples, which runs only if a wait has given up: so results are right on any device.
import { at } from "../../base/invariant.ts";
import type { GroupTask, KernelTask, LoopTask } from "../../kernel/task.ts";
import { itemsOfGroup } from "./elements.ts";
import { CELL, DEAD, PARITY, send } from "./exchange.ts";
import type { ShaderContext } from "./shader-context.ts";
import { shaderOf, type Shader } from "./shader.ts";
import { readersOf, sliceProduct, weightsOf, type SliceText, type WordAt } from "./slice-product.ts";
import type { SliceLimits, Slices } from "./slices.ts";
import { MEET, Waits, writesOf } from "./waits.ts";
import { widthOf } from "./units.ts";
import { Words } from "./words.ts";

/** The name of the shader. */
export const IN_SLICES = "loop in slices";

export function loopInSlices(
  loop: LoopTask,
  slices: Slices,
  limits: Pick<SliceLimits, "look" | "looks">,
  { placeOf, exchange }: Pick<ShaderContext, "placeOf" | "exchange">,
): Shader {
  const words = new Words(placeOf);
  const waits = new Waits();
  const text: SliceText = { slices, words };
  const batch = words.of(at(writesOf(at(slices.body, 0, "wgsl")), 0, "wgsl").shape[0] ?? 1);
  const limit = words.of(limits.looks);
  const products = [...slices.products.keys()];
  const here = (task: KernelTask) => {
    const index = products.indexOf(task);
    return { ...text, task, index, product: at([...slices.products.values()], index, "wgsl") };
  };
  const isSent = (task: KernelTask): boolean => slices.slices > 1 && slices.meeting.has(task);
  const stages = slices.body.map((task): string => {
    if (task.kind === "group") return `${waits.before(task.reads, task.writes)}${ownItems(task, text)}`;
    const product = here(task);
    const { depth } = product.product;
    const operand = at(task.reads, 0, "wgsl");
    if (!isSent(task))
      return `${waits.before(task.reads, [task.write])}${sliceProduct(product, undefined, limit, limits.look)}`;
    const base = words.of(exchange(2 * depth * (operand.shape[0] ?? 1)));
    const wordAt: WordAt = (row, term) => `${base} + ((turn & 1) * ${batch} + ${row}) * ${depth} + ${term}`;
    const sent = `${waits.before([operand], [operand])}${sending(task, text, depth, wordAt)}workgroupBarrier();\n`;
    return `${sent}${waits.before(task.reads.slice(2), [task.write])}${sliceProduct(product, wordAt, limit, limits.look)}`;
  });
  const meets = products.some(isSent);
  const body = `let first = i32(workgroup.x) * ${slices.each};
let firstRow = i32(workgroup.y) * ${words.of(slices.rows)};
let rows = min(${words.of(slices.rows)}, ${batch} - firstRow);
${meets ? DEAD : ""}${products.map((task) => weightsOf(here(task))).join("")}for (var turn = 0; turn < ${words.of(loop.times)}; turn++) {
${meets ? PARITY : ""}${stages.join("")}${MEET}}`;
  const memory = `var<workgroup> staged: array<vec4<f32>, ${slices.staged / 4}>;
var<workgroup> partial: array<f32, ${slices.partial}>;
`;
  const readers = products.map((task) => readersOf(here(task))).join("");
  const groups = [slices.slices, slices.groups, 1] as const;
  return shaderOf(IN_SLICES, slices.lanes, words, groups, { module: `${meets ? CELL : ""}${memory}${readers}`, body });
}

/** The elements of a group that belong to the slice. */
function ownItems(group: GroupTask, { slices, words }: SliceText): string {
  const { units, each } = slices;
  const own = (widthOf(group) / units) * each;
  const { once, code } = itemsOfGroup(group, words);
  return `for (var item = lane; item < rows * ${own}; item += LANES) {
let c = item % ${own};
let unit = first + c % ${each};
if (unit < ${units}) {
let row = firstRow + item / ${own};
let rest = c / ${each} * ${units} + unit;
${once}${code}
}
}
`;
}

/** Sends the slice's own elements of a product's operand. */
function sending({ reads }: KernelTask, { slices, words }: SliceText, depth: number, wordAt: WordAt): string {
  const { units, each } = slices;
  const own = (depth / units) * each;
  return `for (var item = lane; item < rows * ${own}; item += LANES) {
let c = item % ${own};
let unit = first + c % ${each};
if (unit < ${units}) {
let row = firstRow + item / ${own};
let column = c / ${each} * ${units} + unit;
${send(words.place(at(reads, 0, "wgsl"), ["row", "column"]), wordAt("row", "column"))}}
}
`;
}
