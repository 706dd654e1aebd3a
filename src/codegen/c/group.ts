// A group of element-wise functions: loops over its elements, in which each value is an expression. A value that is read more than once
// has a name.
import { at } from "../../base/invariant.ts";
import { mergedAxes, nodesOf, type MapNode } from "../../kernel/expression.ts";
import type { GroupTask } from "../../kernel/task.ts";
import type { Kind, View } from "../../kernel/view.ts";
import { bare, coordinate, loops, nameOfAxis } from "./layout.ts";
import type { Operands } from "./operands.ts";
import { mayRepeatOperands, nodeText, type NameOfOwn } from "./scalars.ts";

/** Nested deeper, an expression gets a name: a person reads it, and C compilers guarantee 63 levels of parentheses only. */
const DEEPEST = 6;

export function groupBody(group: GroupTask, operands: Operands, own: NameOfOwn): string {
  const views = [...group.reads, ...group.writes];
  const axes = mergedAxes(views);
  const coordinates = axes.map(({ size }, axis) => coordinate(nameOfAxis(axis), size));
  const element = (index: number): string => {
    const joined: View = {
      ...at(views, index, "c"),
      shape: axes.map(({ size }) => size),
      strides: axes.map(({ strides }) => at(strides, index, "c")),
    };
    return operands.element(index, coordinates, joined);
  };
  const { list, of } = nodesOf(group);
  const results = group.writes.map(of);
  const kinds = kindsOf(list, group);
  const expressions = new Expressions({ list, kinds, results }, own, element);
  const values = results.map((node) => expressions.of(node));
  const writes = values.map((value, index) => `${element(group.reads.length + index)} = ${bare(value)};`);
  return loops(
    axes.map(({ size }, axis) => [at(coordinates, axis, "c"), size]),
    [...expressions.statements, ...writes].join("\n"),
  );
}

interface Nodes {
  readonly list: readonly MapNode[];
  readonly kinds: readonly Kind[];
  /** The places of the values that the group writes. */
  readonly results: readonly number[];
}

/** The expressions of nodes, and the statements that name some of them. */
class Expressions {
  readonly statements: string[] = [];
  readonly #kinds: readonly Kind[];
  readonly #uses: readonly number[];
  readonly #own: NameOfOwn;
  readonly #element: (index: number) => string;
  readonly #texts = new Map<number, { readonly text: string; readonly depth: number }>();

  constructor({ list, kinds, results }: Nodes, own: NameOfOwn, element: (index: number) => string) {
    this.#kinds = kinds;
    this.#uses = usesOf(list, results);
    this.#own = own;
    this.#element = element;
    // In the order of the list, so that no expression is built by recursion over a long chain.
    list.forEach((node, place) => {
      if ((this.#uses[place] ?? 0) > 0) this.#texts.set(place, this.#make(node, place));
    });
  }

  of(place: number): string {
    return this.#texts.get(place)?.text ?? "";
  }

  #make(node: MapNode, place: number): { readonly text: string; readonly depth: number } {
    const depth = 1 + Math.max(0, ...operandsOf(node).map((each) => this.#texts.get(each)?.depth ?? 0));
    const text = node.kind === "input" ? this.#element(node.input) : nodeText(node, this.#own, (each) => this.of(each));
    if (node.kind === "constant") return { text, depth: 0 };
    if ((this.#uses[place] ?? 0) < 2 && depth < DEEPEST) return { text, depth };
    const name = `v${place}`;
    this.statements.push(`const ${this.#kinds[place] === "int32" ? "int32_t" : "float"} ${name} = ${bare(text)};`);
    return { text: name, depth: 0 };
  }
}

function kindsOf(list: readonly MapNode[], { reads }: GroupTask): readonly Kind[] {
  const kinds: Kind[] = [];
  for (const node of list) {
    if (node.kind === "input") kinds.push(at(reads, node.input, "c").storage.kind);
    else if (node.kind === "constant") kinds.push(node.type);
    else if (node.kind === "convert") kinds.push(node.to === "int" ? "int32" : "float32");
    else if (node.kind === "select") kinds.push(kinds[node.a] === "int32" ? "int32" : "float32");
    else kinds.push("float32");
  }
  return kinds;
}

/** How often the text of each node is used. Nodes that no result needs are not used. */
function usesOf(list: readonly MapNode[], results: readonly number[]): readonly number[] {
  const uses = list.map(() => 0);
  const add = (place: number, count: number): void => {
    uses[place] = (uses[place] ?? 0) + count;
  };
  // With several results all are computed before the first is written, which may be where another reads.
  for (const place of results) add(place, results.length > 1 ? 2 : 1);
  for (let place = list.length - 1; place >= 0; place--) {
    const node = list[place];
    if (node === undefined || uses[place] === 0) continue;
    for (const operand of operandsOf(node)) add(operand, mayRepeatOperands(node) ? 2 : 1);
  }
  return uses;
}

function operandsOf(node: MapNode): readonly number[] {
  switch (node.kind) {
    case "input":
    case "constant":
      return [];
    case "unary":
    case "convert":
      return [node.x];
    case "binary":
      return [node.a, node.b];
    case "select":
      return [node.condition, node.a, node.b];
  }
}
