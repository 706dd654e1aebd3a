// A product at one turn of a loop, by one workgroup: rows of its examples with a weight that every turn reads, or with a matrix of each
// example (attention over a memory). The rows stand in workgroup memory, four terms side by side, so that an invocation reads a number
// of the device's memory for each weight, and nothing else. It computes a column of up to four rows. If there are more invocations than
// columns, they divide the terms of a sum.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { transposed, type View } from "../../kernel/view.ts";
import type { Words } from "./words.ts";

const MOST_ROWS = 4;
/** The fewest terms of a sum that is divided. */
const LEAST_TERMS = 16;
const MOST_PARTS = 16;
/** Weights that are loaded before the first is used, to hide the latency of memory. */
const AHEAD = 16;
/** Numbers of rows in workgroup memory: half of the 16 kB that every device has. */
export const STAGED = 2048;

export interface Together {
  readonly code: string;
  /** Numbers of workgroup memory for parts of sums. */
  readonly partial: number;
}

export interface Space {
  readonly lanes: number;
  /** The most rows of axis 0 that a workgroup has; the shader's `rows` says how many it has. */
  readonly rows: number;
}

/** How a workgroup divides the product. */
interface Division {
  /** Rows that an invocation computes of one column. */
  readonly height: number;
  /** Columns of blocks of so many rows, each with an invocation, or with several. */
  readonly items: number;
  /** Invocations that divide a sum. */
  readonly parts: number;
}

/** Undefined if a workgroup has too many rows. */
export function productTogether(task: KernelTask, { lanes, rows }: Space, words: Words): Together | undefined {
  const operands = upright(task);
  const { a, b } = operands;
  const isMany = a.shape.length === 3;
  const [k, n] = [at(a.shape, -1, "wgsl"), at(b.shape, -1, "wgsl")];
  /** Rows that share a matrix, and matrices. */
  const [high, matrices] = isMany ? [at(a.shape, 1, "wgsl"), rows] : [rows, 1];
  const length = 4 * Math.floor(STAGED / 4 / (high * matrices));
  if (length < LEAST_TERMS) return undefined;
  const divisions = [MOST_ROWS, 2, 1]
    .filter((height) => height <= high || height === 1)
    .map((height): Division => {
      const items = n * Math.ceil(high / height) * matrices;
      const parts = Math.max(1, Math.min(MOST_PARTS, Math.floor(lanes / items), Math.floor(k / LEAST_TERMS)));
      return { height, items, parts };
    });
  const busy = ({ items, parts }: Division): number => Math.min(lanes, items * parts);
  const most = Math.max(...divisions.map(busy));
  const division = divisions.find((each) => busy(each) === most) ?? at(divisions, 0, "wgsl");
  return together(
    operands,
    { ...division, isMany, k, n, high, length: Math.min(length, 4 * Math.ceil(k / 4)) },
    lanes,
    words,
  );
}

interface Operands {
  readonly a: View;
  readonly b: View;
  readonly start: View | undefined;
  readonly write: View;
}

/** Of a batch of products, the operand with fewer rows comes first: a memory with a vector is the vector with the memory. */
function upright({ reads, write }: KernelTask): Operands {
  const [a, b, start] = [at(reads, 0, "wgsl"), at(reads, 1, "wgsl"), reads[2]];
  if (a.shape.length === 2 || at(a.shape, 1, "wgsl") <= at(b.shape, 2, "wgsl")) return { a, b, start, write };
  const turned = (view: View): View => transposed(view, [0, 2, 1]);
  return { a: turned(b), b: turned(a), start, write: turned(write) };
}

interface Form extends Division {
  readonly isMany: boolean;
  readonly k: number;
  readonly n: number;
  readonly high: number;
  /** Terms that stand in workgroup memory at once. */
  readonly length: number;
}

