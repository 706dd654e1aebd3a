// Products `[m, k] · [k, n]`, or many of them, onto what their sums begin with. What is stored as int8 is widened here, in the product.
import { at } from "../../base/invariant.ts";
import type { Matmul } from "../../kernel/ops.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { isUnit } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { coordinate, loop, loops } from "./layout.ts";
import type { Element, Operands } from "./operands.ts";

/** Records products with both operands as they are. */
export const recordProduct: Matmul = (trace, a, b) => {
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1];
  const depth = a.shape.at(-1) ?? 0;
  if (countOf(shape) === 0 || depth === 0) return trace.filled("float32", 0, shape);
  const isMany = a.shape.length === 3;
  const task = {
    work: { name: "product" as const },
    reads: [a, b],
    sumsOnto: !isMany,
    flops: 2 * countOf(shape) * depth,
    granularity: 1,
    rowwise: isMany ? [0, 1] : [0],
  };
  return trace.kernel(task, shape, "float32", isMany && a.batch !== b.batch ? 0 : a.batch);
};

interface Parts {
  readonly left: Element;
  readonly right: Element;
  readonly start: string | undefined;
  readonly result: string;
  readonly axes: readonly (readonly [name: string, size: number])[];
  readonly column: readonly [name: string, size: number];
  readonly depth: readonly [name: string, size: number];
}

export function productBody({ reads, write }: KernelTask, operands: Operands): string {
  const [a, b] = [at(reads, 0, "c"), at(reads, 1, "c")];
  const isMany = a.shape.length === 3;
  const [m = 1, n = 1] = write.shape.slice(-2);
  const many = isMany ? (write.shape[0] ?? 1) : 1;
  const k = a.shape.at(-1) ?? 0;
  const [each, i, j, l] = [coordinate("each", many), coordinate("i", m), coordinate("j", n), coordinate("l", k)];
  const before = isMany ? [each] : [];
  const parts: Parts = {
    left: operands.scaled(0, [...before, i, l]),
    right: operands.scaled(1, [...before, l, j]),
    start: reads.length > 2 ? operands.element(2, [i, j]) : undefined,
    result: operands.element(reads.length, [...before, i, j]),
    axes: [
      [each, many],
      [i, m],
    ],
    column: [j, n],
    depth: [l, k],
  };
  const isAlongColumns = n > 1 && isUnit(b, b.shape.length - 1) && !isUnit(b, b.shape.length - 2);
  return loops(parts.axes, isAlongColumns ? rows(parts) : dots(parts));
}

/** A sum for each column. Scales that are the same for the whole sum multiply it once. */
function dots({ left, right, start, result, column, depth }: Parts): string {
  const [l] = depth;
  const [inner, outer] = [scalesOf([left, right], l, true), scalesOf([left, right], l, false)];
  const term = [value(left), value(right), ...inner].join(" * ");
  const total = ["sum", ...outer].join(" * ");
  const lines = [
    "float sum = 0.0f;",
    loop(...depth, `sum += ${term};`),
    `${result} = ${start === undefined ? total : `${start} + ${total}`};`,
  ];
  return loop(...column, lines.join("\n"));
}

/** Rows of the right operand, whose elements are side by side, one after the other onto all columns. */
function rows({ left, right, start, result, column, depth }: Parts): string {
  const [j] = column;
  const [inner, outer] = [scalesOf([left, right], j, true), scalesOf([left, right], j, false)];
  const first = loop(...column, `${result} = ${start ?? "0.0f"};`);
  const next = loop(...column, `${result} += ${["x", value(right), ...inner].join(" * ")};`);
  return `${first}\n${loop(...depth, `const float x = ${[value(left), ...outer].join(" * ")};\n${next}`)}`;
}

function scalesOf(elements: readonly Element[], name: string, changes: boolean): readonly string[] {
  return elements.flatMap(({ scale }) =>
    scale !== undefined && scale.coordinates.includes(name) === changes ? [scale.text] : [],
  );
}

function value({ value: text, scale }: Element): string {
  return scale === undefined ? text : `(float)${text}`;
}
