// Reductions over all units: a slice reduces the elements that it owns, sends the result to all slices of its group, and reduces what
// they send, in the order of slices. A softmax over units is two of them, and then element by element.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { JOINS, STARTS } from "./elements.ts";
import { receiveAll } from "./meeting.ts";
import { columnsOf, coordinatesOf, elementInRow, forOwn, ownPlace, published, type SliceText } from "./slice-items.ts";
import { widthOf } from "./units.ts";

interface Reduced {
  readonly join: keyof typeof JOINS;
  readonly start: string;
  /** Results of each row, each from a block of `width` elements of all units. */
  readonly results: number;
  readonly width: number;
  /** The element at `row` and an index of the row. */
  readonly element: (rest: string) => string;
  /** Stores a result at `row`. */
  readonly store: (result: string, value: string) => string;
  /** Whether a result must be right to the last bit, as a maximum must that others are compared with. */
  readonly isExact: boolean;
}

/** What a slice sends, and what it makes of all that is sent. With one slice the first is all. */
export function reduction(task: KernelTask, text: SliceText): readonly string[] {
  const { work, reads, write } = task;
  const join = work.name === "max" || work.name === "min" ? work.name : "sum";
  const source = at(reads, 0, "wgsl");
  const results = columnsOf(write);
  const store = (result: string, value: string): string => {
    const coordinates = coordinatesOf(write, result);
    return `${text.words.element(write, coordinates)} = ${value};\n${published(text.words, write, coordinates)}`;
  };
  const width = source.shape.slice(1).reduce((product, size) => product * size, 1) / results;
  const element = (rest: string): string => elementInRow(text.words, source, rest);
  return reduced({ join, start: STARTS[join], results, width, element, store, isExact: join !== "sum" }, text);
}

/** Three parts, or with one slice one: slices meet between them. */
export function softmax(task: KernelTask, text: SliceText): readonly string[] {
  const { words, slices } = text;
  const source = at(task.reads, 0, "wgsl");
  const width = widthOf(task);
  const element = (rest: string): string => elementInRow(words, source, rest);
  const [most, total] = [0, 1].map(() => {
    const first = words.reserve(1);
    return `narrow[${first} + row - firstRow]`;
  });
  const part = (join: "max" | "sum", start: string, to: string | undefined, of: (rest: string) => string) =>
    reduced(
      { join, start, results: 1, width, element: of, store: (_, value) => `${to} = ${value};\n`, isExact: false },
      text,
    );
  // The maximum starts with the least finite number, because -∞ - -∞ would be NaN.
  const maximum = part("max", "-3.4028234663852886e38f", most, element);
  const sum = part("sum", "0.0f", total, (rest) => `exp_(${element(rest)} - ${most})`);
  const x = `(${element("rest")} - ${most})`;
  const y = words.element(task.write, ["row", "rest"]);
  const isLog = task.work.name === "logsoftmax";
  const value = isLog ? `${x} - log_(${total})` : `select(exp_(${x}) / ${total}, 0.0, ${total} == 0.0)`;
  const last = `workgroupBarrier();\n${forOwn({ slices }, width, `${y} = ${value};`)}`;
  const [sendMost = "", receiveMost = "", sendSum = "", receiveSum = ""] = [...maximum, ...sum];
  if (maximum.length === 1) return [`${sendMost}workgroupBarrier();\n${receiveMost}${last}`];
  return [sendMost, `${receiveMost}workgroupBarrier();\n${sendSum}`, `${receiveSum}${last}`];
}

function reduced(what: Reduced, text: SliceText): readonly string[] {
  const { slices, meeting } = text;
  const { results, join, start, isExact } = what;
  if (slices.slices === 1) return [ownReduced(what, text, what.store)];
  const wide = isExact ? 2 * results : results;
  const base = meeting.reserve(2 * slices.batch * slices.slices * wide);
  const wordOf = (sender: string, result: string): string =>
    `${base} + (((turn & 1) * ${text.words.of(slices.batch)} + row) * ${slices.slices} + ${sender}) * ${wide} + ${result}`;
  const sent = ownReduced(what, text, (result, value) => {
    const all = meeting.send(wordOf("i32(workgroup.x)", result), value);
    if (!isExact) return all;
    // The lowest bit travels in a word of its own.
    const lowest = `select(0.0f, 1.0f, (bitcast<u32>(${value}) & 1u) != 0u)`;
    return `${all}${meeting.send(wordOf("i32(workgroup.x)", `${results} + ${result}`), lowest)}`;
  });
  const all = { begin: "0", end: String(slices.slices), most: slices.slices };
  const join_ = (value: string): string => `let value = ${value};\ntotal = ${JOINS[join]};\n`;
  const words = isExact
    ? exactly(what, text, wordOf, join_)
    : receiveAll(meeting, all, (s) => wordOf(`(${s})`, "o"), join_);
  const received = `for (var item = lane; item < rows * ${results}; item += LANES) {
let o = item % ${results};
let row = firstRow + item / ${results};
var total = ${start};
${words}${what.store("o", "total")}}
`;
  return [sent, received];
}

/** Receives two words for each slice. */
function exactly(
  { results }: Reduced,
  { slices, meeting }: SliceText,
  wordOf: (sender: string, result: string) => string,
  join: (value: string) => string,
): string {
  const bits = `bitcast<u32>(${meeting.received(0)}) & 0xfffffffeu`;
  const value = `bitcast<f32>((${bits}) | select(0u, 1u, ${meeting.received(1)} > 0.5f))`;
  return `for (var sender = 0; sender < ${slices.slices}; sender++) {
${meeting.receive([wordOf("sender", "o"), wordOf("sender", `${results} + o`)])}${join(value)}}
`;
}

/** Reduces the slice's own elements, block by block of examples; invocations divide the elements of a result. */
function ownReduced(
  { join, start, results, width, element }: Reduced,
  { slices }: SliceText,
  store: (result: string, value: string) => string,
): string {
  const { block, lanes, units, each } = slices;
  const items = block * results;
  const own = (width / units) * each;
  const parts = Math.max(1, Math.min(own, Math.floor(lanes / items)));
  const { index, isThere } = ownPlace("c", slices);
  const place = `let o = item % ${results};
let row = firstRow + block + item / ${results};
`;
  return `for (var block = 0; block < rows; block += ${block}) {
workgroupBarrier();
for (var e = lane; e < ${items * parts}; e += LANES) {
let item = e % ${items};
${place}var total = ${start};
if (row - firstRow < rows) {
for (var c = e / ${items}; c < ${own}; c += ${parts}) {
if (${isThere}) {
let value = ${element(`(o * ${width} + ${index})`)};
total = ${JOINS[join]};
}
}
}
partial[e] = total;
}
workgroupBarrier();
for (var item = lane; item < ${items}; item += LANES) {
${place}if (row - firstRow < rows) {
var total = partial[item];
for (var p = 1; p < ${parts}; p++) {
let value = partial[p * ${items} + item];
total = ${JOINS[join]};
}
${store("o", "total")}}
}
}
`;
}
