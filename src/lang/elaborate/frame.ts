// A body that is being elaborated: a cell at one step (inside an open scan), or a model over its sequences.
// It knows what a name means here, now or with a delay: a size, a bound value, the value of an equation, a state.
import type { Span } from "../../base/source.ts";
import { constant, type Dim } from "../../shape/dim.ts";
import type { Definition } from "../ast.ts";
import { delayOfConstant } from "../messages-time.ts";
import { notConstant } from "../messages-values.ts";
import { notBeforeFirst } from "../messages.ts";
import type { FileScope } from "../scope.ts";
import type { Elaboration } from "./context.ts";
import { isGiven } from "./declared-names.ts";
import { delaySequence } from "./delay.ts";
import { Equations } from "./equations.ts";
import { cellAsValue } from "./given-cell.ts";
import { EquationPath, type Home } from "./equation-path.ts";
import { reportUnknown } from "./unknown.ts";
import { Outside } from "./outside.ts";
import { misplaced, misplacedNames } from "./misplaced.ts";
import { pastOfEquation } from "./own-past.ts";
import { repeatedNames } from "./repeated.ts";
import type { StateSource } from "./state-source.ts";
import { States } from "./states.ts";
import { targetNow } from "./target-reads.ts";
import { POISON, type GivenCell, type NodeValue, type Value } from "./value.ts";

export interface FrameOptions {
  readonly context: Elaboration;
  readonly definition: Definition;
  readonly scope: FileScope;
  readonly statics: ReadonlyMap<string, Dim>;
  readonly cells?: ReadonlyMap<string, GivenCell>;
  /** The prefix of its weights: `""` for a model, `h.layer0.` for a cell inside it. */
  readonly prefix: string;
  /** The owner of the weights of this body: the path of applications that leads to it. */
  readonly owner: string;
  /** The prefix of its states; it differs from that of the weights if the weights are shared. */
  readonly statePrefix?: string;
  /** Whether it runs from the last step to the first. */
  readonly isReverse?: boolean;
  /** In a ragged program, 1 at the steps at which the states of the scan change. */
  readonly mask?: string | undefined;
}

export class Frame {
  readonly context: Elaboration;
  readonly definition: Definition;
  readonly scope: FileScope;
  readonly prefix: string;
  readonly statePrefix: string;
  readonly owner: string;
  readonly isReverse: boolean;
  /** The equation being evaluated, for the names of weights. */
  path: EquationPath;
  /** The results of the cells that this equation has applied so far, as `1`, `2`, …. */
  applied = new Map<string, NodeValue>();
  /** The number of the layer whose cell is being read, inside `stack`. */
  layer: number | null = null;
  readonly equations: Equations;
  readonly states: States;
  /** The cells that its parameters stand for. */
  readonly cells: Map<string, GivenCell>;
  readonly outside = new Outside();
  readonly #statics: Map<string, Dim>;
  readonly #values = new Map<string, { readonly value: Value; readonly span: Span }>();
  readonly #read = new Set<string>();
  readonly #targets = new Set<string>();
  readonly #delayed = new Set<string>();
  #isConstant = false;

  constructor(options: FrameOptions) {
    this.context = options.context;
    this.scope = options.scope;
    this.prefix = options.prefix;
    this.owner = options.owner;
    this.isReverse = options.isReverse ?? false;
    this.statePrefix = options.statePrefix ?? options.prefix;
    this.#statics = new Map(options.statics);
    this.cells = new Map(options.cells);
    this.path = new EquationPath({ path: options.prefix.slice(0, -1), owner: options.owner });
    this.states = new States(options.context, this.statePrefix, options.mask);
    this.equations = new Equations(this, options.definition);
    const { definition } = options;
    this.definition = definition;
    [...repeatedNames(definition), ...misplaced(definition)].forEach((each) => this.context.report(each));
    for (const { name, span } of misplacedNames(definition)) {
      if (!this.equations.has(name)) this.bind(name, POISON, span);
      if (!this.isCell) this.states.declareWrong(name);
    }
  }

  /** The home of the weights of `name`, which is of this kind in the body. */
  home(kind: "equation" | "param" | "initial", name: string): Home {
    return { path: this.prefix + name, owner: `${this.owner}/${kind} ${name}` };
  }

  get isCell(): boolean {
    return this.definition.kind === "cell";
  }

  /** Names that can be read here, for the nearest one. */
  names(): readonly string[] {
    return [
      ...this.#statics.keys(),
      ...this.cells.keys(),
      ...this.#values.keys(),
      ...this.equations.names(),
      ...this.states.names(),
    ];
  }

  static(name: string): Dim | undefined {
    return this.#statics.get(name);
  }

  statics(): ReadonlyMap<string, Dim> {
    return this.#statics;
  }

