// A large product in tiles: an invocation computes a block of up to 8 × 8 numbers in registers, from vectors of four in workgroup
// memory, where the tile of the left operand is turned. If there are few tiles with long sums (a weight's gradient over all steps and
// examples), the sums are divided, and a second shader adds the parts in their order. So the same operands give the same bits.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { isUnit, type View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { type Cut, DEPTH } from "./cut.ts";
import { placeWithin } from "./elements.ts";
import { isInQuads, readFour, roomFor } from "./quads.ts";
import type { PlaceOf, ShaderContext } from "./shader-context.ts";
import { itemOverDevice, shaderOf, spread, type Shader } from "./shader.ts";
import { Words } from "./words.ts";

/** Terms whose statements are written out. */
const UNROLLED = 4;

export function tiledProduct(task: KernelTask, cut: Cut, { placeOf, room, grow }: ShaderContext): readonly Shader[] {
  const { reads, write } = task;
  if (cut.parts === 1) return [tiles({ reads, write, cut }, placeOf)];
  grow(cut.parts * countOf(write.shape));
  const parts = roomFor([cut.parts, ...write.shape], { room, placeOf });
  return [
    tiles({ reads: reads.slice(0, 2), write: parts.view, cut }, parts.placeOf),
    added(task, cut.parts, parts.view, new Words(parts.placeOf)),
  ];
}

/** `write` is `[m, n]`, or `[z, m, n]` with z products or z parts of one. */
interface Tiled {
  readonly reads: readonly View[];
  readonly write: View;
  readonly cut: Cut;
}

/** An operand's tile: `edge` rows or columns that begin at `first`. */
interface Side {
  readonly name: "left" | "right";
  readonly view: View;
  readonly edge: number;
  readonly first: "firstRow" | "firstColumn";
  /** The axes of the edge and of the terms. */
  readonly axes: readonly [number, number];
  /** The sizes of the edge and of the terms. */
  readonly sizes: readonly [string, string];
}

function tiles(product: Tiled, placeOf: PlaceOf): Shader {
  const words = new Words(placeOf);
  const { reads, write, cut } = product;
  const { rows, columns, high, wide } = cut.tile;
  const [a, b, start] = [at(reads, 0, "wgsl"), at(reads, 1, "wgsl"), reads[2]];
  const rank = a.shape.length;
  const lanes = (rows / high) * (columns / wide);
  const depth = words.of(at(a.shape, -1, "wgsl"));
  const [m, n] = [words.of(at(write.shape, -2, "wgsl")), words.of(at(write.shape, -1, "wgsl"))];
  const sides: readonly Side[] = [
    { name: "left", view: a, edge: rows, first: "firstRow", axes: [rank - 2, rank - 1], sizes: [m, depth] },
    { name: "right", view: b, edge: columns, first: "firstColumn", axes: [rank - 1, rank - 2], sizes: [n, depth] },
  ];
  const isAligned = (view: View, axis: number): boolean => isInQuads(view, axis, placeOf);
  const asVectors =
    sides.every(({ view, axes }) => isAligned(view, alongTerms(view, axes) ? axes[1] : axes[0])) &&
    [write, ...(start === undefined ? [] : [start])].every((view) => isAligned(view, view.shape.length - 1));
  const loaded = sides.map((side) => loading(side, lanes, asVectors, words));
  const [begin, end] =
    cut.parts === 1
      ? ["0", depth]
      : [`batch * ${words.of(cut.length)}`, `min(${depth}, (batch + 1) * ${words.of(cut.length)})`];
  const body = `let turn = turns.x;
let batch = i32(workgroup.z);
let firstRow = i32(workgroup.y) * ${rows};
let firstColumn = i32(workgroup.x) * ${columns};
let row = lane / ${columns / wide};
let column = lane % ${columns / wide};
${sumsOf(cut)
  .map(({ name }) => `var ${name} = vec4<f32>();\n`)
  .join("")}for (var before = ${begin}; before < ${end}; before += ${DEPTH}) {
${loaded.map(({ read }) => read).join("")}workgroupBarrier();
${loaded.map(({ store }) => store).join("")}workgroupBarrier();
for (var l = 0; l < ${DEPTH}; l += ${UNROLLED}) {
${Array.from({ length: UNROLLED }, (_, u) => terms(cut, u)).join("")}}
}
${sumsOf(cut)
  .map((sum) => writing(product, sum, { m, n, asVectors }, words))
  .join("")}`;
  const module = sides
    .map(({ name, edge }) => `var<workgroup> ${name}: array<vec4<f32>, ${(edge / 4) * DEPTH}>;\n`)
    .join("");
  return shaderOf("product", lanes, words, cut.groups, { module, body, asVectors });
}

/** Whether neighbours in memory are neighbouring terms, not rows or columns. */
function alongTerms(view: View, [edge, terms]: Side["axes"]): boolean {
  return !isUnit(view, edge) && isUnit(view, terms);
}

