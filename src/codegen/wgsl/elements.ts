// The code of one invocation: an element of a task, given its row of axis 0 and its index within the row. It is the same in a
// dispatch over the whole device and in a workgroup that runs a loop.
import { at, fail } from "../../base/invariant.ts";
import { mergedAxes, nodesOf, shapeOfGroup } from "../../kernel/expression.ts";
import type { GroupTask, KernelTask, LoopTask, PrefixWork, Task } from "../../kernel/task.ts";
import type { View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { SCALARS } from "../../scalar/table.ts";
import { floatOf } from "./functions.ts";
import { valueOf } from "./scalars.ts";
import type { Words } from "./words.ts";

export interface Items {
  readonly rows: number;
  /** Items in each row. */
  readonly width: number;
  /** Statements for the item at `row` and `rest`. `once` are those that are the same at every turn of a loop. */
  readonly once: string;
  readonly code: string;
}

/** Statements that compute the row of an item, its index there, and the values that are the same at every turn. */
export function placeWithin(item: string, { width, once }: Pick<Items, "width" | "once">, words: Words): string {
  const wide = words.of(width);
  return `let row = ${item} / ${wide};\nlet rest = ${item} % ${wide};\n${once}`;
}

/** Values that a loop carries to its next turn in a register, instead of reading them from memory. */
export interface Carried {
  readonly reads: ReadonlyMap<View, string>;
  readonly writes: ReadonlyMap<View, string>;
}

const NOTHING_CARRIED: Carried = { reads: new Map(), writes: new Map() };

export function itemsOf(task: Exclude<Task, LoopTask>, words: Words): Items {
  if (task.kind === "group") return itemsOfGroup(task, words);
  const [rows = 1, ...rest] = task.write.shape;
  const all = { rows, width: countOf(rest), once: "" };
  const source = at(task.reads, 0, "wgsl");
  const { work } = task;
  switch (work.name) {
    case "sum":
    case "max":
    case "min":
      return { ...all, code: reduction(task, work, words) };
    case "softmax":
    case "logsoftmax":
      return { ...all, width: 1, code: softmax(task, work.name === "logsoftmax", words) };
    case "prefix":
      return { ...all, width: work.inner, code: prefix(task, work, words) };
    case "argmax":
      return { ...all, width: work.inner, code: argmax(task, work, words) };
    case "gather": {
      const index = words.element(at(task.reads, 1, "wgsl"), ["row"]);
      const isRow = `index >= 0 && index < ${words.of(source.shape[0] ?? 0)}`;
      const read = `if (${isRow}) { value = ${words.element(source, ["index", "rest"])}; }`;
      const write = `${words.element(task.write, ["row", "rest"])} = value;`;
      return { ...all, code: `let index = ${index};\nvar value = 0.0f;\n${read}\n${write}` };
    }
    case "onehot": {
      const value = `select(0.0, 1.0, ${words.element(source, ["row"])} == rest)`;
      return { ...all, code: `${words.element(task.write, ["row", "rest"])} = ${value};` };
    }
    case "product":
      return { ...all, code: product(task, words) };
    case "pack":
    case "gemm":
    case "gemmTransposed":
    case "smallProduct":
    case "scatter":
      return fail("wgsl", `${work.name} is a form of product that this target does not record`);
  }
}

/** The coordinates of an index within axes of these sizes, as statements and names. */
export function unravelled(sizes: readonly number[], from: string, prefix: string, words: Words) {
  const names = sizes.map((_, axis) => `${prefix}${axis}`);
  const statements: string[] = [];
  let left = from;
  for (let axis = sizes.length - 1; axis > 0; axis--) {
    const size = words.of(at(sizes, axis, "wgsl"));
    statements.push(`let ${prefix}${axis} = ${left} % ${size};`, `let ${prefix}${axis}left = ${left} / ${size};`);
    left = `${prefix}${axis}left`;
  }
  if (sizes.length > 0) statements.push(`let ${prefix}0 = ${left};`);
  return { statements: statements.map((line) => `${line}\n`).join(""), names };
}

export interface GroupItems extends Items {
  /** The statements of `code` that compute the value of each node. */
  readonly values: string;
  /** The element of one of the group's reads. */
  readonly element: (read: View) => string;
}

export function itemsOfGroup(group: GroupTask, words: Words, carried: Carried = NOTHING_CARRIED): GroupItems {
  const shape = shapeOfGroup(group);
  const [rows = 1] = shape;
  const operands = [...group.reads, ...group.writes];
  const alone = (view: View): View => ({ ...view, shape: view.shape.slice(1), strides: view.strides.slice(1) });
  const axes = shape.length === 0 ? [] : mergedAxes(operands.map(alone));
  const { statements, names } = unravelled(
    axes.map(({ size }) => size),
    "rest",
    "c",
    words,
  );
  // The row's stride first, then those of the joined axes.
  const joined = (view: View, operand: number): View => ({
    ...view,
    strides:
      shape.length === 0
        ? []
        : [at(view.strides, 0, "wgsl"), ...axes.map(({ strides }) => at(strides, operand, "wgsl"))],
  });
  const coordinates = shape.length === 0 ? [] : ["row", ...names];
  const element = (read: View): string => words.element(joined(read, group.reads.indexOf(read)), coordinates);
  const nodes = nodesOf(group);
  const value = (node: number): string => `v${node}`;
  const lines = nodes.list.map((node, index) => {
    if (node.kind !== "input") return `let v${index} = ${valueOf(node, value)};`;
    const view = at(group.reads, node.input, "wgsl");
    return `let v${index} = ${carried.reads.get(view) ?? element(view)};`;
  });
  const writes = group.writes.flatMap((view, index) => {
    const result = value(nodes.of(view));
    const variable = carried.writes.get(view);
    const stored = `${words.element(joined(view, group.reads.length + index), coordinates)} = ${result};`;
    return variable === undefined ? [stored] : [stored, `${variable} = ${result};`];
  });
  const values = lines.join("\n");
  const code = `${values}\n${writes.join("\n")}`;
  return { rows, width: countOf(shape.slice(1)), once: statements, values, code, element };
}

export const STARTS = { sum: "0.0f", max: "(-infinity())", min: "infinity()" } as const;
export const JOINS = { sum: "total + value", max: "greatest(total, value)", min: "least(total, value)" } as const;

interface Reduced {
  readonly name: keyof typeof STARTS;
  readonly kept: readonly number[];
  readonly gone: readonly number[];
}

function reduction({ reads, write }: KernelTask, { name, kept, gone }: Reduced, words: Words): string {
  const source = at(reads, 0, "wgsl");
  const { statements, names } = unravelled(write.shape.slice(1), "rest", "c", words);
  const own = kept.length === 0 ? [] : ["row", ...names];
  const coordinates = source.shape.map((_, axis) =>
    kept.includes(axis) ? at(own, kept.indexOf(axis), "wgsl") : `g${axis}`,
  );
  const loops = gone.map(
    (axis) => `for (var g${axis} = 0; g${axis} < ${words.of(at(source.shape, axis, "wgsl"))}; g${axis}++) {\n`,
  );
  const body = `let value = ${words.element(source, coordinates)};\ntotal = ${JOINS[name]};\n`;
  const all = `${loops.join("")}${body}${loops.map(() => "}\n").join("")}`;
  return `${statements}var total = ${STARTS[name]};\n${all}${words.element(write, own)} = total;`;
}

function softmax({ reads, write }: KernelTask, isLog: boolean, words: Words): string {
  const source = at(reads, 0, "wgsl");
  const n = words.of(write.shape[1] ?? 1);
  const x = words.element(source, ["row", "j"]);
  const y = words.element(write, ["row", "j"]);
  const each = (body: string): string => `for (var j = 0; j < ${n}; j++) {\n${body}\n}\n`;
  // The maximum starts with the least finite number, because -∞ - -∞ would be NaN.
  const most = `var most = -3.4028234663852886e38f;\n${each(`most = greatest(most, ${x});`)}`;
  const total = `var total = 0.0;\n${each(`total += exp_(${x} - most);`)}`;
  const last = isLog
    ? `let size = log_(total);\n${each(`${y} = (${x} - most) - size;`)}`
    : each(`${y} = select(exp_(${x} - most) / total, 0.0, total == 0.0);`);
  return `${most}${total}${last}`;
}

function prefix({ reads, write }: KernelTask, work: PrefixWork, words: Words): string {
  const { combine, identity, reverse, length, inner } = work;
  const [n, step] = [words.of(length), words.of(inner)];
  const place = reverse ? `(${n} - 1 - j)` : "j";
  const x = words.element(at(reads, 0, "wgsl"), ["row", "p"]);
  const y = words.element(write, ["row", "p"]);
  const next = `let value = ${x};\ntotal = ${SCALARS[combine].targets.wgsl.text("total", "value")};\n${y} = total;`;
  return `var total = ${floatOf(identity)};\n${line(n, `let p = ${place} * ${step} + rest;\n${next}`)}`;
}

interface Line {
  readonly length: number;
  readonly inner: number;
}

function argmax({ reads, write }: KernelTask, { length, inner }: Line, words: Words): string {
  const [n, step] = [words.of(length), words.of(inner)];
  const x = words.element(at(reads, 0, "wgsl"), ["row", "p"]);
  const better = `if (j == 0 || value > most) { most = value; best = j; }`;
  const search = line(n, `let p = j * ${step} + rest;\nlet value = ${x};\n${better}`);
  return `var most = 0.0;\nvar best = 0;\n${search}${words.element(write, ["row", "rest"])} = best;`;
}

/** A loop over the elements of a line. */
function line(length: string, body: string): string {
  return `for (var j = 0; j < ${length}; j++) {\n${body}\n}\n`;
}

/** One element of a product, or of one of a batch of products, added to the third operand if there is one. */
function product({ reads, write }: KernelTask, words: Words): string {
  const [a, b, start] = [at(reads, 0, "wgsl"), at(reads, 1, "wgsl"), reads[2]];
  const k = words.of(a.shape.at(-1) ?? 0);
  const isMany = a.shape.length === 3;
  const columns = words.of(write.shape.at(-1) ?? 1);
  const [before, i, j] = isMany ? [["row"], "i", "column"] : [[], "row", "rest"];
  const coordinates = isMany ? `let i = rest / ${columns};\nlet column = rest % ${columns};\n` : "";
  const first = start === undefined ? "0.0f" : words.element(start, ["row", "rest"]);
  const left = words.element(a, [...before, i, "l"]);
  const right = words.element(b, [...before, "l", j]);
  const sums = `var total = ${first};\nfor (var l = 0; l < ${k}; l++) { total = fma(${left}, ${right}, total); }\n`;
  return `${coordinates}${sums}${words.element(write, [...before, i, j])} = total;`;
}
