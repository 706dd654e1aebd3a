// The nodes of one region of a graph as lines of a file. What is read once and has no name in the spec is written where it is read.
import { at, fail, lookup } from "../../base/invariant.ts";
import type { Source } from "../../base/source.ts";
import type { Node, OpName } from "../../graph/node.ts";
import { choiceOf } from "../../ops/choice.ts";
import { inOrder } from "../../ops/order.ts";
import { isRow } from "../../ops/table.ts";
import { alignment } from "../../shape/broadcast.ts";
import type { Type } from "../../shape/type.ts";
import type { OpTable, RowName, Words, Writer, Writing } from "./dialect.ts";
import { atom, type Expression } from "./expression.ts";
import type { Needed } from "./needed.ts";
import { readable, without, type Plan } from "./plan.ts";
import type { Scope } from "./scope.ts";
import { like, type Value } from "./value.ts";

/** An expression that is longer than this gets a name. */
const MOST_INLINE = 140;

/** Names for values that have none in the spec. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["contract", "product"],
  ["logsoftmax", "log_p"],
  ["softmax", "p"],
  ["lookup", "embedded"],
  ["remember", "memory"],
]);

const MASKS: ReadonlyMap<string, string> = new Map([
  ["real", "real"],
  ["moves", "moves"],
  ["first", "is_first"],
  ["last", "is_last"],
]);

/** What stands in an input's place from then on has its name, if nothing else reads the input. */
const REPLACING: ReadonlySet<string> = new Set(["hold", "borrow"]);

const STOPPING: ReadonlySet<string> = new Set(["stopgradient"]);

export interface BlockParts {
  readonly plan: Plan;
  readonly scope: Scope;
  readonly region: string | null;
  /** The file of the definition whose equations these are. */
  readonly source: Source | undefined;
  readonly needed: Needed;
  /** The beginning of all names here, which is left out. */
  readonly prefix: string;
  /** Inputs and ports, and whatever else is known. */
  readonly leaf: (node: Node) => Value | undefined;
  /** Writes a loop; returns its results by their indices. */
  readonly scan: (scan: Node, block: Block) => ReadonlyMap<number, Value>;
}

export class Block {
  readonly #parts: BlockParts;
  readonly #values = new Map<string, Value>();
  readonly #results = new Map<string, ReadonlyMap<number, Value>>();

  constructor(parts: BlockParts) {
    this.#parts = parts;
  }

  get scope(): Scope {
    return this.#parts.scope;
  }

  get needed(): Needed {
    return this.#parts.needed;
  }

  value(id: string): Value {
    return this.#values.get(id) ?? fail("export", `the value of ${id} is read before it is written`);
  }

  know(id: string, value: Value): void {
    this.#values.set(id, value);
  }

  /** The value as a name, so that it is computed once however often it is read. `hint`: a name where the spec has none. */
  named(id: string, hint: string | undefined): Value {
    const value = this.value(id);
    if (value.expression.kind === "atom" || value.kind === "number") return value;
    const node = this.#parts.plan.graph.node(id);
    return this.#assigned(id, this.#identifier(node, value, hint), value);
  }

  write(): void {
    for (const node of this.#ordered()) if (!this.#values.has(node.id)) this.#write(node);
  }

  /** What is needed, the equations of the outermost definition in the order of the spec as far as they do not need each other. */
  #ordered(): readonly Node[] {
    const { plan, region, needed, source } = this.#parts;
    const nodes = plan.graph
      .region(region)
      .filter(({ id, op }) => op !== "yield" && (needed.nodes.has(id) || needed.uses.has(id)));
    const own = nodes.filter(({ name, span }) => name !== undefined && span !== undefined && span.source === source);
    const sorted = own.toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
    const ids = new Set(nodes.map(({ id }) => id));
    return inOrder([...sorted, ...nodes.filter((node) => !own.includes(node))], ({ operands }) =>
      operands.filter((id) => ids.has(id)),
    );
  }

  #write(node: Node): void {
    const { leaf, scan } = this.#parts;
    const known = leaf(node);
    if (known !== undefined) {
      this.#values.set(node.id, known);
      return;
    }
    if (node.op === "scan") {
      this.#results.set(node.id, scan(node, this));
      return;
    }
    if (node.op === "project" && "index" in node.attributes) {
      const results = lookup(this.#results, at(node.operands, 0, "export"), "export");
      this.#values.set(node.id, lookup(results, Number(node.attributes["index"]), "export"));
      return;
    }
    this.#place(node, this.#computed(node));
  }