  dimensionNames(): readonly string[] {
    return [...this.#statics.keys()];
  }

  setStatic(name: string, value: Dim): void {
    this.#statics.set(name, value);
  }

  /** The cell that a parameter stands for. */
  readCell(name: string): GivenCell | undefined {
    this.#read.add(name);
    return this.cells.get(name);
  }

  bind(name: string, value: Value, span: Span): void {
    this.#values.set(name, { value, span });
  }

  /** A target is known in training only: it is predicted, read with a delay, or read at its own step by what is minimised. */
  bindTarget(name: string, value: NodeValue, span: Span): void {
    this.bind(name, value, span);
    this.#targets.add(name);
  }

  /** An input, target, memory or param by its name, whether it may be read or not. */
  bound(name: string): Value | undefined {
    return this.#values.get(name)?.value;
  }

  /** The names of this model that are read with a delay. */
  isReadDelayed(name: string): boolean {
    return this.#delayed.has(name);
  }

  wasRead(name: string): boolean {
    return this.#read.has(name);
  }

  /** Whether `name` is defined in this body, so that it is not a cell of the file. */
  owns(name: string): boolean {
    const isGiven = this.#statics.has(name) || this.cells.has(name) || this.#values.has(name);
    return isGiven || this.equations.has(name);
  }

  /** Binds an input or a memory. Inside the scan it is read through a port; initial values read it outside. */
  bindOuter(name: string, value: NodeValue, span: Span): void {
    this.outside.bind(name, value);
    const { build } = this.context;
    this.bind(name, { ...value, id: build.region === null ? value.id : build.local(value.id) }, span);
  }

  /** Evaluates a constant, outside all scans. It comes before anything that a program is given. */
  asConstant(evaluateThere: () => Value): Value {
    const outer = this.#isConstant;
    this.#isConstant = true;
    try {
      return this.context.build.outermost(evaluateThere);
    } finally {
      this.#isConstant = outer;
    }
  }

  read(name: string, span: Span): Value {
    this.#read.add(name);
    if (this.#isConstant && this.#isOfProgram(name)) return this.context.report(notConstant(name, span));
    const outer = this.outside.isHere ? this.outside.read(name, this.#isInput(name)) : undefined;
    if (outer !== undefined) return outer;
    if (this.outside.isHere && this.#isOfStep(name))
      return this.context.report(notBeforeFirst(name, span, this.outside.has(name)));
    const bound = this.#values.get(name);
    if (bound !== undefined)
      return this.#targets.has(name) ? targetNow(this.context, bound.value, name, span) : bound.value;
    const fixed = this.#statics.get(name);
    if (fixed !== undefined) return { kind: "static", value: fixed };
    const cell = this.cells.get(name);
    if (cell !== undefined) return cellAsValue(this.context, cell, name, span);
    if (this.equations.has(name)) return this.equations.read(name, span);
    if (name === "pi") return { kind: "static", value: constant(Math.PI) };
    if (name === "layer" && this.layer !== null) return { kind: "static", value: constant(this.layer) };
    if (name === "t" && this.isCell) return this.states.step(span);
    if (this.states.has(name)) return POISON; // A state without an equation has been reported.
    return reportUnknown(this, name, span);
  }

  /** Declares a state; its value at this step is that of its equation. */
  declareState(name: string, span: Span, source: StateSource): void {
    this.states.declare(name, span, source, () => this.read(name, span));
  }

  /** `name[t-steps]`. */
  delayed(name: string, steps: number, span: Span): Value {
    if (steps === 0) return this.read(name, span);
    this.#read.add(name);
    if (this.#isConstant) return this.context.report(notConstant(name, span));
    if (this.outside.isHere) return this.context.report(notBeforeFirst(name, span, this.outside.has(name)));
    if (this.states.has(name)) return this.states.past(name, steps, span);
    const bound = this.#values.get(name);
    if (!this.isCell) {
      this.#delayed.add(name);
      const value = bound === undefined ? this.read(name, span) : bound.value;
      return value.kind === "node" ? delaySequence(this.context, value, steps, span, name) : value;
    }
    if (bound !== undefined && this.#isInput(name)) {
      const { value } = bound;
      return value.kind === "node" ? this.states.pastOf(name, value, steps, span) : value;
    }
    if (this.equations.has(name)) return pastOfEquation(this, name, steps, span);
    if (!this.owns(name)) return reportUnknown(this, name, { ...span, end: span.start + name.length });
    return this.context.report(delayOfConstant(name, span, bound?.span));
  }

  /** Whether `name` has a value at each step only. */
  #isOfStep(name: string): boolean {
    return this.equations.has(name) || this.#isInput(name) || this.states.has(name) || name === "t";
  }

  /** Whether `name` is an equation, or what a program is given or learns. */
  #isOfProgram(name: string): boolean {
    return this.equations.has(name) || name === "t" || isGiven(this.definition, name);
  }

  #isInput(name: string): boolean {
    return isGiven(this.definition, name, ["input"]);
  }

  /** `s.h[t-1]` in a model, of a sequence; in a cell, of a cell that it applies. `name` is `s.h`, or null if it has none. */
  delayedMember(value: NodeValue, name: string | null, steps: number, span: Span): Value {
    const shown = name ?? `${this.path.path.slice(this.prefix.length)}.past`;
    if (!this.isCell) return delaySequence(this.context, value, steps, span, shown);
    return this.states.pastOfPart(shown, value, steps, span);
  }
}
