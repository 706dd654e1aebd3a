// The bodies of our kernels, each over the whole of its result.
import { at, fail } from "../../base/invariant.ts";
import type { KernelTask, PrefixWork, Reduction, Work } from "../../kernel/task.ts";
import { floatText } from "./numbers.ts";
import { bare, coordinate, loop, loops, nameOfAxis } from "./layout.ts";
import type { Operands } from "./operands.ts";
import { productBody } from "./product.ts";
import { scalarText, type NameOfOwn } from "./scalars.ts";

export function kernelBody(task: KernelTask, operands: Operands, own: NameOfOwn): string {
  const { work } = task;
  switch (work.name) {
    case "sum":
    case "max":
    case "min":
      return reduction(task, work, operands, own);
    case "softmax":
    case "logsoftmax":
      return softmax(task, work.name === "logsoftmax", operands, own);
    case "prefix":
      return prefix(task, work, operands, own);
    case "argmax":
      return argmax(task, work, operands);
    case "gather":
      return gather(task, operands);
    case "onehot":
      return onehot(task, operands);
    case "product":
      return productBody(task, operands);
    case "pack":
    case "gemm":
    case "gemmTransposed":
    case "smallProduct":
    case "scatter":
      return fail("c", `${work.name} is a form of product that is not recorded here`);
  }
}

const STARTS: Readonly<Record<Reduction, number>> = { sum: 0, max: -Infinity, min: Infinity };
const JOINS = { sum: "add", max: "max", min: "min" } as const;

type Reduced = Extract<Work, { readonly kept: readonly number[] }>;

function reduction({ reads, write }: KernelTask, work: Reduced, operands: Operands, own: NameOfOwn): string {
  const { name, kept, gone } = work;
  const { shape } = at(reads, 0, "c");
  const names = shape.map((size, axis) => coordinate(nameOfAxis(axis), size));
  const axis = (each: number): readonly [string, number] => [at(names, each, "c"), at(shape, each, "c")];
  const coordinates = kept.map((each) => at(names, each, "c"));
  const total = scalarText(JOINS[name], own, ["total", operands.element(0, names)]);
  const inner = loops(gone.map(axis), `total = ${bare(total)};`);
  const store = `${operands.element(reads.length, coordinates, write)} = total;`;
  return loops(kept.map(axis), `float total = ${floatText(STARTS[name])};\n${inner}\n${store}`);
}

/** Along the rows of `[rows, n]`. */
function softmax({ write }: KernelTask, isLog: boolean, operands: Operands, own: NameOfOwn): string {
  const [rows = 1, n = 1] = write.shape;
  const [row, j] = [coordinate("row", rows), coordinate("j", n)];
  const [x, y] = [operands.element(0, [row, j]), operands.element(1, [row, j])];
  const each = (body: string): string => loop(j, n, body);
  // The greatest begins with the least float32: the difference of two infinities is not a number.
  const lines = [
    "float most = -3.40282347e+38f;",
    "float total = 0.0f;",
    each(`most = ${scalarText("max", own, ["most", x])};`),
    each(`total += expf(${x} - most);`),
    isLog
      ? each(`${y} = (${x} - most) - logf(total);`)
      : each(`${y} = total == 0.0f ? 0.0f : expf(${x} - most) / total;`),
  ];
  return loop(row, rows, lines.join("\n"));
}

function prefix(task: KernelTask, work: PrefixWork, operands: Operands, own: NameOfOwn): string {
  const { combine, identity, reverse, length, inner } = work;
  const [rows = 1] = task.write.shape;
  const [row, i] = [coordinate("row", rows), coordinate("i", inner)];
  const place = `${reverse ? `(${length - 1} - j)` : "j"} * ${inner} + ${i}`;
  const next = scalarText(combine, own, ["total", "value"]);
  const body = `const int p = ${place};
const float value = ${operands.element(0, [row, "p"])};
total = ${bare(next)};
${operands.element(1, [row, "p"])} = total;`;
  const line = `float total = ${floatText(identity)};\n${loop("j", length, body)}`;
  return loops(
    [
      [row, rows],
      [i, inner],
    ],
    line,
  );
}

/** The first position of the greatest element along `length` of blocks `[rows, length · inner]`. */
function argmax(
  task: KernelTask,
  { length, inner }: { readonly length: number; readonly inner: number },
  operands: Operands,
): string {
  const [rows = 1] = task.write.shape;
  const [row, i] = [coordinate("row", rows), coordinate("i", inner)];
  const body = `const float value = ${operands.element(0, [row, "p"])};
if (j == 0 || value > most) {
most = value;
best = j;
}`;
  const search = loop("j", length, `const int p = j * ${inner} + ${i};\n${body}`);
  const line = `float most = 0.0f;\nint32_t best = 0;\n${search}\n${operands.element(1, [row, i])} = best;`;
  return loops(
    [
      [row, rows],
      [i, inner],
    ],
    line,
  );
}

/** Rows of a table; zeros for an index outside of it. */
function gather({ reads, write }: KernelTask, operands: Operands): string {
  const [count = 1, width = 1] = write.shape;
  const rows = at(reads, 0, "c").shape[0] ?? 0;
  const [row, i] = [coordinate("row", count), coordinate("i", width)];
  const value = `${operands.element(2, [row, i])} = isRow ? ${operands.element(0, ["index", i])} : 0.0f;`;
  const body = `const int32_t index = ${operands.element(1, [row])};
const int isRow = index >= 0 && index < ${rows};
${loop(i, width, value)}`;
  return loop(row, count, body);
}

function onehot({ write }: KernelTask, operands: Operands): string {
  const [count = 1, depth = 1] = write.shape;
  const [row, i] = [coordinate("row", count), coordinate("i", depth)];
  return loops(
    [
      [row, count],
      [i, depth],
    ],
    `${operands.element(1, [row, i])} = (float)(${operands.element(0, [row])} == ${i});`,
  );
}