/** Statements that read an operand's tile into registers, and that put it into workgroup memory: four rows or columns of a term. */
function loading(side: Side, lanes: number, asVectors: boolean, words: Words): { read: string; store: string } {
  const { name, view, edge, first, axes, sizes } = side;
  const [quarter, byTerms] = [edge / 4, alongTerms(view, axes)];
  const units = byTerms ? quarter * (DEPTH / 4) : quarter * DEPTH;
  const coordinates = (along: string, term: string): readonly string[] =>
    view.shape.map((_, axis) => (axis === axes[0] ? along : axis === axes[1] ? term : "batch"));
  const texts = Array.from({ length: Math.ceil(units / lanes) }, (_, part) => {
    const e = part === 0 ? "lane" : `(lane + ${part * lanes})`;
    // Neighbouring invocations read neighbouring elements.
    const [q, l] = byTerms
      ? [`${e} / ${DEPTH / 4}`, `${e} % ${DEPTH / 4} * 4`]
      : [`${e} % ${quarter}`, `${e} / ${quarter}`];
    const places = `let q = ${q};\nlet l = ${l};\n`;
    const isOwn = units % lanes === 0 ? "" : `if (${e} < ${units}) `;
    const value = (r: number): string => `${name}${part}_${r}`;
    const read = (r: number): string => {
      const at = { name: value(r), view, axis: byTerms ? axes[1] : axes[0] };
      if (byTerms) {
        const along = `(${first} + q * 4 + ${r})`;
        const here = {
          coordinates: coordinates(along, "(before + l)"),
          isThere: `${along} < ${sizes[0]}`,
          count: sizes[1],
        };
        return readFour({ ...at, ...here }, asVectors, words);
      }
      const term = "(before + l)";
      const here = {
        coordinates: coordinates(`(${first} + q * 4)`, term),
        isThere: `${term} < ${sizes[1]}`,
        count: sizes[0],
      };
      return readFour({ ...at, ...here }, asVectors, words);
    };
    const count = byTerms ? [0, 1, 2, 3] : [0];
    const turned = ["x", "y", "z", "w"].map(
      (c, index) =>
        `${name}[(l + ${index}) * ${quarter} + q] = vec4<f32>(${count.map((r) => `${value(r)}.${c}`).join(", ")});\n`,
    );
    const stored = byTerms ? turned.join("") : `${name}[l * ${quarter} + q] = ${value(0)};\n`;
    return {
      read: `${count.map((r) => `var ${value(r)} = vec4<f32>();\n`).join("")}${isOwn}{\n${places}${count.map(read).join("")}}\n`,
      store: `${isOwn}{\n${places}${stored}}\n`,
    };
  });
  return { read: texts.map(({ read }) => read).join(""), store: texts.map(({ store }) => store).join("") };
}

/** Four sums of an invocation, side by side: of row r of its block i of four rows, and of its block j of four columns. */
interface Sum {
  readonly name: string;
  readonly i: number;
  readonly r: number;
  readonly j: number;
}

function sumsOf({ tile: { high, wide } }: Cut): readonly Sum[] {
  const all = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
  return all(high / 4).flatMap((i) =>
    [0, 1, 2, 3].flatMap((r) => all(wide / 4).map((j) => ({ name: `sum${i * 4 + r}_${j}`, i, r, j }))),
  );
}

/** Adds the term `l + u` to all sums. Blocks of an invocation stand apart, so that neighbours read side by side. */
function terms(cut: Cut, u: number): string {
  const { rows, columns, high, wide } = cut.tile;
  const own = (name: string, from: string, count: number, quarter: number, lane: string): string =>
    Array.from(
      { length: count },
      (_, index) =>
        `let ${name}${index} = ${from}[(l + ${u}) * ${quarter} + ${(index * quarter) / count} + ${lane}];\n`,
    ).join("");
  const parts = ["x", "y", "z", "w"];
  const sums = sumsOf(cut).map(
    ({ name, i, r, j }) => `${name} = fma(vec4<f32>(a${i}.${at(parts, r, "wgsl")}), b${j}, ${name});\n`,
  );
  return `{\n${own("a", "left", high / 4, rows / 4, "row")}${own("b", "right", wide / 4, columns / 4, "column")}${sums.join("")}}\n`;
}

interface Bounds {
  readonly m: string;
  readonly n: string;
  readonly asVectors: boolean;
}

function writing(
  { reads, write, cut }: Tiled,
  { name, i, r, j }: Sum,
  { m, n, asVectors }: Bounds,
  words: Words,
): string {
  const { rows, columns, high, wide } = cut.tile;
  const start = reads[2];
  const coordinates = (column: string): readonly string[] => [
    ...(write.shape.length === 3 ? ["batch"] : []),
    "i",
    column,
  ];
  const places = `let i = firstRow + (${(i * rows) / high} + row) * 4 + ${r};
let j = firstColumn + (${(j * columns) / wide} + column) * 4;
`;
  if (asVectors) {
    const before = start === undefined ? "" : `floats[(${words.place(start, coordinates("j"))}) >> 2u] + `;
    return `{\n${places}if (i < ${m} && j < ${n}) { floats[(${words.place(write, coordinates("j"))}) >> 2u] = ${before}${name}; }\n}\n`;
  }
  const before = start === undefined ? "" : `${words.element(start, coordinates("(j + c)"))} + `;
  return `{\n${places}for (var c = 0; c < 4; c++) {
if (i < ${m} && j + c < ${n}) { ${words.element(write, coordinates("(j + c)"))} = ${before}${name}[c]; }
}
}
`;
}

/** Adds the parts of the sums, `[parts, m, n]`. */
function added({ reads, write }: KernelTask, count: number, parts: View, words: Words): Shader {
  const LANES = 256;
  const start = reads[2];
  const items = countOf(write.shape);
  const body = `let turn = turns.x;
${itemOverDevice(words.of(items))}${placeWithin("item", { width: write.shape[1] ?? 1, once: "" }, words)}var total = ${start === undefined ? "0.0f" : words.element(start, ["row", "rest"])};
for (var part = 0; part < ${words.of(count)}; part++) { total += ${words.element(parts, ["part", "row", "rest"])}; }
${words.element(write, ["row", "rest"])} = total;`;
  return shaderOf("product, added up", LANES, words, spread(Math.ceil(items / LANES)), { body });
}
