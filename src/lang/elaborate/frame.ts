// One body being elaborated: a cell at one step (inside an open scan), or a model over its sequences.
// Names are evaluated when they are needed; meeting one that is still being evaluated is an algebraic loop.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import { constant, constantOf, printDim, type Dim } from "../../shape/dim.ts";
import { printType, type Type } from "../../shape/type.ts";
import type { Definition, Statement } from "../ast.ts";
import {
  aTargetReadNow,
  algebraicLoop,
  cycleInModel,
  definedTwice,
  delayOfNoState,
  notAsDeclared,
  unknownName,
  wrongType,
} from "../messages.ts";
import type { FileScope } from "../scope.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { delaySequence } from "./delay.ts";
import { evaluate } from "./expression.ts";
import { stateStart } from "./start.ts";
import { EquationPath } from "./path.ts";
import { POISON, type NodeValue, type Token, type Value } from "./value.ts";

type Equation = Extract<Statement, { kind: "equation" }>;

interface EquationSlot {
  readonly statement: Equation;
  value: readonly Value[] | null;
  isBusy: boolean;
}

/** What is carried from step to step: `past[k - 1]` is the value k steps ago. */
interface StateSlot {
  readonly name: string;
  /** The node outside the scan that the value `steps` ago starts from; null where the caller gives the value at every step. */
  readonly start: ((steps: number) => string) | null;
  readonly past: string[];
  readonly token: Token | undefined;
  /** The value at this step. */
  readonly now: () => Value;
  readonly span: Span;
}

/** Where a state comes from: `id` is a node outside the scan, or a value inside it that the caller passes at every step. */
export type StateSource =
  /** `isOpen`: nobody passed it, so a program that takes its states from outside asks for it. */
  | { readonly kind: "before-first"; readonly id: string; readonly isOpen: boolean }
  | { readonly kind: "each-step"; readonly id: string };

export interface FrameOptions {
  readonly context: Elaboration;
  readonly definition: Definition;
  readonly scope: FileScope;
  readonly statics: ReadonlyMap<string, Dim>;
  /** `""` for a model, `h.layer0.` for a cell inside it. */
  readonly prefix: string;
  /** The sequence mask of the scan, in a ragged program. */
  readonly mask?: string | undefined;
}

export class Frame {
  readonly context: Elaboration;
  readonly definition: Definition;
  readonly scope: FileScope;
  readonly prefix: string;
  /** The equation being evaluated, for the names of weights. */
  path: EquationPath;
  readonly #statics: Map<string, Dim>;
  readonly #values = new Map<string, { readonly value: Value; readonly span: Span }>();
  readonly #equations = new Map<string, EquationSlot>();
  readonly #states = new Map<string, StateSlot>();
  readonly #read = new Set<string>();
  readonly #targets = new Set<string>();
  readonly #delayed = new Set<string>();
  readonly #busy: string[] = [];
  /** Equations of loops that have been reported. */
  readonly #looped = new Set<string>();
  readonly #mask: string | undefined;
  readonly #registers: { readonly port: string; readonly name: string; readonly initial: string }[] = [];
  /** Memories as they are outside the scan. */
  readonly #outside = new Map<string, NodeValue>();
  #isOutside = false;

  constructor(options: FrameOptions) {
    this.context = options.context;
    this.definition = options.definition;
    this.scope = options.scope;
    this.prefix = options.prefix;
    this.#statics = new Map(options.statics);
    this.#mask = options.mask;
    this.path = new EquationPath(options.prefix.slice(0, -1));
    for (const statement of options.definition.body) if (statement.kind === "equation") this.#addEquation(statement);
  }

  get isCell(): boolean {
    return this.definition.kind === "cell";
  }

