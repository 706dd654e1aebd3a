// A product at one turn, in a slice: all terms of the columns that it owns. The operand's rows are brought to workgroup memory, sent by
// all slices or read; weights are in registers since before the first turn; parts of sums meet in workgroup memory, in a fixed order.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { receive, TOGETHER } from "./exchange.ts";
import type { SlicedProduct, Slices } from "./slices.ts";
import type { Words } from "./words.ts";

export interface SliceText {
  readonly slices: Slices;
  readonly words: Words;
}

/** The word of an element of the operand at this turn, if slices send it. */
export type WordAt = (row: string, term: string) => string;

interface Here extends SliceText {
  readonly task: KernelTask;
  readonly product: SlicedProduct;
  /** Which of the loop's products it is: names its registers. */
  readonly index: number;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** The column of the whole product that is the slice's own column `c`. */
function columnOf(c: string, { units, each }: Slices): { readonly unit: string; readonly column: string } {
  const unit = `(first + (${c}) % ${each})`;
  return { unit, column: `((${c}) / ${each} * ${units} + ${unit})` };
}

/** Functions of the module that read the weight and the operand: their words are read once for all elements. */
export function readersOf({ task, index, words }: Here): string {
  const [operand, weight] = [at(task.reads, 0, "wgsl"), at(task.reads, 1, "wgsl")];
  return `fn weight${index}(term: i32, column: i32) -> f32 { return ${words.element(weight, ["term", "column"])}; }
fn operand${index}(turn: i32, row: i32, term: i32) -> f32 { return ${words.element(operand, ["row", "term"])}; }
`;
}

/** Reads the invocation's weights. Those beyond the columns or the terms are 0. */
export function weightsOf({ product, index, slices }: Here): string {
  const { depth, own, each, across, parts, terms } = product;
  const lines = range(each).flatMap((j) => {
    const { unit, column } = columnOf(`own${index}_${j}`, slices);
    const isThere = `isOwn${index}_${j}`;
    return [
      `let own${index}_${j} = min(across${index} + ${j * across}, ${own - 1});\n`,
      `let column${index}_${j} = min(${column}, ${slices.units * Math.ceil(own / slices.each) - 1});\n`,
      `let ${isThere} = part${index} < ${parts} && ${unit} < ${slices.units};\n`,
      ...range(terms).map((i) => {
        const term = `(${Math.floor(i / 4) * parts * 4 + (i % 4)} + min(part${index}, ${parts - 1}) * 4)`;
        const element = `weight${index}(min(${term}, ${depth - 1}), column${index}_${j})`;
        return `let w${index}_${j}_${i} = select(0.0f, ${element}, ${isThere} && ${term} < ${depth});\n`;
      }),
    ];
  });
  return `let across${index} = lane % ${across};\nlet part${index} = lane / ${across};\n${lines.join("")}`;
}

/** Rows of the operand to workgroup memory, `block` of them; terms beyond the last are 0. */
function staged(here: Here, wordAt: WordAt | undefined, limit: string, look: "atomicLoad" | "atomicOr"): string {
  const { product, index, slices } = here;
  const { depth, parts, terms } = product;
  const wide = parts * terms;
  const count = slices.block * wide;
  const stage = (e: string, value: string): string => {
    const stored = depth === wide ? value : `select(0.0f, ${value}, ${e} % ${wide} < ${depth})`;
    return `if (${e} < ${count}) { staged[${e} / 4][${e} % 4] = ${stored}; }\n`;
  };
  const row = (e: string): string => `(firstRow + min(block + ${e} / ${wide}, rows - 1))`;
  const term = (e: string): string => `min(${e} % ${wide}, ${depth - 1})`;
  const all = range(Math.ceil(count / slices.lanes));
  const chunks = range(Math.ceil(all.length / TOGETHER)).map((c) => all.slice(c * TOGETHER, (c + 1) * TOGETHER));
  return chunks
    .map((chunk) => {
      const places = chunk.map((q, i) => `let e${i} = lane + ${q * slices.lanes};\n`).join("");
      const clamped = (i: number): string => `min(e${i}, ${count - 1})`;
      if (wordAt === undefined) {
        const values = chunk.map((_, i) =>
          stage(`e${i}`, `operand${index}(turn, ${row(clamped(i))}, ${term(clamped(i))})`),
        );
        return `{\n${places}${values.join("")}}\n`;
      }
      const waits = receive(
        chunk.map((_, i) => wordAt(row(clamped(i)), term(clamped(i)))),
        limit,
        { look },
      );
      const values = chunk.map((_, i) => stage(`e${i}`, `bitcast<f32>(x${i} & 0xfffffffeu)`));
      return `{\n${places}${waits}${values.join("")}}\n`;
    })
    .join("");
}

/** The invocation's parts of sums, in `partial`. */
function multiplied({ product, index, slices }: Here): string {
  const { own, each, across, parts, terms } = product;
  const rows = range(slices.block);
  const columns = range(each);
  const sums = rows.flatMap((r) => columns.map((j) => `var s${r}_${j} = 0.0f;\n`));
  const lines = range(terms / 4).flatMap((i) =>
    rows.flatMap((r) => [
      `let a${i}_${r} = staged[${(r * parts * terms) / 4 + i * parts} + part${index}];\n`,
      ...columns.flatMap((j) =>
        ["x", "y", "z", "w"].map(
          (c, k) => `s${r}_${j} = fma(a${i}_${r}.${c}, w${index}_${j}_${4 * i + k}, s${r}_${j});\n`,
        ),
      ),
    ]),
  );
  const stores = columns.map((j) => {
    const own_ = `across${index} + ${j * across}`;
    const each_ = rows.map(
      (r) => `partial[(part${index} * ${slices.block} + ${r}) * ${own} + ${own_}] = s${r}_${j};\n`,
    );
    return `if (${own_} < ${own}) {\n${each_.join("")}}\n`;
  });
  return `if (part${index} < ${parts}) {\n${sums.join("")}${lines.join("")}${stores.join("")}}\n`;
}

function totals({ task, product, slices, words }: Here): string {
  const { own, parts } = product;
  const { reads, write } = task;
  const { unit, column } = columnOf("c", slices);
  const start = reads[2];
  const first = start === undefined ? "0.0f" : words.element(start, ["row", "column"]);
  return `for (var item = lane; item < min(${slices.block}, rows - block) * ${own}; item += LANES) {
let c = item % ${own};
let row = firstRow + block + item / ${own};
let column = ${column};
if (${unit} < ${slices.units}) {
var total = 0.0f;
for (var p = 0; p < ${parts}; p++) { total += partial[(p * ${slices.block} + item / ${own}) * ${own} + c]; }
${words.element(write, ["row", "column"])} = ${first} + total;
}
}
`;
}

/** The product at a turn. The limit of looks and the way of looking matter only where slices send the operand. */
export function sliceProduct(
  here: Here,
  wordAt: WordAt | undefined,
  limit: string,
  look: "atomicLoad" | "atomicOr",
): string {
  return `for (var block = 0; block < rows; block += ${here.slices.block}) {
${staged(here, wordAt, limit, look)}workgroupBarrier();
${multiplied(here)}workgroupBarrier();
${totals(here)}}
`;
}
