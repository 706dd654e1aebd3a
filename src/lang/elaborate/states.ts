// What one body carries from step to step: its states, inputs and parts of cells that are read with a delay, the number of the step.
// Each is declared with its start and its value now. There is a port for each step back that something reads, at least for one.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import type { ClosedScan } from "../../ops/open-scan.ts";
import type { Dim } from "../../shape/dim.ts";
import { type Type } from "../../shape/type.ts";
import { notAsDeclared, wrongType } from "../messages.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { finalOf } from "./final.ts";
import { startOf, stateStart } from "./first-value.ts";
import type { Start, StateSource } from "./state-source.ts";
import { POISON, type NodeValue, type Token, type Value } from "./value.ts";

/** What is carried from step to step: `past[k - 1]` is the value k steps ago. */
interface StateSlot {
  readonly name: string;
  /** The name under which the value `steps` ago is carried, and its node outside the scan; null if the caller gives the value at every step. */
  readonly start: ((steps: number) => Start) | null;
  readonly past: string[];
  readonly token: Token | undefined;
  /** The value at this step. */
  readonly now: () => Value;
  readonly span: Span;
}

export class States {
  /** In a ragged program, 1 at the steps at which the states of the scan change. */
  readonly mask: string | undefined;
  readonly #context: Elaboration;
  readonly #prefix: string;
  readonly #slots = new Map<string, StateSlot>();
  readonly #registers: (Start & { readonly port: string })[] = [];
  /** The next value, by port. */
  readonly #becomes = new Map<string, string>();
  readonly #children: States[] = [];
  /** States whose declaration has been reported as wrong: nothing more is reported about them. */
  readonly #wrong = new Set<string>();

  constructor(context: Elaboration, prefix: string, mask: string | undefined) {
    this.#context = context;
    this.#prefix = prefix;
    this.mask = mask;
  }

  has(name: string): boolean {
    return this.#slots.has(name) || this.#wrong.has(name);
  }

  /** What it carries, as it is before a step. */
  ports(): readonly string[] {
    return this.#registers.map(({ port }) => port);
  }

  /** Whether a cell that is applied at its steps carries anything. */
  get isNested(): boolean {
    return this.#children.some((child) => child.#registers.length > 0 || child.isNested);
  }

  declareWrong(name: string): void {
    this.#wrong.add(name);
  }