  #computed(node: Node): Value {
    const { plan, scope } = this.#parts;
    const { op, type } = node;
    if (!isRowName(op)) return fail("export", `${node.id} (${op}) is not computed`);
    const operands = node.operands.map((id) => this.value(id));
    const operandTypes = node.operands.map((id) => plan.graph.node(id).type);
    const writing: Writing = {
      node,
      type,
      operands,
      operandTypes,
      aligned: (place) => aligned(plan.words, at(operands, place, "export"), at(operandTypes, place, "export"), type),
      size: (dim) => scope.size(dim),
      helper: (name) => scope.helper(name),
      device: () => scope.device(),
    };
    return writerOf(plan.ops, op)(writing);
  }

  /** Gives the value a name, or keeps it for the one place that reads it. */
  #place(node: Node, value: Value): void {
    const { plan, needed, scope } = this.#parts;
    const { id } = node;
    const comment = plan.comments.get(id);
    const uses = needed.uses.get(id) ?? 0;
    const isPlain = value.expression.kind === "atom" || value.kind === "number" || value.isCheap === true;
    const isNamed = node.name !== undefined || comment !== undefined;
    const isLong = scope.file.notation.flat(value.expression).length > MOST_INLINE;
    if ((isPlain && !isNamed) || (uses <= 1 && !isNamed && !isLong)) {
      this.#values.set(id, value);
      return;
    }
    if (comment !== undefined) scope.addComment(comment);
    if (this.#showsFirst(node)) scope.addComment("The padding of a memory shows its first value.");
    this.#assigned(id, this.#identifier(node, value), value);
  }

  /** Whether it fills the padding of a memory: no gradient goes there. */
  #showsFirst(node: Node): boolean {
    const { graph } = this.#parts.plan;
    const choice = choiceOf(node);
    return choice !== undefined && STOPPING.has(graph.node(choice.no).op);
  }

  #assigned(id: string, identifier: string, value: Value): Value {
    this.scope.assign(identifier, value.expression);
    const name = { ...value, ...like(value, atom(identifier)) };
    this.#values.set(id, name);
    return name;
  }

  #identifier(node: Node, value: Value, hint?: string): string {
    const { plan, prefix, scope } = this.#parts;
    const own = node.name ?? plan.names.get(node.id);
    if (own !== undefined)
      return scope.identifiers.fresh(readable(own.startsWith(`${prefix}.`) ? without(prefix, own) : own));
    const mask = MASKS.get(String(node.attributes["which"]));
    if (mask !== undefined) return scope.identifiers.fresh(mask);
    const first = firstName(value.expression);
    const [operand = ""] = node.operands;
    const isName = REPLACING.has(node.op) && this.#values.get(operand)?.expression.kind === "atom";
    if (isName && first !== undefined && this.needed.uses.get(operand) === 1) return first;
    if (hint !== undefined) return scope.identifiers.fresh(hint);
    if (REPLACING.has(node.op)) return scope.identifiers.fresh(`computed_${first ?? "value"}`);
    const named = NAMES.get(node.op);
    if (named !== undefined) return scope.identifiers.fresh(named);
    if (value.kind === "bool")
      return scope.identifiers.fresh(
        isAboutLengths(scope.file.notation.flat(value.expression)) ? "has_steps" : "holds",
      );
    return scope.identifiers.fresh(first ?? "value");
  }
}

/** `lengths > 0`, or what tfjs has for it. */
function isAboutLengths(code: string): boolean {
  return /lengths\b.* > 0$|^constantly\(tf\.greater, .*lengths\b.*, 0\)$/.test(code);
}

/** The name that an expression is mostly about: of `hold(x, lengths)` it is `x`. */
function firstName(expression: Expression): string | undefined {
  switch (expression.kind) {
    case "atom":
      return /^[a-z]\w*$/i.test(expression.text) ? expression.text : undefined;
    case "call":
      if (expression.callee.kind === "attribute") return firstName(expression.callee.object);
      return expression.positional[0] === undefined ? undefined : firstName(expression.positional[0]);
    case "attribute":
    case "index":
      return firstName(expression.object);
    default:
      return undefined;
  }
}

function isRowName(op: OpName): op is RowName {
  return isRow(op);
}

/** A method, so that the table may hold the writers of all ops. */
interface AnyWriter<N extends OpName> {
  write(writing: Writing<N>): Value;
}

function writerOf(ops: OpTable, op: RowName): Writer {
  const write: AnyWriter<OpName>["write"] = ops[op];
  return write;
}

/** With an axis of size 1 where the result has an axis that the operand lacks. */
export function aligned(words: Words, value: Value, operand: Type, result: Type): Value {
  if (value.kind === "number") return value;
  const where = alignment(operand.axes, result.axes);
  const leading = where.findIndex((axis) => axis >= 0);
  const needed = leading < 0 ? [] : where.slice(leading);
  if (needed.every((axis) => axis >= 0)) return value;
  const isNew = needed.map((axis) => axis < 0);
  return like(value, words.withAxes(value.expression, isNew));
}
