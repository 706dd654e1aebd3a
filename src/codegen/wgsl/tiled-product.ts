// A large product in tiles of 64 × 64: an invocation computes 4 × 4 numbers, and workgroup memory holds the operands' tiles. If there
// are few tiles with long sums (a weight's gradient over all steps and examples), the sums are divided, and a second shader adds them.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { isUnit } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { placeWithin } from "./elements.ts";
import type { ShaderContext } from "./shader-context.ts";
import { itemOverDevice, shaderOf, spread, type Shader } from "./shader.ts";
import { Words } from "./words.ts";

/** Rows and columns of a tile, and the terms that are loaded at once. */
const TILE = 64;
const DEPTH = 16;
const TILE_LANES = 256;

/** The limit of workgroups along an axis on every device. */
const MOST_GROUPS = 65_535;

export function hasTiles({ write }: KernelTask): boolean {
  const [m, n] = [write.shape.at(-2) ?? 0, write.shape.at(-1) ?? 0];
  return m >= 16 && n >= 16 && m / TILE <= MOST_GROUPS && countOf(write.shape.slice(0, -2)) <= MOST_GROUPS;
}

/** Tiles that keep a large GPU busy, and the fewest terms of a sum that is divided. */
const MANY_TILES = 256;
const LEAST_TERMS = 512;

function partsOf({ reads, write }: KernelTask): number {
  const tiles = write.shape.slice(-2).reduce((product, size) => product * Math.ceil(size / TILE), 1);
  const depth = at(reads, 0, "wgsl").shape.at(-1) ?? 0;
  const parts = Math.min(Math.floor(MANY_TILES / tiles), Math.floor(depth / LEAST_TERMS));
  return write.shape.length > 2 ? 1 : Math.max(1, parts);
}

export function tiledProduct(task: KernelTask, { placeOf, room, grow }: ShaderContext): readonly Shader[] {
  const parts = partsOf(task);
  if (parts === 1) return [tiles(task, new Words(placeOf), null)];
  grow(parts * countOf(task.write.shape));
  const length = DEPTH * Math.ceil((at(task.reads, 0, "wgsl").shape.at(-1) ?? 0) / (parts * DEPTH));
  return [
    tiles(task, new Words(placeOf), { room, length, count: parts }),
    added(task, parts, room, new Words(placeOf)),
  ];
}

/** The division of sums: terms in each part, and the offset `room` of the partial products, one after the other. */
interface Parts {
  readonly room: number;
  readonly length: number;
  readonly count: number;
}

function partBounds(length: string, depth: string): readonly [string, string] {
  return [`batch * ${length}`, `min(${depth}, (batch + 1) * ${length})`];
}

function tiles({ reads, write }: KernelTask, words: Words, parts: Parts | null): Shader {
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
  const target =
    parts === null
      ? words.element(write, indices("i", "j"))
      : `floats[${words.of(parts.room)} + (batch * ${rows} + i) * ${columns} + j]`;
  const first = start === undefined || parts !== null ? "" : `${words.element(start, indices("i", "j"))} + `;
  const writes = FOUR.map(
    (r) => `for (var c = 0; c < 4; c++) {
let i = firstRow + row * 4 + ${r};
let j = firstColumn + column * 4 + c;
if (i < ${rows} && j < ${columns}) { ${target} = ${first}sum${r}[c]; }
}`,
  ).join("\n");
  const [beginning, end] = parts === null ? ["0", depth] : partBounds(words.of(parts.length), depth);
  const body = `let turn = turns.x;
let batch = i32(workgroup.z);
let firstRow = i32(workgroup.y) * ${TILE};
let firstColumn = i32(workgroup.x) * ${TILE};
let row = lane / 16;
let column = lane % 16;
${FOUR.map((r) => `var sum${r} = vec4<f32>();`).join("\n")}
for (var before = ${beginning}; before < ${end}; before += ${DEPTH}) {
${each(left)}${each(right)}workgroupBarrier();
for (var l = 0; l < ${DEPTH}; l++) {
${y}
${sums}
}
workgroupBarrier();
}
${writes}`;
  const module = `var<workgroup> left: array<f32, ${TILE * DEPTH}>;\nvar<workgroup> right: array<f32, ${TILE * DEPTH}>;\n`;
  const groups = [Math.ceil(n / TILE), Math.ceil(m / TILE), parts?.count ?? countOf(write.shape.slice(0, -2))] as const;
  return shaderOf("product", TILE_LANES, words, groups, { module, body });
}

/** Adds the partial products. */
function added({ reads, write }: KernelTask, parts: number, room: number, words: Words): Shader {
  const start = reads[2];
  const count = countOf(write.shape);
  const all = words.of(count);
  const body = `let turn = turns.x;
${itemOverDevice(all)}${placeWithin("item", { width: write.shape[1] ?? 1, once: "" }, words)}var total = ${start === undefined ? "0.0f" : words.element(start, ["row", "rest"])};
for (var part = 0; part < ${words.of(parts)}; part++) { total += floats[${words.of(room)} + part * ${all} + item]; }
${words.element(write, ["row", "rest"])} = total;`;
  return shaderOf("product, added up", TILE_LANES, words, spread(Math.ceil(count / TILE_LANES)), { body });
}