  names(): readonly string[] {
    return [...this.#slots.values()].map(({ name }) => name);
  }

  /** Declares a state of the user; `now` gives its new value. */
  declare(name: string, span: Span, source: StateSource, now: () => Value): void {
    const isGiven = source.kind === "each-step";
    const start = isGiven ? null : this.#starts((steps) => pastName(name, steps), source);
    this.#slots.set(name, { name, start, past: isGiven ? [source.id] : [], token: undefined, now, span });
  }

  /** A state of the user may be given from outside; other carried values may not. */
  #starts(
    nameOf: (steps: number) => string,
    source: Pick<Extract<StateSource, { kind: "before-first" }>, "id" | "isOpen" | "empty">,
  ): (steps: number) => Start {
    const context = this.#context;
    const { states, given } = context.options;
    const isNamed = given === undefined || given.has(this.#prefix + nameOf(1));
    const isGiven = states === "given" && source.isOpen && isNamed;
    let first: string | undefined;
    return (steps) => {
      const name = context.carried.names.claim(this.#prefix + nameOf(steps));
      first ??= name;
      const isCarried = states === "carried" || isGiven;
      const startFrom = (id: string): string =>
        isCarried ? stateStart(context, isGiven ? (first ?? name) : name, id) : id;
      const initial = startFrom(source.id);
      return { name, initial, empty: source.empty === undefined ? initial : startFrom(source.empty) };
    };
  }

  /** A state's value some steps ago. */
  past(name: string, steps: number, span: Span): Value {
    if (this.#wrong.has(name)) return POISON;
    return this.#past(this.#slots.get(name) ?? fail("elaborate", `no state ${name}`), steps, span);
  }

  /** The past of an input: zero before the start; for a token the start token of its vocabulary, or no token. */
  pastOf(name: string, value: NodeValue, steps: number, span: Span): Value {
    return this.#pastOfValue(name, (back) => pastName(name, back), value, { name, steps, span });
  }

  /** As `pastOf`, for a part of a cell that is applied here: the cell may carry a state of that name itself. */
  pastOfPart(name: string, value: NodeValue, steps: number, span: Span): Value {
    return this.#pastOfValue(`${name} ${value.id}`, (back) => `${name}[t-${back}]`, value, { name, steps, span });
  }

  #pastOfValue(
    key: string,
    nameOf: (steps: number) => string,
    value: NodeValue,
    { name, steps, span }: { readonly name: string; readonly steps: number; readonly span: Span },
  ): Value {
    if (!this.#slots.has(key)) {
      const start = this.#starts(nameOf, { id: startOf(this.#context, value), isOpen: false });
      this.#slots.set(key, { name, start, past: [], token: value.token, now: () => value, span });
    }
    return this.past(key, steps, span);
  }

  /** The number of the step, counted along with the state. */
  step(span: Span): Value {
    const context = this.#context;
    const one = context.build.constant(1);
    if (!this.#slots.has("t")) {
      const id = context.build.outermost(() =>
        context.build.op("broadcast", [context.build.constant(0)], {
          type: { dtype: "float", axes: [{ tag: "batch", size: BATCH }] },
        }),
      );
      const start = this.#starts((steps) => pastName("t", steps), { id, isOpen: false });
      const now = (): Value => {
        const before = this.past("t", 1, span);
        return before.kind === "node" ? context.op("add", [before.id, one], span) : before;
      };
      this.#slots.set("t", { name: "t", start, past: [], token: undefined, now, span });
    }
    return this.past("t", 1, span);
  }

  #past(slot: StateSlot, steps: number, span: Span): Value {
    const context = this.#context;
    if (slot.start === null && steps > 1) {
      return context.report(
        wrongType(`\`${slot.name}\` is given by the caller, so only its last value is known`, span),
      );
    }
    while (slot.past.length < steps && slot.start !== null) {
      slot.past.push(this.#register(slot.start(slot.past.length + 1)));
    }
    const id = slot.past[steps - 1] ?? fail("elaborate", "a state without a past");
    const value = context.node(
      id,
      span,
      `the state \`${slot.name}\` is declared as ${context.showAxes(context.own(context.node(id, span, "")))}`,
    );
    const origin = { span: slot.span, reason: value.origin.reason };
    return slot.token === undefined ? { ...value, origin } : { ...value, origin, token: slot.token };
  }

  #register(start: Start): string {
    const port = this.#context.build.state(start.initial);
    this.#registers.push({ port, ...start });
    return port;
  }

  /** Sets the next value of every state. */
  finish(): void {
    const { build } = this.#context;
    // The next value of a state may read more of the past, of itself and of others. So all next values are computed before the carried ones.
    const becomes = new Map<StateSlot, string | undefined>();
    for (const slot of this.#slots.values()) {
      if (slot.start === null) {
        // It is not carried here, but its new value must be one that the caller could pass again.
        this.#nextOf(slot);
        continue;
      }
      if (slot.past.length === 0) this.#past(slot, 1, slot.span);
      becomes.set(slot, this.#nextOf(slot));
    }
    for (const [slot, now] of becomes) {
      slot.past.forEach((port, index) => {
        const next = index === 0 ? now : slot.past[index - 1];
        const type = build.type(port);
        const full = next === undefined ? port : this.#likeState(next, type);
        this.#becomes.set(port, full);
        build.setNext(port, this.mask === undefined ? full : build.op("select", [this.mask, full, port]));
      });
    }
  }

  #likeState(next: string, type: Type): string {
    const { build } = this.#context;
    if (build.type(next).axes.length === type.axes.length) return next;
    return build.op("broadcast", [next], { type });
  }

  #nextOf(slot: StateSlot): string | undefined {
    const context = this.#context;
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
        return (
          other !== undefined && context.because(node.origin, () => context.unifier.same(axis, other)) !== undefined
        );
      });
    if (fits) return node.id;
    context.report(
      notAsDeclared(
        `the state \`${slot.name}\``,
        { span: node.origin.span, what: "its new value", type: context.show(node) },
        { span: slot.span, what: "the state", type: context.showAxes(declared) },
      ),
    );
    return undefined;
  }

  /** A cell applied at one step carries its states in the same scan. */
  adopt(child: States): void {
    this.#children.push(child);
  }

  /** The last values of everything that is carried here, after the scan over `time` is closed. */
  recordFinals(closed: ClosedScan, time: Dim): void {
    for (const { port, name, initial, empty } of this.#registers) {
      const becomes = this.#becomes.get(port) ?? port;
      const final = finalOf(this.#context, { closed, time, port, initial: empty, becomes });
      this.#context.carried.states.push({ name, time, start: initial, final });
    }
    this.#children.forEach((child) => child.recordFinals(closed, time));
  }
}

/** A state has its name; an earlier value has the name with a delay. */
function pastName(name: string, steps: number): string {
  return steps === 1 ? name : `${name}[t-${steps}]`;
}
