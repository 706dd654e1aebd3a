// A function over whole sequences: `forward` and `loss`. Its arguments come batch first, and are turned so that steps come first.
import { UserError } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";
import type { Node } from "../../graph/node.ts";
import { choiceOf } from "../../ops/choice.ts";
import { parseDim, symbol as sizeCalled } from "../../shape/dim.ts";
import { thinned } from "../../shape/thinned.ts";
import { hasBatch, timeOf } from "../../shape/type.ts";
import { BATCH } from "../../lang/elaborate/context.ts";
import { Block } from "./block.ts";
import { floatsOf, type Cells } from "./cells.ts";
import type { Named } from "./dialect.ts";
import { atom, attribute, binary, conditional, index, number, string, tuple, type Expression } from "./expression.ts";
import { loopOf, type Loop } from "./loop.ts";
import type { Needed } from "./needed.ts";
import { readable, type Plan } from "./plan.ts";
import { Scope, type File } from "./scope.ts";
import { axisOf, keyOf, type Arguments } from "./signature.ts";
import type { Value } from "./value.ts";

/** How a dialect writes a function over whole sequences. */
export interface Style {
  /** The indent of a function's lines. */
  readonly indent: string;
  /** The expression of all weights by name; `prologue` takes a line that must come first. */
  readonly weights: (prologue: (line: string) => void) => Expression;
  /** A sequence at the step of a loop, by its name. */
  readonly atStep: (sequence: string, scope: Scope) => Expression;
  /** Names that are known in the function. */
  readonly reserved: readonly string[];
  /** Lines that give every example all steps, where no lengths are given. */
  readonly lengths: (name: string, full: Expression, indent: string) => readonly string[];
  /** Writes a loop; returns the scan's results by index. */
  readonly loop: (loop: Loop, scope: Scope) => ReadonlyMap<number, Value>;
  /** Whether the function of the loss also returns each prediction's part of it. */
  readonly hasParts: boolean;
}

export interface RootParts {
  readonly plan: Plan;
  readonly file: File;
  readonly cells: Cells;
  readonly style: Style;
  /** What the function itself reads; other arguments are passed on. */
  readonly own: Arguments;
  readonly needed: Needed;
  readonly reserved: readonly string[];
}

export class RootFunction {
  readonly block: Block;
  readonly scope: Scope;
  readonly #parts: RootParts;
  /** What comes before all else: the lines that take arguments as they are given. */
  readonly first: string[] = [];
  readonly #prologue: string[] = [];
  #readsDevice = false;

  constructor(parts: RootParts) {
    this.#parts = parts;
    const { plan, file, needed, style, reserved } = parts;
    this.scope = new Scope(file, {
      indent: style.indent,
      sizeOf: (symbol) => this.#sizeOf(symbol),
      deviceOf: () => this.#device(),
      reserved: [...reserved, ...style.reserved, ...this.#names()],
      parameters: this.#names(),
    });
    this.block = new Block({
      plan,
      scope: this.scope,
      region: null,
      needed,
      source: plan.program.outline.at(-1)?.definition.span.source,
      prefix: plan.rootPrefix,
      leaf: (node) => this.#leaf(node),
      scan: (node) => this.#loop(node),
    });
  }

  #names(): readonly string[] {
    const { data, lengths } = this.#parts.own;
    return [...data, ...lengths].map(({ name }) => name);
  }

