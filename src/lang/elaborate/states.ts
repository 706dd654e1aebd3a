// What one body carries from step to step: its states, inputs and parts of cells read with a delay, the number of the step.
// Each is declared with where it starts and what it is now; a port is made for each step back that something reads, at least for one.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import { printType, type Type } from "../../shape/type.ts";
import { notAsDeclared, wrongType } from "../messages.ts";
import type { Elaboration } from "./context.ts";
import { startOf, stateStart } from "./start.ts";
import { POISON, type NodeValue, type Token, type Value } from "./value.ts";

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

export class States {
  /** The sequence mask of the scan, in a ragged program. */
  readonly mask: string | undefined;
  readonly #context: Elaboration;
  readonly #prefix: string;
  readonly #slots = new Map<string, StateSlot>();
  readonly #registers: { readonly port: string; readonly name: string; readonly initial: string }[] = [];
  readonly #children: States[] = [];
  /** States whose declaration has been reported as wrong: nothing more is said about them. */
  readonly #wrong = new Set<string>();

  constructor(context: Elaboration, prefix: string, mask: string | undefined) {
    this.#context = context;
    this.#prefix = prefix;
    this.mask = mask;
  }

  has(name: string): boolean {
    return this.#slots.has(name) || this.#wrong.has(name);
  }

  declareWrong(name: string): void {
    this.#wrong.add(name);
  }

  names(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /** Declares a state of the user's; `now` gives what it becomes. */
  declare(name: string, span: Span, source: StateSource, now: () => Value): void {
    const isGiven = source.kind === "each-step";
    const start = isGiven ? null : this.#starts(name, source);
    this.#slots.set(name, { name, start, past: isGiven ? [source.id] : [], token: undefined, now, span });
  }

  /** A state of the user's may be given from outside; what the compiler carries besides may only be carried on. */
  #starts(name: string, source: { readonly id: string; readonly isOpen: boolean }): (steps: number) => string {
    const context = this.#context;
    const { states, given } = context.options;
    const isGiven = states === "given" && source.isOpen && (given === undefined || given.has(this.#prefix + name));
    return (steps) => {
      const key = steps === 1 || isGiven ? name : `${name}[t-${steps}]`;
      return states === "carried" || isGiven ? stateStart(context, this.#prefix + key, source.id) : source.id;
    };
  }

  /** A state's value some steps ago. */
  past(name: string, steps: number, span: Span): Value {
    if (this.#wrong.has(name)) return POISON;
    return this.#past(this.#slots.get(name) ?? fail("elaborate", `no state ${name}`), steps, span);
  }

  /** The past of a value that is no state: zero before the start; of a token its vocabulary's start token, or none. */
  pastOf(name: string, value: NodeValue, steps: number, span: Span): Value {
    if (!this.#slots.has(name)) {
      const start = this.#starts(name, { id: startOf(this.#context, value), isOpen: false });
      this.#slots.set(name, { name, start, past: [], token: value.token, now: () => value, span });
    }
    return this.past(name, steps, span);
  }

  /** The number of the step, counted along with the state. */
  step(span: Span): Value {
    const context = this.#context;
    const one = context.build.constant(1);
    if (!this.#slots.has("t")) {
      const id = context.build.outermost(() =>
        context.build.op("broadcast", [context.build.constant(0)], { type: "float[batch B]" }),
      );
      const start = this.#starts("t", { id, isOpen: false });
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
    const port = this.#context.build.state(initial);
    this.#registers.push({ port, name: this.#prefix + name, initial });
    return port;
  }

  /** Says what every state becomes. A scan holds its state where an example has ended. */
  finish(): void {
    const { build } = this.#context;
    // What a state becomes may read more of the past, of itself and of others: so all of it comes before what is carried.
    const becomes = new Map<StateSlot, string | undefined>();
    for (const slot of this.#slots.values()) {
      if (slot.start === null) continue;
      if (slot.past.length === 0) this.#past(slot, 1, slot.span);
      becomes.set(slot, this.#nextOf(slot));
    }
    for (const [slot, now] of becomes) {
      slot.past.forEach((port, index) => {
        const next = index === 0 ? now : slot.past[index - 1];
        const type = build.type(port);
        const full = next === undefined ? port : this.#likeState(next, type);
        build.setNext(port, this.mask === undefined ? full : build.op("select", [this.mask, full, port]));
      });
    }
  }

  #likeState(next: string, type: Type): string {
    const { build } = this.#context;
    if (build.type(next).axes.length === type.axes.length) return next;
    return build.op("broadcast", [next], { type: printType(type) });
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

  /** A cell applied at one step carries its states in the same scan. */
  adopt(child: States): void {
    this.#children.push(child);
  }

  /** What everything carried here ends as, once the scan is closed. */
  recordFinals(final: (port: string) => string): void {
    for (const { port, name, initial } of this.#registers) {
      this.#context.states.push({ name, start: initial, final: final(port) });
    }
    this.#children.forEach((child) => child.recordFinals(final));
  }
}
