// Reductions and softmax at one turn of a loop, by one workgroup: its invocations divide the elements of each result. One invocation
// for each would leave all others idle where a workgroup has one example, as in a norm over units or in attention over a memory.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { countOf } from "../../ops/nd.ts";
import { JOINS, STARTS, unravelled } from "./elements.ts";
import type { Space, Together } from "./loop-product.ts";
import type { Words } from "./words.ts";

/** Undefined if there is an invocation for each result, or the task is another one. */
export function linesTogether(task: KernelTask, { lanes, rows }: Space, words: Words): Together | undefined {
  const { work, reads, write } = task;
  const source = at(reads, 0, "wgsl");
  if (work.name === "softmax" || work.name === "logsoftmax") {
    const shares = sharesOf(lanes / rows, at(source.shape, 1, "wgsl"));
    return shares < 2 ? undefined : { code: softmax(task, shares, words), partial: lanes };
  }
  if (work.name !== "sum" && work.name !== "max" && work.name !== "min") return undefined;
  if (work.kept[0] !== 0) return undefined;
  const width = countOf(write.shape.slice(1));
  const gone = work.gone.map((axis) => at(source.shape, axis, "wgsl"));
  const shares = sharesOf(lanes / (rows * width), countOf(gone));
  if (shares < 2) return undefined;
  const kept = unravelled(write.shape.slice(1), "rest", "c", words);
  const each = unravelled(gone, "e", "g", words);
  const own = ["row", ...kept.names];
  const coordinates = source.shape.map((_, axis) =>
    work.kept.includes(axis)
      ? at(own, work.kept.indexOf(axis), "wgsl")
      : at(each.names, work.gone.indexOf(axis), "wgsl"),
  );
  const wide = words.of(width);
  const element = `${each.statements}let value = ${words.element(source, coordinates)};\ntotal = ${JOINS[work.name]};\n`;
  const code = `${head(shares, words)}for (var first = 0; first < rows * ${wide}; first += LANES / shares) {
let item = first + lane / shares;
let isThere = item < rows * ${wide};
let row = firstRow + item / ${wide};
let rest = item % ${wide};
${kept.statements}var total = ${STARTS[work.name]};
${shared(words.of(countOf(gone)), element)}${joined(work.name)}if (share == 0 && isThere) { ${words.element(write, own)} = total; }
}`;
  return { code, partial: lanes };
}

/** Invocations for a result: a power of two. */
function sharesOf(most: number, count: number): number {
  let shares = 1;
  while (2 * shares <= most && shares < count) shares *= 2;
  return shares;
}

function head(shares: number, words: Words): string {
  return `let shares = ${words.of(shares)};\nlet share = lane % shares;\n`;
}

/** Goes over the invocation's share of `count` elements. */
function shared(count: string, body: string): string {
  return `if (isThere) {\nfor (var e = share; e < ${count}; e += shares) {\n${body}}\n}\n`;
}

/** Totals that one invocation joins: two rounds, and so few barriers, are enough for 256. */
const JOINED = 16;

/** Joins the totals of all invocations of a result: the first has the result in `total`, and in `partial`. */
function joined(name: keyof typeof STARTS): string {
  const join = `let value = partial[lane + other];\ntotal = ${JOINS[name]};\n`;
  return `workgroupBarrier();
partial[lane] = total;
workgroupBarrier();
if (share % ${JOINED} == 0) {
for (var other = 1; other < min(${JOINED}, shares); other++) {
${join}}
partial[lane] = total;
}
if (shares > ${JOINED}) {
workgroupBarrier();
if (share == 0) {
for (var other = ${JOINED}; other < shares; other += ${JOINED}) {
${join}}
partial[lane] = total;
}
}
`;
}

function softmax({ work, reads, write }: KernelTask, shares: number, words: Words): string {
  const n = words.of(at(write.shape, 1, "wgsl"));
  const x = words.element(at(reads, 0, "wgsl"), ["row", "e"]);
  const y = words.element(write, ["row", "e"]);
  const last =
    work.name === "logsoftmax"
      ? `let size = log_(sum);\n${shared(n, `${y} = (${x} - most) - size;\n`)}`
      : shared(n, `${y} = select(exp_(${x} - most) / sum, 0.0, sum == 0.0);\n`);
  // The maximum starts with the least finite number, because -∞ - -∞ would be NaN.
  return `${head(shares, words)}for (var first = 0; first < rows; first += LANES / shares) {
let isThere = first + lane / shares < rows;
let row = firstRow + first + lane / shares;
var total = -3.4028234663852886e38f;
${shared(n, `let value = ${x};\ntotal = ${JOINS.max};\n`)}${joined("max")}workgroupBarrier();
let most = partial[lane - share];
total = 0.0f;
${shared(n, `total += exp_(${x} - most);\n`)}${joined("sum")}workgroupBarrier();
let sum = partial[lane - share];
${last}}`;
}