  #weights(): Expression {
    return this.scope.once("all weights", () =>
      this.#parts.style.weights((line) => this.#prologue.push(`${this.#parts.style.indent}${line}`)),
    );
  }

  #loop(node: Node): ReadonlyMap<number, Value> {
    const { plan, cells, style } = this.#parts;
    const atStep = (sequence: string): Expression => style.atStep(sequence, this.scope);
    const parts = { plan, cells, weights: () => this.#weights(), atStep };
    return style.loop(loopOf(parts, node, this.block), this.scope);
  }

  #leaf(node: Node): Value | undefined {
    const { input } = node;
    if (input === undefined) return this.#start(node);
    const { data, lengths } = this.#parts.own;
    const { dtype } = node.type;
    switch (input.kind) {
      case "data":
      case "lengths": {
        const argument = [...data, ...lengths].find((each) => each.node === node);
        return { kind: dtype, expression: atom(argument?.name ?? fail("export", `no argument for ${node.id}`)) };
      }
      case "weight":
        return { kind: "float", expression: index(this.#weights(), [string(keyOf(input.path))]) };
      case "state":
        return { kind: dtype, expression: index(atom("state"), [string(keyOf(input.path))]) };
      case "fresh":
        return { kind: "bool", expression: atom("fresh") };
      default:
        return fail("export", `${node.id} is an input of kind ${input.kind}`);
    }
  }

  /** Where a state begins: with what is given, or with its first value. */
  #start(node: Node): Value | undefined {
    const { graph } = this.#parts.plan;
    const choice = choiceOf(node);
    if (choice === undefined || graph.node(choice.condition).input?.kind !== "fresh") return undefined;
    const { input } = graph.node(choice.no);
    if (input?.kind !== "state") return undefined;
    const initial = floatsOf(this.#parts.plan, this.block.value(choice.yes));
    const given = this.block.value(choice.no).expression;
    const start = conditional(this.#parts.file.notation.isAbsent("state"), initial.expression, given);
    if ((this.block.needed.uses.get(node.id) ?? 0) <= 1) return { kind: initial.kind, expression: start };
    const name = this.scope.identifiers.fresh(`${readable(keyOf(input.path))}_0`);
    this.scope.assign(name, start);
    return { kind: initial.kind, expression: atom(name) };
  }

  #sizeOf(symbol: string): Expression {
    for (const { node, name } of this.#parts.own.data) {
      const axis = axisOf(node.type, symbol);
      if (axis !== undefined) return index(attribute(atom(name), "shape"), [number(axis)]);
    }
    const left = thinned(symbol);
    if (left !== undefined) {
      const last = binary("+", this.scope.size(sizeCalled(left.of)), number(left.every - 1));
      return binary("//", last, number(left.every));
    }
    throw new UserError(`the size ${symbol} is not known: give it with --set ${symbol}=…`);
  }

  #device(): Named {
    const { plan, own } = this.#parts;
    const [first] = own.data;
    const placed = plan.words.placedAs(atom(first?.name ?? "x"));
    if (Object.keys(placed).length === 0) return placed;
    this.#readsDevice = true;
    return { device: atom("device") };
  }

  /** An output as a caller gets it: batch first. */
  batchFirst(id: string): Expression {
    const { plan } = this.#parts;
    const { expression } = floatsOf(plan, this.block.value(id));
    const { type } = plan.graph.node(id);
    return timeOf(type) !== undefined && hasBatch(type) ? plan.words.swapped(expression) : expression;
  }

  /** All lines of the function's body, but for its docstring. */
  lines(): readonly string[] {
    const { own, style, plan, file } = this.#parts;
    const { indent } = style;
    const lengths = own.lengths.flatMap(({ name, time }) => {
      const count = this.scope.size(parseDim(time));
      const shape = tuple([this.scope.size(BATCH)]);
      const full = plan.words.filled(shape, count, this.#device());
      return style.lengths(name, full, indent);
    });
    const swaps = own.data
      .filter(({ isSequence }) => isSequence)
      .flatMap(({ name }) =>
        file.notation.assignment([name], plan.words.swapped(atom(name)), { indent, isNew: false }),
      );
    const [data] = own.data;
    const device = this.#readsDevice && data !== undefined ? [`${indent}device = ${data.name}.device`] : [];
    return [
      ...this.first,
      ...this.#prologue,
      ...swaps,
      ...device,
      ...this.scope.sizeLines,
      ...lengths,
      ...this.scope.lines,
    ];
  }
}
