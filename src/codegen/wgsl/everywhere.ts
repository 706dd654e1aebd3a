// A task outside of loops, or at one turn of a loop that the host walks, by all of the device.
import { at } from "../../base/invariant.ts";
import type { KernelTask, LoopTask, Task } from "../../kernel/task.ts";
import { isUnit, type View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { itemsOf } from "./items.ts";
import { reducedTogether } from "./reduce.ts";
import { itemOverDevice, shaderOf, spread, type Shader } from "./shader.ts";
import { Words } from "./words.ts";

const LANES = 128;

/** Where a view begins, in elements of the memory of its kind. */
export type PlaceOf = (view: View) => number;

export function taskOverDevice(task: Exclude<Task, LoopTask>, placeOf: PlaceOf): Shader {
  if (task.kind === "kernel") {
    if (task.work.name === "product" && isLarge(task)) return tiledProduct(task, new Words(placeOf));
    const together = reducedTogether(task, new Words(placeOf));
    if (together !== undefined) return together;
  }
  const words = new Words(placeOf);
  const { rows, width, once, code } = itemsOf(task, words);
  const [all, wide] = [words.of(rows * width), words.of(width)];
  const body = `let turn = turns.x;\n${itemOverDevice(all)}let row = item / ${wide};\nlet rest = item % ${wide};\n${once}${code}`;
  const name = task.kind === "group" ? "each" : task.work.name;
  return shaderOf(name, LANES, words, spread(Math.ceil((rows * width) / LANES)), { body });
}

/** Rows and columns of a tile, and how far a tile's operands reach along what is summed. */
const TILE = 64;
const DEPTH = 16;
const TILE_LANES = 256;

function isLarge({ write }: KernelTask): boolean {
  return (write.shape.at(-2) ?? 0) >= 16 && (write.shape.at(-1) ?? 0) >= 16;
}

/** A product in tiles of 64 × 64, four by four numbers an invocation, its operands' tiles in workgroup memory. */
function tiledProduct({ reads, write }: KernelTask, words: Words): Shader {
  const [a, b, start] = [at(reads, 0, "wgsl"), at(reads, 1, "wgsl"), reads[2]];
  const [m, n] = [at(write.shape, -2, "wgsl"), at(write.shape, -1, "wgsl")];
  const isMany = write.shape.length === 3;
  const [rows, columns, depth] = [words.of(m), words.of(n), words.of(at(a.shape, -1, "wgsl"))];
  const indices = (i: string, j: string): readonly string[] => (isMany ? ["batch", i, j] : [i, j]);
  // Neighbouring invocations read neighbouring elements.
  const along = (
    isInner: boolean,
    inner: string,
    outer: string,
    [innerSize, outerSize]: readonly [number, number],
  ): string =>
    isInner
      ? `let ${inner} = e % ${innerSize};\nlet ${outer} = e / ${innerSize};\n`
      : `let ${outer} = e % ${outerSize};\nlet ${inner} = e / ${outerSize};\n`;
  const each = (body: string): string => `for (var e = lane; e < ${TILE * DEPTH}; e += LANES) {\n${body}\n}\n`;
  const left = `${along(isUnit(a, a.shape.length - 1), "l", "i", [DEPTH, TILE])}var value = 0.0f;
if (firstRow + i < ${rows} && before + l < ${depth}) { value = ${words.element(a, indices("(firstRow + i)", "(before + l)"))}; }
left[l * ${TILE} + i] = value;`;
  const right = `${along(isUnit(b, b.shape.length - 1), "j", "l", [TILE, DEPTH])}var value = 0.0f;
if (firstColumn + j < ${columns} && before + l < ${depth}) { value = ${words.element(b, indices("(before + l)", "(firstColumn + j)"))}; }
right[l * ${TILE} + j] = value;`;
  const FOUR = [0, 1, 2, 3];
  const sums = FOUR.map((r) => `sum${r} = fma(vec4<f32>(left[l * ${TILE} + row * 4 + ${r}]), y, sum${r});`).join("\n");
  const y = `let y = vec4<f32>(${FOUR.map((c) => `right[l * ${TILE} + column * 4 + ${c}]`).join(", ")});`;
  const target = words.element(write, indices("i", "j"));
  const first = start === undefined ? "" : `${words.element(start, indices("i", "j"))} + `;
  const writes = FOUR.map(
    (r) => `for (var c = 0; c < 4; c++) {
let i = firstRow + row * 4 + ${r};
let j = firstColumn + column * 4 + c;
if (i < ${rows} && j < ${columns}) { ${target} = ${first}sum${r}[c]; }
}`,
  ).join("\n");
  const body = `let turn = turns.x;
let batch = i32(workgroup.z);
let firstRow = i32(workgroup.y) * ${TILE};
let firstColumn = i32(workgroup.x) * ${TILE};
let row = lane / 16;
let column = lane % 16;
${FOUR.map((r) => `var sum${r} = vec4<f32>();`).join("\n")}
for (var before = 0; before < ${depth}; before += ${DEPTH}) {
${each(left)}${each(right)}workgroupBarrier();
for (var l = 0; l < ${DEPTH}; l++) {
${y}
${sums}
}
workgroupBarrier();
}
${writes}`;
  const module = `var<workgroup> left: array<f32, ${TILE * DEPTH}>;\nvar<workgroup> right: array<f32, ${TILE * DEPTH}>;\n`;
  const groups = [Math.ceil(n / TILE), Math.ceil(m / TILE), countOf(write.shape.slice(0, -2))] as const;
  return shaderOf("product", TILE_LANES, words, groups, { module, body });
}