function together(operands: Operands, form: Form, lanes: number, words: Words): Together {
  const { start, write } = operands;
  const { height, parts, isMany, k, n, high, length } = form;
  const each = Array.from({ length: height }, (_, r) => r);
  const [depth, wide, long] = [words.of(k), words.of(n), words.of(length)];
  const indices = (r: number): readonly string[] =>
    isMany
      ? ["(firstRow + matrix)", `min(block + ${r}, high - 1)`, "column"]
      : [`(firstRow + min(block + ${r}, high - 1))`, "column"];
  const stored = (r: number, value: string): string => {
    const first = start === undefined ? "" : `${words.element(start, indices(r))} + `;
    return `if (block + ${r} < high) { ${words.element(write, indices(r))} = ${first}${value}; }\n`;
  };
  const place = `let column = item % ${wide};
let block = item / ${wide} % blocks * ${height};
let matrix = item / (${wide} * blocks);
${each.map((r) => `var sum${r} = 0.0f;\n`).join("")}`;
  const head = `let high = ${isMany ? words.of(high) : "rows"};
let matrices = ${isMany ? "rows" : "1"};
let blocks = (high + ${height - 1}) / ${height};
let items = ${wide} * blocks * matrices;
let quarters = ${words.of(Math.ceil(length / 4))};
`;
  const chunks = (range: string): string => `for (var chunk = 0; chunk < ${depth}; chunk += ${long}) {
let until = min(${depth}, chunk + ${long});
${staging(operands.a, form, words)}if (isThere) {
${range}${sums(operands.b, form, words)}}
}
`;
  if (parts === 1) {
    const code = `${head}for (var first = 0; first < items; first += LANES) {
let item = first + lane;
let isThere = item < items;
${place}${chunks("let begin = chunk;\nlet end = until;\n")}if (isThere) {
${each.map((r) => stored(r, `sum${r}`)).join("")}}
}`;
    return { code, partial: 0 };
  }
  const count = words.of(parts);
  const own = `let share = (until - chunk + 4 * ${count} - 1) / (4 * ${count}) * 4;
let begin = min(until, chunk + part * share);
let end = min(until, begin + share);
`;
  const code = `${head}let first = 0;
let part = lane / items;
let item = lane % items;
let isThere = part < ${count};
${place}${chunks(own)}if (isThere) {
${each.map((r) => `partial[lane + ${r} * LANES] = sum${r};\n`).join("")}}
workgroupBarrier();
if (part == 0) {
${each.map((r) => `var total${r} = 0.0f;\n`).join("")}for (var p = 0; p < ${count}; p++) {
${each.map((r) => `total${r} += partial[lane + p * items + ${r} * LANES];\n`).join("")}}
${each.map((r) => stored(r, `total${r}`)).join("")}}`;
  return { code, partial: height * lanes };
}

/** Brings terms `chunk` to `until` of all rows into workgroup memory, unless they are there; zeros follow the last. */
function staging(a: View, { isMany, k, length }: Form, words: Words): string {
  const again = `${words.of(k)} > ${words.of(length)}`;
  const row = isMany ? ["(firstRow + r / high)", "r % high"] : ["(firstRow + r)"];
  const parts = ["x", "y", "z", "w"].map(
    (part, c) => `if (l + ${c} < until) { four.${part} = ${words.element(a, [...row, `(l + ${c})`])}; }\n`,
  );
  return `if (first == 0 || ${again}) {
workgroupBarrier();
for (var e = lane; e < high * matrices * quarters; e += LANES) {
let r = e / quarters;
let l = chunk + e % quarters * 4;
var four = vec4<f32>();
${parts.join("")}staged[e] = four;
}
workgroupBarrier();
}
`;
}

/** Adds terms `begin` to `end`, of which `begin` is a multiple of four from `chunk` on. */
function sums(b: View, { height, isMany }: Form, words: Words): string {
  const each = Array.from({ length: height }, (_, r) => r);
  const weight = (l: string): string => words.element(b, [...(isMany ? ["(firstRow + matrix)"] : []), l, "column"]);
  const four = (first: number): string =>
    each
      .map((r) => {
        const terms = ["x", "y", "z", "w"].map((c, u) => `sum${r} = fma(four.${c}, weight${first + u}, sum${r});\n`);
        return `{\nlet four = staged[(matrix * high + min(block + ${r}, high - 1)) * quarters + (l - chunk) / 4 + ${first / 4}];\n${terms.join("")}}\n`;
      })
      .join("");
  const ahead = Array.from({ length: AHEAD }, (_, u) => u);
  const last = [0, 1, 2, 3].map(
    (u) => `var weight${u} = 0.0f;\nif (l + ${u} < end) { weight${u} = ${weight(`(l + ${u})`)}; }\n`,
  );
  return `var l = begin;
for (; l + ${AHEAD} <= end; l += ${AHEAD}) {
${ahead.map((u) => `let weight${u} = ${weight(`(l + ${u})`)};\n`).join("")}${ahead
    .filter((u) => u % 4 === 0)
    .map(four)
    .join("")}}
for (; l < end; l += 4) {
${last.join("")}${four(0)}}
`;
}
