// A product at one turn, in a slice. Rows of the operand are brought to workgroup memory, `block` of them; weights are in registers since
// before the first turn. Either a slice multiplies all terms by the columns that it owns: then parts of sums meet in workgroup memory. Or
// it multiplies the terms that it owns by all columns, and sends the sums to their owners. Sums are added up in a fixed order.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { receiveAll, TOGETHER } from "./meeting.ts";
import { ownPlace, type Place, published, type SliceText } from "./slice-items.ts";
import { type SlicedProduct, sharesOf } from "./slices.ts";

export interface Here extends SliceText {
  readonly task: KernelTask;
  readonly product: SlicedProduct;
  /** Which of the loop's products it is: names its registers. */
  readonly index: number;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const anyPlace = (c: string): Place => ({ index: c, isThere: "true" });

/** The term of the whole product that is the slice's term `c`, and the same for columns. */
function termOf({ product, slices }: Here, c: string): Place {
  return product.form === "sums" ? ownPlace(c, slices) : anyPlace(c);
}

function columnOf({ product, slices }: Here, c: string): Place {
  return product.form === "sums" || product.isNarrow ? anyPlace(c) : ownPlace(c, slices);
}

/** Functions of the module that read the weight and the operand: their words are read once for all elements. */
export function readersOf({ task, index, words }: Here): string {
  const [operand, weight] = [at(task.reads, 0, "wgsl"), at(task.reads, 1, "wgsl")];
  return `fn weight${index}(term: i32, column: i32) -> f32 { return ${words.element(weight, ["term", "column"])}; }
fn operand${index}(turn: i32, row: i32, term: i32) -> f32 { return ${words.element(operand, ["row", "term"])}; }
`;
}

/** Reads the invocation's weights. Those beyond the columns or the terms are 0. */
export function weightsOf(here: Here): string {
  const { product, index, task } = here;
  const { depth, columns, each, across, parts, terms } = product;
  const [K, N] = at(task.reads, 1, "wgsl").shape;
  const lines = range(each).flatMap((j) => {
    const column = columnOf(here, `own${index}_${j}`);
    const isThere = `isOwn${index}_${j}`;
    return [
      `let own${index}_${j} = min(across${index} + ${j * across}, ${columns - 1});\n`,
      `let column${index}_${j} = min(${column.index}, ${(N ?? 1) - 1});\n`,
      `let ${isThere} = part${index} < ${parts} && ${column.isThere};\n`,
      ...range(terms).map((i) => {
        const own = `(${Math.floor(i / 4) * parts * 4 + (i % 4)} + min(part${index}, ${parts - 1}) * 4)`;
        const term = termOf(here, own);
        const element = `weight${index}(min(${term.index}, ${(K ?? 1) - 1}), column${index}_${j})`;
        const isTerm = `${own} < ${depth} && ${term.isThere}`;
        return `let w${index}_${j}_${i} = select(0.0f, ${element}, ${isThere} && ${isTerm});\n`;
      }),
    ];
  });
  return `let across${index} = lane % ${across};\nlet part${index} = lane / ${across};\n${lines.join("")}`;
}

/** Rows of the operand to workgroup memory, `block` of them; terms beyond the last are 0. `wordOf`: where they are sent. */
function staged(here: Here, wordOf: ((row: string, term: string) => string) | undefined): string {
  const { product, index, slices, meeting, task } = here;
  const { depth, parts, terms } = product;
  const wide = parts * terms;
  const count = slices.block * wide;
  const last = (at(task.reads, 0, "wgsl").shape[1] ?? 1) - 1;
  const all = range(Math.ceil(count / slices.lanes));
  const chunks = range(Math.ceil(all.length / TOGETHER)).map((c) => all.slice(c * TOGETHER, (c + 1) * TOGETHER));
  const row = (i: number): string => `(firstRow + min(block + c${i} / ${wide}, rows - 1))`;
  const term = (i: number): Place => termOf(here, `(c${i} % ${wide})`);
  const inRow = (i: number): string => `min(${term(i).index}, ${last})`;
  return chunks
    .map((chunk) => {
      const places = chunk.map(
        (q, i) => `let e${i} = lane + ${q * slices.lanes};\nlet c${i} = min(e${i}, ${count - 1});\n`,
      );
      const stores = chunk.map((_, i) => {
        const value = wordOf === undefined ? `operand${index}(turn, ${row(i)}, ${inRow(i)})` : meeting.received(i);
        const isThere = `c${i} % ${wide} < ${depth} && ${term(i).isThere}`;
        return `if (e${i} < ${count}) { staged[e${i} / 4][e${i} % 4] = select(0.0f, ${value}, ${isThere}); }\n`;
      });
      const receives = wordOf === undefined ? "" : meeting.receive(chunk.map((_, i) => wordOf(row(i), inRow(i))));
      return `{\n${places.join("")}${receives}${stores.join("")}}\n`;
    })
    .join("");
}

/** The invocation's parts of sums, for each row of the block and each of its columns: `use` says what becomes of them. */
function multiplied(
  { product, index, slices }: Here,
  use: (sum: string, row: number, column: string) => string,
): string {
  const { columns, each, across, parts, terms } = product;
  const rows = range(slices.block);
  const sums = rows.flatMap((r) => range(each).map((j) => `var s${r}_${j} = 0.0f;\n`));
  const lines = range(terms / 4).flatMap((i) =>
    rows.flatMap((r) => [
      `let a${i}_${r} = staged[${(r * parts * terms) / 4 + i * parts} + part${index}];\n`,
      ...range(each).flatMap((j) =>
        ["x", "y", "z", "w"].map(
          (c, k) => `s${r}_${j} = fma(a${i}_${r}.${c}, w${index}_${j}_${4 * i + k}, s${r}_${j});\n`,
        ),
      ),
    ]),
  );
  const uses = range(each).map((j) => {
    const column = `(across${index} + ${j * across})`;
    return `if (${column} < ${columns}) {\n${rows.map((r) => use(`s${r}_${j}`, r, column)).join("")}}\n`;
  });
  return `if (part${index} < ${parts}) {\n${sums.join("")}${lines.join("")}${uses.join("")}}\n`;
}

function blocks({ slices }: Here, body: string): string {
  return `for (var block = 0; block < rows; block += ${slices.block}) {\n${body}}\n`;
}

/** The statement that writes a column of the result, at `row`. */
function written({ task, words, product: { isNarrow } }: Here, column: string, total: string): string {
  const { reads, write } = task;
  const start = reads[2];
  const first = start === undefined ? "0.0f" : words.element(start, ["row", column]);
  const store = `${words.element(write, ["row", column])} = ${first} + ${total};\n`;
  return isNarrow ? `${store}${published(words, write, ["row", column])}` : store;
}

/** All terms of the columns that the slice owns. */
function product(here: Here, wordOf: ((row: string, term: string) => string) | undefined): string {
  const { product: cut, slices } = here;
  const { columns, parts } = cut;
  const { index, isThere } = columnOf(here, "c");
  const part = (p: string, row: string, c: string): string =>
    `partial[(${p} * ${slices.block} + ${row}) * ${columns} + ${c}]`;
  const sums = multiplied(here, (sum, r, column) => `${part(`part${here.index}`, String(r), column)} = ${sum};\n`);
  return blocks(
    here,
    `${staged(here, wordOf)}workgroupBarrier();
${sums}workgroupBarrier();
for (var item = lane; item < min(${slices.block}, rows - block) * ${columns}; item += LANES) {
let c = item % ${columns};
let row = firstRow + block + item / ${columns};
if (${isThere}) {
let column = ${index};
var total = 0.0f;
for (var p = 0; p < ${parts}; p++) { total += ${part("p", `item / ${columns}`, "c")}; }
${written(here, "column", "total")}}
}
`,
  );
}

/** A product whose operand is here. */
export function productHere(here: Here): string {
  return product(here, undefined);
}

/** What a slice sends, and the product of what it fetches. */
export function productFetched(here: Here): readonly [string, string] {
  const { task, words, slices, meeting } = here;
  const operand = at(task.reads, 0, "wgsl");
  const depth = operand.shape[1] ?? 1;
  const base = meeting.reserve(2 * depth * slices.batch);
  const wordOf = (row: string, term: string): string =>
    `${base} + ((turn & 1) * ${words.of(slices.batch)} + ${row}) * ${depth} + ${term}`;
  const own = (depth / slices.units) * slices.each;
  const { index, isThere } = ownPlace("c", slices);
  const sent = `for (var item = lane; item < rows * ${own}; item += LANES) {
let c = item % ${own};
if (${isThere}) {
let row = firstRow + item / ${own};
let column = ${index};
${meeting.send(wordOf("row", "column"), words.element(operand, ["row", "column"]))}}
}
`;
  return [sent, product(here, wordOf)];
}

/** What a slice sends of the terms that it owns, and the sums of what it receives. */
export function productBySums(here: Here): readonly [string, string] {
  const { product: cut, slices, words, meeting } = here;
  const { parts, own, isNarrow } = cut;
  const senders = slices.slices * parts;
  const wide = isNarrow ? own : slices.slices * own;
  const base = meeting.reserve(2 * slices.batch * senders * wide);
  const [batch, units, each] = [words.of(slices.batch), slices.units, slices.each];
  const wordOf = (row: string, sender: string, place: string): string =>
    `${base} + (((turn & 1) * ${batch} + ${row}) * ${senders} + ${sender}) * ${wide} + ${place}`;
  const placeOf = (column: string): string =>
    isNarrow
      ? column
      : `${column} % ${units} / ${each} * ${own} + ${column} / ${units} * ${each} + ${column} % ${units} % ${each}`;
  const sender = `i32(workgroup.x) * ${parts} + part${here.index}`;
  const sent = multiplied(here, (sum, r, column) => {
    const word = wordOf(`firstRow + block + ${r}`, `(${sender})`, placeOf(column));
    return `if (block + ${r} < rows) { ${meeting.send(word, sum).trimEnd()} }\n`;
  });
  const sums = slices.block * own;
  const shares = sharesOf(sums, senders, slices.lanes);
  const share = Math.ceil(senders / shares);
  const word = (from: string): string => wordOf("row", `(${from})`, isNarrow ? "c" : `i32(workgroup.x) * ${own} + c`);
  const { index, isThere } = isNarrow ? anyPlace("c") : ownPlace("c", slices);
  const place = (item: string): string => `let c = ${item} % ${own};
let row = firstRow + block + ${item} / ${own};
`;
  const isHere = `row - firstRow < rows && ${isThere}`;
  const from = { begin: `share * ${share}`, end: `min(${senders}, (share + 1) * ${share})`, most: share };
  const total = receiveAll(meeting, from, word, (value) => `total += ${value};\n`);
  const store = shares === 1 ? written(here, index, "total") : "partial[e] = total;\n";
  const added = `workgroupBarrier();
for (var item = lane; item < ${sums}; item += LANES) {
${place("item")}if (${isHere}) {
var total = 0.0f;
for (var p = 0; p < ${shares}; p++) { total += partial[p * ${sums} + item]; }
${written(here, index, "total")}}
}
workgroupBarrier();
`;
  const received = `for (var e = lane; e < ${shares * sums}; e += LANES) {
let item = e % ${sums};
let share = e / ${sums};
${place("item")}if (${isHere}) {
var total = 0.0f;
${total}${store}}
}
${shares === 1 ? "" : added}`;
  return [
    blocks(here, `${staged(here, undefined)}workgroupBarrier();\n${sent}workgroupBarrier();\n`),
    blocks(here, received),
  ];
}
