// The boxes of a picture, made from the outline of a program, and the box that shows a value in a body.
import { scanAttributes } from "../../graph/node.ts";
import { printDim } from "../../shape/dim.ts";
import { timeName } from "../../shape/type.ts";
import type { Expression, TypeExpression } from "../../lang/ast.ts";
import type { Body, Outline, Quantity } from "../../lang/elaborate/outline.ts";
import type { Values } from "./values.ts";

export interface Box {
  readonly id: string;
  /** `operand`: an expression without a name. `cell`: a folded application. */
  readonly kind: Quantity["kind"] | "operand" | "cell";
  /** The body that it belongs to; null if it is outside of all bodies. */
  readonly body: Body | null;
  readonly names: readonly string[];
  /** The node that computes it. */
  readonly node: string;
  /** The time of its sequence; null if it has no time. */
  readonly time: string | null;
  readonly expression: Expression | null;
  readonly type: TypeExpression | null;
  readonly state: Quantity["state"];
  readonly isOutput: boolean;
  readonly ahead: number;
}

export class Boxes {
  /** In the order of the text, inner bodies first. */
  readonly all: Box[] = [];
  readonly #values: Values;
  readonly #bodies: ReadonlyMap<string, Body>;
  /** By the path of a body, then by node. */
  readonly #own = new Map<string, Map<string, Box>>();
  /** By the path of a body, then by node: equations of the bodies inside it. */
  readonly #inner = new Map<string, Map<string, Box>>();
  readonly #owners: ReadonlyMap<string, string>;
  readonly #operands: ReadonlyMap<string, Expression>;

  constructor(outline: Outline, values: Values) {
    this.#values = values;
    this.#bodies = new Map(outline.map((body) => [body.path, body] as const));
    this.#owners = new Map(outline.flatMap(({ path, ports }) => ports.map((port) => [port, path] as const)));
    this.#operands = new Map(
      outline.flatMap(({ operands }) => [...operands].map(([id, value]) => [values.origin(id), value] as const)),
    );
    for (const body of outline) for (const each of body.quantities) this.#add(body, each);
  }

  #add(body: Body, each: Quantity): void {
    const [id = ""] = each.nodes;
    const node = this.#values.origin(id);
    // The output of a cell does not get a second box for its name in a model.
    if (body.definition.kind === "model" && each.kind === "equation" && this.inside(body.path, node) !== undefined)
      return;
    const box: Box = {
      ...each,
      id: `${body.path}/${each.kind} ${each.names.join()}${this.all.length}`,
      body,
      node,
      time: each.kind === "memory" || each.kind === "param" ? null : (body.time ?? this.#timeOf(id)),
    };
    this.all.push(box);
    for (const name of each.nodes) this.#register(body, this.#values.origin(name), box);
  }

  #timeOf(id: string): string | null {
    const { type, region } = this.#values.graph.node(id);
    if (region !== null) return printDim(scanAttributes(this.#values.graph.node(region)).time);
    return timeName(type) ?? null;
  }

  /** Reads of a node find its first box. For a cell inside another, an equation of the outer cell replaces the inner one's. */
  #register(body: Body | null, node: string, box: Box): void {
    if (box.kind === "predict" || box.kind === "minimize") return;
    putFirst(this.#own, body?.path ?? "", node, box);
    if (box.kind !== "equation") return;
    for (let path = body?.parent ?? null; path !== null; path = this.parentOf(path)) {
      const before = this.inside(path, node)?.body?.parent;
      if (before === body?.path) this.#inner.get(path)?.delete(node);
      putFirst(this.#inner, path, node, box);
    }
  }

  /** The box that shows `node` in the body at `path`: one of its own, of a cell that it applies, or of the bodies around it. */
  find(path: string, node: string): Box | undefined {
    const here = this.#own.get(path)?.get(node) ?? this.inside(path, node);
    const parent = this.parentOf(path);
    return here ?? (parent === null ? undefined : this.find(parent, node));
  }

  /** The equation that `node` is the value of, in a body inside the one at `path`. */
  inside(path: string, node: string): Box | undefined {
    return this.#inner.get(path)?.get(node);
  }

  /** Adds a box for an expression without a name that the body at `path` computes. */
  addAnonymous(path: string, node: string, expression: Expression | null): Box {
    const body = this.#bodies.get(path) ?? null;
    const box: Box = {
      id: `${path}/operand ${node}`,
      kind: "operand",
      body,
      names: [],
      node,
      time: this.#timeOf(node),
      expression: expression ?? this.#operands.get(node) ?? null,
      type: null,
      state: null,
      isOutput: false,
      ahead: 0,
    };
    this.all.push(box);
    this.#register(body, node, box);
    return box;
  }

  /** Whether a cell is applied to this value itself. */
  isOperand(node: string): boolean {
    return this.#operands.has(node);
  }

  parentOf(path: string): string | null {
    return this.#bodies.get(path)?.parent ?? null;
  }

  /** The path of the body whose state a port is. */
  ownerOf(port: string): string | undefined {
    return this.#owners.get(port);
  }
}

function putFirst(maps: Map<string, Map<string, Box>>, path: string, node: string, box: Box): void {
  const map = maps.get(path) ?? new Map<string, Box>();
  maps.set(path, map);
  if (!map.has(node)) map.set(node, box);
}