  #addEquation(statement: Equation): void {
    const slot: EquationSlot = { statement, value: null, isBusy: false };
    for (const name of statement.names) {
      const before = this.#equations.get(name.name);
      const first = before?.statement.names.find((each) => each.name === name.name);
      if (first !== undefined) this.context.report(definedTwice(name, first));
      else this.#equations.set(name.name, slot);
    }
  }

  /** Names that can be read here, for the nearest one. */
  names(): readonly string[] {
    return [...this.#statics.keys(), ...this.#values.keys(), ...this.#equations.keys(), ...this.#states.keys()];
  }

  static(name: string): Dim | undefined {
    return this.#statics.get(name);
  }

  dimensionNames(): readonly string[] {
    return [...this.#statics.keys()];
  }

  setStatic(name: string, value: Dim): void {
    this.#statics.set(name, value);
  }

  bind(name: string, value: Value, span: Span): void {
    if (this.#equations.has(name) || this.#values.has(name)) {
      const before =
        this.#values.get(name)?.span ??
        this.#equations.get(name)?.statement.names.find((each) => each.name === name)?.span;
      if (before !== undefined) {
        const [first, again] = before.start < span.start ? [before, span] : [span, before];
        this.context.report(definedTwice({ name, span: again }, { name, span: first }));
      }
    }
    this.#values.set(name, { value, span });
  }

  /** A target is known in training only, and never at its own step: it is read delayed, or predicted. */
  bindTarget(name: string, value: NodeValue, span: Span): void {
    this.bind(name, value, span);
    this.#targets.add(name);
  }

  /** The value that `predict` compares with. */
  targetValue(name: string): Value | undefined {
    return this.#values.get(name)?.value;
  }

  /** What of this model is read with a delay. */
  isReadDelayed(name: string): boolean {
    return this.#delayed.has(name);
  }

  wasRead(name: string): boolean {
    return this.#read.has(name);
  }

  hasEquation(name: string): boolean {
    return this.#equations.has(name);
  }

  hasState(name: string): boolean {
    return this.#states.has(name);
  }

  /** Whether `name` means something of this body, so that it is no cell of the file. */
  owns(name: string): boolean {
    return this.#statics.has(name) || this.#values.has(name) || this.#equations.has(name);
  }

  /** Binds a memory: inside the scan it is read through a port, for initial values as it is outside. */
  bindMemory(name: string, value: NodeValue, span: Span): void {
    this.#outside.set(name, value);
    const { build } = this.context;
    this.bind(name, { ...value, id: build.region === null ? value.id : build.local(value.id) }, span);
  }

  /** Evaluates an initial value, which reads memories outside the scan. */
  withOuterMemories<T>(evaluateThere: () => T): T {
    this.#isOutside = true;
    try {
      return evaluateThere();
    } finally {
      this.#isOutside = false;
    }
  }

  read(name: string, span: Span): Value {
    this.#read.add(name);
    const outer = this.#isOutside ? this.#outside.get(name) : undefined;
    if (outer !== undefined) return outer;
    const fixed = this.#statics.get(name);
    if (fixed !== undefined) return { kind: "static", value: fixed };
    const bound = this.#values.get(name);
    if (bound !== undefined && this.#targets.has(name)) return this.context.report(aTargetReadNow(name, span));
    if (bound !== undefined) return bound.value;
    if (this.#equations.has(name)) return this.#evaluateEquation(name, span);
    if (name === "pi") return { kind: "static", value: constant(Math.PI) };
    if (name === "t" && this.isCell) return this.#step(span);
    if (this.#states.has(name)) return POISON; // A state without an equation has been reported.
    return this.context.report(unknownName(name, span, this.names()));
  }

  #evaluateEquation(name: string, span: Span): Value {
    const slot = this.#equations.get(name) ?? fail("elaborate", `no equation ${name}`);
    const index = slot.statement.names.findIndex((each) => each.name === name);
    if (slot.value !== null) return slot.value[index] ?? POISON;
    const first = slot.statement.names[0]?.name ?? name;
    if (slot.isBusy) {
      const cycle = this.#busy.slice(this.#busy.indexOf(first));
      // Loops that share an equation have one cause more often than two.
      const isKnown = cycle.some((each) => this.#looped.has(each));
      cycle.forEach((each) => this.#looped.add(each));
      if (isKnown) return POISON;
      return this.context.report(this.isCell ? algebraicLoop(cycle, span) : cycleInModel(cycle, span));
    }
    slot.isBusy = true;
    this.#busy.push(first);
    const outerPath = this.path;
    this.path = new EquationPath(this.prefix + first);
    const value = evaluate(slot.statement.value, this);
    this.path = outerPath;
    this.#busy.pop();
    slot.isBusy = false;
    slot.value = this.#named(slot.statement, value);
    return slot.value[index] ?? POISON;
  }

  /** Spreads what an equation gives over its names, and names the nodes. */
  #named(statement: Equation, value: Value): readonly Value[] {
    const { names } = statement;
    if (value.kind === "several") {
      if (value.parts.length !== names.length) {
        this.context.report(wrongType(`${value.parts.length} values for ${names.length} names`, statement.span));
        return names.map(() => POISON);
      }
      return value.parts.map((part, index) =>
        this.#nameNode(part, names[index]?.name ?? "", names[index]?.span ?? statement.span),
      );
    }
    if (names.length > 1) {
      if (value.kind !== "poison")
        this.context.report(
          wrongType(`one value for ${names.length} names`, statement.span, "only `split` gives several"),
        );
      return names.map(() => POISON);
    }
    const [name] = names;
    if (name === undefined) return [];
    if (value.kind === "wiring") return [{ ...value, path: this.prefix + name.name }];
    return [value.kind === "node" ? this.#nameNode(value, name.name, name.span) : value];
  }

  #nameNode(value: NodeValue, name: string, span: Span): NodeValue {
    this.context.build.name(value.id, this.prefix + name, span);
    return { ...value, origin: { span, reason: `\`${name}\` is ${this.context.show(value)} by this equation` } };
  }

  /** Evaluates every equation, read or not, so that each is checked. */
  evaluateAll(): void {
    for (const [name, slot] of this.#equations) {
      const span = slot.statement.names.find((each) => each.name === name)?.span;
      if (span !== undefined) this.#evaluateEquation(name, span);
    }
  }

  /** The quantities of this body that have names, as they are now. */
  quantities(): ReadonlyMap<string, NodeValue> {
    const found = new Map<string, NodeValue>();
    for (const [name, slot] of this.#equations) {
      const value = slot.value?.[slot.statement.names.findIndex((each) => each.name === name)];
      if (value?.kind === "node") found.set(name, value);
    }
    return found;
  }

  // States -------------------------------------------------------------------------------------------------------------

  /** Declares what is carried. */
  declareState(name: string, span: Span, token: Token | undefined, start: StateSource): void {
    const now = (): Value => this.read(name, span);
    if (start.kind === "each-step") this.#states.set(name, { name, start: null, past: [start.id], token, now, span });
    else this.#states.set(name, { name, start: this.#starts(name, start), past: [], token, now, span });
  }

  /** A state of the user's may be given from outside; what the compiler carries besides may only be carried on. */
  #starts(name: string, source: Extract<StateSource, { kind: "before-first" }>): (steps: number) => string {
    const { context, prefix } = this;
    const { states } = context.options;
    return (steps) => {
      const isGiven = states === "given" && source.isOpen;
      const key = steps === 1 || isGiven ? name : `${name}[t-${steps}]`;
      return states === "carried" || isGiven ? stateStart(context, prefix + key, source.id) : source.id;
    };
  }

  delayed(name: string, steps: number, span: Span): Value {
    if (steps === 0) return this.read(name, span);
    this.#read.add(name);
    const state = this.#states.get(name);
    if (state !== undefined) return this.#past(state, steps, span);
    const bound = this.#values.get(name);
    if (!this.isCell) {
      this.#delayed.add(name);
      const value = bound === undefined ? this.read(name, span) : bound.value;
      return value.kind === "node" ? delaySequence(this.context, value, steps, span, this.prefix + name) : value;
    }
    if (bound !== undefined && this.#isInput(name)) {
      const { value } = bound;
      return value.kind === "node" ? this.#pastInput(name, value, steps, span) : value;
    }
    if (!this.owns(name))
      return this.context.report(unknownName(name, { ...span, end: span.start + name.length }, this.names()));
    const declared = this.#equations.get(name)?.statement.names.find((each) => each.name === name)?.span ?? bound?.span;
    return this.context.report(delayOfNoState(name, span, declared));
  }

  #isInput(name: string): boolean {
    return this.definition.body.some(
      (statement) => statement.kind === "input" && statement.names.some((each) => each.name === name),
    );
  }

  /** `s.h[t-1]` of a model's sequences; inside a cell, of a cell that it applies. */
  delayedMember(value: NodeValue, name: string, steps: number, span: Span): Value {
    if (!this.isCell) return delaySequence(this.context, value, steps, span, this.prefix + name);
    if (!this.#states.has(name)) {
      const start = this.#starts(name, { kind: "before-first", id: startOf(this.context, value), isOpen: false });
      this.#states.set(name, { name, start, past: [], token: value.token, now: () => value, span });
    }
    return this.#past(this.#states.get(name) ?? fail("elaborate", "no part"), steps, span);
  }

  #past(slot: StateSlot, steps: number, span: Span): Value {
    const { context } = this;
    if (slot.start === null && steps > 1) {
      return context.report(
        wrongType(`\`${slot.name}\` is given by the caller, so only its last value is known`, span),
      );
    }
    while (slot.past.length < steps && slot.start !== null) {
      const index = slot.past.length + 1;
      const key = index === 1 ? slot.name : `${slot.name}[t-${index}]`;
      slot.past.push(this.#register(key, slot.start(index)));
    }
    const id = slot.past[steps - 1] ?? fail("elaborate", "a state without a past");
    const value = context.node(
      id,
      span,
      `the state \`${slot.name}\` is declared ${context.showAxes(context.own(context.node(id, span, "")))}`,
    );
    const origin = { span: slot.span, reason: value.origin.reason };
    return slot.token === undefined ? { ...value, origin } : { ...value, origin, token: slot.token };
  }

  #register(name: string, initial: string): string {
    const port = this.context.build.state(initial);
    this.#registers.push({ port, name: this.prefix + name, initial });
    return port;
  }

  /** A delayed input is zero before the start; a token is its vocabulary's start token, or none. */
  #pastInput(name: string, value: NodeValue, steps: number, span: Span): Value {
    if (!this.#states.has(name)) {
      const start = this.#starts(name, { kind: "before-first", id: startOf(this.context, value), isOpen: false });
      this.#states.set(name, { name, start, past: [], token: value.token, now: () => value, span });
    }
    const slot = this.#states.get(name) ?? fail("elaborate", "no input");
    return this.#past(slot, steps, span);
  }

  /** The number of the step, counted along with the state. */
  #step(span: Span): Value {
    const { context } = this;
    const one = context.build.constant(1);
    if (!this.#states.has("t")) {
      const id = context.build.outermost(() =>
        context.build.op("broadcast", [context.build.constant(0)], { type: "float[batch B]" }),
      );
      const start = this.#starts("t", { kind: "before-first", id, isOpen: false });
      const now = (): Value => {
        const before = this.#past(this.#states.get("t") ?? fail("elaborate", "no step"), 1, span);
        return before.kind === "node" ? context.op("add", [before.id, one], span) : before;
      };
      this.#states.set("t", { name: "t", start, past: [], token: undefined, now, span });
    }
    return this.#past(this.#states.get("t") ?? fail("elaborate", "no step"), 1, span);
  }

  /** Says what every state becomes. A scan holds its state where an example has ended. */
  finishStates(): void {
    const { build } = this.context;
    for (const slot of this.#states.values()) {
      if (slot.start === null) continue;
      if (slot.past.length === 0) this.#past(slot, 1, slot.span);
      slot.past.forEach((port, index) => {
        const next = index === 0 ? this.#nextOf(slot) : slot.past[index - 1];
        const type = build.type(port);
        const full = next === undefined ? port : this.#likeState(next, type);
        build.setNext(port, this.#mask === undefined ? full : build.op("select", [this.#mask, full, port]));
      });
    }
  }

  #likeState(next: string, type: Type): string {
    const { build } = this.context;
    if (build.type(next).axes.length === type.axes.length) return next;
    return build.op("broadcast", [next], { type: printType(type) });
  }

  #nextOf(slot: StateSlot): string | undefined {
    const { context } = this;
    const value = slot.now();
    const port = slot.past[0];
    const node = value.kind === "node" && slot.token !== undefined ? value : context.float(value, slot.span);
    if (node === undefined || port === undefined) return undefined;
    const declared = context.own(context.node(port, slot.span, ""));
    const got = context.own(node);
    const fits =
      declared.length === got.length &&
      declared.every((axis, index) => {
        const other = got[index];
        return other !== undefined && context.unifier.same(axis, other) !== undefined;
      });
    if (fits) return node.id;
    context.report(
      notAsDeclared(
        `the state \`${slot.name}\``,
        { span: node.origin.span, what: "what it becomes", type: context.show(node) },
        { span: slot.span, what: "the state", type: context.showAxes(declared) },
      ),
    );
    return undefined;
  }

  /** What each register of this body ends as, once the scan is closed. */
  recordFinals(final: (port: string) => string): void {
    for (const { port, name, initial } of this.#registers) {
      this.context.states.push({ name, start: initial, final: final(port) });
    }
  }

  readonly #children: Frame[] = [];

  /** A cell applied at one step carries its states in the same scan. */
  adopt(child: Frame): void {
    this.#children.push(child);
  }

  recordAllFinals(final: (port: string) => string): void {
    this.recordFinals(final);
    this.#children.forEach((child) => child.recordAllFinals(final));
  }

  get mask(): string | undefined {
    return this.#mask;
  }
}

/** The value that a delayed sequence begins with: zeros, the start token, or no token. */
export function startOf(context: Elaboration, value: NodeValue): string {
  const { build } = context;
  const { token } = value;
  return build.outermost(() => {
    const axes = [{ tag: "batch" as const, size: BATCH }, ...context.own(value)];
    if (token === undefined)
      return build.op("broadcast", [build.constant(0)], { type: printType({ dtype: "float", axes }) });
    return build.op("broadcast", [startToken(context, token)], { type: printType({ dtype: "int", axes }) });
  });
}

function startToken(context: Elaboration, token: Token): string {
  if (token.reading === "token" || token.reading === "label")
    return context.build.op("constant", [], { value: -1, integer: true });
  const size = context.unifier.resolve(token.size);
  return context.build.op("size", [], { dims: [`start.${printDim(size)}`], integer: true });
}

export function wholeNumber(dim: Dim): number | undefined {
  const value = constantOf(dim);
  return value !== undefined && Number.isInteger(value) ? value : undefined;
}
