// A product at one turn of a loop, by one workgroup: rows of a few examples with a weight that every turn reads. An invocation
// computes a column of up to four rows, so that a weight is read once for them. If there are more invocations than columns, they
// divide the terms of a sum.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import type { Words } from "./words.ts";

const MOST_ROWS = 4;
/** The fewest terms of a sum that is divided. */
const LEAST_TERMS = 16;
const MOST_PARTS = 16;
/** Weights that are loaded before the first is used, to hide the latency of memory. */
const AHEAD = 8;

export interface Together {
  readonly code: string;
  /** Numbers of workgroup memory for parts of sums. */
  readonly partial: number;
}

export function productTogether(
  task: KernelTask,
  { lanes, rows }: { readonly lanes: number; readonly rows: number },
  words: Words,
): Together {
  const { reads, write } = task;
  const [a, b, start] = [at(reads, 0, "wgsl"), at(reads, 1, "wgsl"), reads[2]];
  const [k, n] = [a.shape[1] ?? 0, write.shape[1] ?? 1];
  const height = Math.min(MOST_ROWS, rows);
  const columns = n * Math.ceil(rows / height);
  const parts = Math.max(1, Math.min(MOST_PARTS, Math.floor(lanes / columns), Math.floor(k / LEAST_TERMS)));
  const [depth, wide] = [words.of(k), words.of(n)];
  const each = Array.from({ length: height }, (_, r) => r);
  const place = `let column = item % ${wide};
let block = item / ${wide} * ${height};
${each.map((r) => `let row${r} = firstRow + min(block + ${r}, rows - 1);\n`).join("")}`;
  const stored = (r: number, value: string): string => {
    const first = start === undefined ? "" : `${words.element(start, [`row${r}`, "column"])} + `;
    return `if (block + ${r} < rows) { ${words.element(write, [`row${r}`, "column"])} = ${first}${value}; }\n`;
  };
  const weight = (l: string): string => words.element(b, [l, "column"]);
  const term = (r: number, l: string, value: string): string =>
    `sum${r} = fma(${words.element(a, [`row${r}`, l])}, ${value}, sum${r});\n`;
  const ahead = Array.from({ length: AHEAD }, (_, u) => u);
  const sums = `${each.map((r) => `var sum${r} = 0.0f;\n`).join("")}var l = begin;
for (; l + ${AHEAD} <= end; l += ${AHEAD}) {
${ahead.map((u) => `let weight${u} = ${weight(`(l + ${u})`)};\n`).join("")}${each
    .flatMap((r) => ahead.map((u) => term(r, `(l + ${u})`, `weight${u}`)))
    .join("")}}
for (; l < end; l++) {
let weight = ${weight("l")};
${each.map((r) => term(r, "l", "weight")).join("")}}
`;
  if (parts === 1) {
    const code = `let blocks = (rows + ${height - 1}) / ${height};
for (var item = lane; item < blocks * ${wide}; item += LANES) {
${place}let begin = 0;
let end = ${depth};
${sums}${each.map((r) => stored(r, `sum${r}`)).join("")}}`;
    return { code, partial: 0 };
  }
  const chunk = words.of(Math.ceil(k / parts));
  const code = `let items = ${words.of(columns)};
let part = lane / items;
let item = lane % items;
${place}workgroupBarrier();
if (part < ${words.of(parts)}) {
let begin = part * ${chunk};
let end = min(${depth}, begin + ${chunk});
${sums}${each.map((r) => `partial[lane + ${r} * LANES] = sum${r};\n`).join("")}}
workgroupBarrier();
if (part == 0) {
${each.map((r) => `var total${r} = 0.0f;\n`).join("")}for (var p = 0; p < ${words.of(parts)}; p++) {
${each.map((r) => `total${r} += partial[lane + p * items + ${r} * LANES];\n`).join("")}}
${each.map((r) => stored(r, `total${r}`)).join("")}}`;
  return { code, partial: height * lanes };
}
