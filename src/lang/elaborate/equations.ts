// The equations of one body. Each is evaluated when one of its names is first needed. If that happens while it is still being
// evaluated, there is an algebraic loop. The nodes of an equation have its names.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import type { Definition, Expression, Identifier, Statement } from "../ast.ts";
import { algebraicLoop, cycleInModel, longLoop, wrongType } from "../messages.ts";
import { isGiven } from "./declared-names.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { evaluationOrder } from "./order.ts";
import { EquationPath } from "./equation-path.ts";
import { POISON, type NodeValue, type Value } from "./value.ts";

type Equation = Extract<Statement, { kind: "equation" }>;

/** Only equations of a circle are evaluated inside one another (`order.ts`). A circle of more equations than this is not reported in full. */
const MOST_DEEP = 100;

interface EquationSlot {
  readonly statement: Equation;
  value: readonly Value[] | null;
  isBusy: boolean;
}

export class Equations {
  readonly #frame: Frame;
  readonly #slots = new Map<string, EquationSlot>();
  readonly #busy: string[] = [];
  /** Equations of loops that have been reported. */
  readonly #looped = new Set<string>();
  #isLongTold = false;

  constructor(frame: Frame, definition: Definition) {
    this.#frame = frame;
    for (const statement of definition.body) if (statement.kind === "equation") this.#add(statement);
  }

  #add(statement: Equation): void {
    const slot: EquationSlot = { statement, value: null, isBusy: false };
    // If a name is defined twice, the first definition counts.
    for (const { name } of statement.names) if (!this.#slots.has(name)) this.#slots.set(name, slot);
  }

  has(name: string): boolean {
    return this.#slots.has(name);
  }

  names(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /** `name` at its equation. */
  declared(name: string): Identifier | undefined {
    return this.#slots.get(name)?.statement.names.find((each) => each.name === name);
  }

  /** The value of a name that has an equation. */
  read(name: string, span: Span): Value {
    const frame = this.#frame;
    const slot = this.#slots.get(name) ?? fail("elaborate", `no equation ${name}`);
    const index = slot.statement.names.findIndex((each) => each.name === name);
    if (slot.value !== null) return slot.value[index] ?? POISON;
    const first = slot.statement.names[0]?.name ?? name;
    if (slot.isBusy) {
      const cycle = this.#busy.slice(this.#busy.indexOf(first));
      // Loops that share an equation usually have one cause, so only one is reported.
      const isKnown = cycle.some((each) => this.#looped.has(each));
      cycle.forEach((each) => this.#looped.add(each));
      if (isKnown) return POISON;
      return frame.context.report(frame.isCell ? algebraicLoop(cycle, span) : cycleInModel(cycle, span));
    }
    if (this.#busy.length >= MOST_DEEP) {
      const isTold = this.#isLongTold;
      this.#isLongTold = true;
      return isTold ? POISON : frame.context.report(longLoop(name, MOST_DEEP, span));
    }
    slot.isBusy = true;
    this.#busy.push(first);
    const { path: outerPath, applied: outerApplied } = frame;
    frame.path = new EquationPath(frame.home("equation", first));
    frame.applied = new Map();
    const value = evaluate(slot.statement.value, frame);
    const { applied } = frame;
    frame.path = outerPath;
    frame.applied = outerApplied;
    this.#busy.pop();
    slot.isBusy = false;
    slot.value = this.#named(slot.statement, value).map((each) => withApplied(each, applied));
    return slot.value[index] ?? POISON;
  }

  /** Divides the values of an equation among its names, and names the nodes. */
  #named(statement: Equation, value: Value): readonly Value[] {
    const { names } = statement;
    const { context } = this.#frame;
    if (value.kind === "several") {
      if (value.parts.length !== names.length) {
        context.report(wrongType(`there are ${names.length} names for ${value.parts.length} values`, statement.span));
        return names.map(() => POISON);
      }
      return value.parts.map((part, index) =>
        this.#nameNode(part, names[index]?.name ?? "", names[index]?.span ?? statement.span),
      );
    }
    if (names.length > 1) {
      if (value.kind !== "poison")
        context.report(
          wrongType(`there are ${names.length} names for one value`, statement.span, severalHelp(statement, value)),
        );
      return names.map(() => POISON);
    }
    const [name] = names;
    if (name === undefined) return [];
    // A second name for a named wiring is the same set of weights.
    if (value.kind === "wiring") return [{ home: this.#frame.home("equation", name.name), ...value }];
    return [value.kind === "node" ? this.#nameNode(value, name.name, name.span) : value];
  }

  #nameNode(value: NodeValue, name: string, span: Span): NodeValue {
    const { context, statePrefix } = this.#frame;
    context.build.name(value.id, statePrefix + name, span);
    return { ...value, origin: { span, reason: `\`${name}\` is ${context.show(value)} in this equation` } };
  }

  /** The expression of each name. */
  expressions(): ReadonlyMap<string, Expression> {
    return new Map([...this.#slots].map(([name, { statement }]) => [name, statement.value] as const));
  }

  /** Evaluates every equation, read or not, so that each is checked. */
  evaluateAll(): void {
    const { definition } = this.#frame;
    const isCarried = (name: string): boolean => isGiven(definition, name);
    for (const name of evaluationOrder(this.expressions(), isCarried)) {
      if (this.#frame.context.isFull) return;
      const declared = this.declared(name);
      if (declared !== undefined) this.read(name, declared.span);
    }
  }

  /** The named values of this body, as they are now. */
  quantities(): ReadonlyMap<string, NodeValue> {
    const found = new Map<string, NodeValue>();
    for (const [name, slot] of this.#slots) {
      const value = slot.value?.[slot.statement.names.findIndex((each) => each.name === name)];
      if (value?.kind === "node") found.set(name, value);
    }
    return found;
  }
}

/** Of the equation `h = C(H)(x)`, the value has the parts of the only cell itself. */
function withApplied(value: Value, applied: ReadonlyMap<string, NodeValue>): Value {
  const isOnly = applied.size === 1 && value.kind === "node" && value.members !== undefined;
  return value.kind !== "node" || applied.size === 0 || isOnly ? value : { ...value, applied };
}

/** `h, c = LSTM(H)(x)`: a cell's parts are read by their names. */
function severalHelp({ names }: Equation, value: Value): string {
  if (value.kind !== "node" || value.members === undefined) return "only `split` gives several values";
  const parts = names.slice(1).map(({ name }) => (value.members?.has(name) === true ? name : "c"));
  const [first = "h"] = names.map(({ name }) => name);
  return `the states of a cell are parts of its result: write \`${first} = …\`, then \`${first}.${parts[0] ?? "c"}\``;
}
