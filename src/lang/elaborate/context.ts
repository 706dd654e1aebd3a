// What one elaboration shares: the graph that is built, the sizes that are inferred, the weights, and the errors.
import type { Given, OpName } from "../../graph/node.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import { Builder } from "../../ops/builder.ts";
import { ShapeMismatch } from "../../shape/broadcast.ts";
import { printDim, symbol, symbolOf, type Dim } from "../../shape/dim.ts";
import { thinned } from "../../shape/thinned.ts";
import { ownAxes, timeOf, type Axis, type Type } from "../../shape/type.ts";
import { Unifier } from "../../shape/unify.ts";
import { undetermined, wrongShape, wrongType, type ShapeSide } from "../messages.ts";
import { Carried } from "./carried.ts";
import { filledBy, markedBy, type MaskForm, timeAt } from "./lengths.ts";
import type { BodyDraft } from "./outline.ts";
import { MemoryTimes } from "./memory-times.ts";
import { NamedSizes, type Reason } from "./named-sizes.ts";
import type { Options } from "./options.ts";
import { BATCH_SIZE, Sizes } from "./sizes.ts";
import { ApplicationStack } from "./application-stack.ts";
import type { Unit } from "./scaled.ts";
import { sizeNode } from "./size-node.ts";
import { POISON, type NodeValue, type Value } from "./value.ts";
import { Weights } from "./weights.ts";

export class Elaboration {
  readonly unifier = new Unifier(() => {
    this.named.look(this.reason);
    this.memoryTimes.look(this.reason);
  });
  readonly named = new NamedSizes(this.unifier);
  readonly memoryTimes = new MemoryTimes(this);
  readonly sizes = new Sizes(this.unifier);
  readonly build: Builder;
  readonly options: Options;
  readonly diagnostics: Diagnostic[] = [];
  readonly weights = new Weights(this);
  readonly carried = new Carried();
  readonly applications = new ApplicationStack();
  /** The bodies that have been evaluated. */
  readonly outline: BodyDraft[] = [];
  /** The error if this is to run, and not only to be checked: a cell is not given. */
  open: Diagnostic | undefined;
  /** What is being evaluated. */
  reason: Reason | null = null;
  /** How many expressions are being evaluated inside one another. */
  depth = 0;
  /** Scans whose steps draw random numbers that all examples share. Beyond an example's end these differ from those of its last step. */
  readonly drawsForAll = new Set<string>();
  /** Nodes that are a target at its own step, which only what is minimised may read. */
  readonly targetReads = new Map<string, { readonly name: string; readonly span: Span }>();
  /** The units of inputs and targets that are `scaled`, by their names. */
  readonly units = new Map<string, Unit>();
  #randoms = 0;

  constructor(options: Options) {
    this.options = options;
    this.build = new Builder(this.unifier);
  }

  /** Whether enough errors were found to stop. */
  get isFull(): boolean {
    return this.diagnostics.length > MOST_DIAGNOSTICS;
  }

  report(diagnostic: Diagnostic): Value {
    this.diagnostics.push(diagnostic);
    return POISON;
  }

  /** Runs `run`; `reason` is the reason of sizes that become equal in it. */
  because<T>(reason: Reason, run: () => T): T {
    const outer = this.reason;
    this.reason = reason;
    const result = run();
    this.reason = outer;
    return result;
  }

  type(value: NodeValue): Type {
    return this.unifier.resolveType(this.build.type(value.id));
  }

  node(id: string, span: Span, reason: string): NodeValue {
    return { kind: "node", id, origin: { span, reason } };
  }

  own(value: NodeValue): readonly Axis[] {
    return ownAxes(this.type(value));
  }

  /** An op on values. */
  op<N extends OpName>(name: N, operands: readonly string[], span: Span, ...given: Given<N>): Value {
    return this.opOfSides([], { name, operands, span }, ...given);
  }

  /** An op on values; a mismatch of shapes becomes an error about `sides`. */
  opOfSides<N extends OpName>(
    sides: readonly ShapeSide[],
    { name, operands, span }: { readonly name: N; readonly operands: readonly string[]; readonly span: Span },
    ...[attributes]: Given<N>
  ): Value {
    try {
      return this.node(this.build.op<OpName>(name, operands, attributes ?? {}), span, "");
    } catch (problem) {
      if (!(problem instanceof ShapeMismatch)) throw problem;
      const [a, b] = problem.operands.map((index) => sides[index]).filter((side) => side !== undefined);
      return this.report(
        wrongShape("these shapes do not fit", span, a === undefined || b === undefined ? sides : [a, b]),
      );
    }
  }

  /** Uniform numbers in [0, 1) that the host draws for each update. */
  random(path: string, type: Type): string {
    this.#randoms += 1;
    return this.build.outermost(() => this.build.input({ kind: "random", path, number: this.#randoms }, type));
  }

  /** The lengths of the examples along `time`, or undefined if all are full. */
  lengths(time: Dim): string | undefined {
    return this.#lengthsAhead(0, time);
  }

  #lengthsAhead(ahead: number, time: Dim): string | undefined {
    if (!this.options.ragged) return undefined;
    const left = ahead === 0 ? thinned(symbolOf(this.unifier.resolve(time)) ?? "") : undefined;
    if (left !== undefined) {
      const whole = this.lengths(symbol(left.of)) ?? fail("elaborate", "no lengths");
      return this.build.outermost(() => this.build.op("thinned", [whole], { dims: [time], every: left.every }));
    }
    const type: Type = { dtype: "int", axes: [{ tag: "batch", size: BATCH }] };
    const input = { kind: "lengths", time: printDim(time), ahead } as const;
    return this.build.outermost(() => this.build.input(input, type, { dims: [time] }));
  }

  /** 1 at each example's own steps, else 0: `[T, B]`, or for a memory `[B, T, 1 …]` with `after` axes of size 1; undefined if all are full. */
  mask(time: Dim, form: MaskForm): string | undefined {
    if (this.lengths(time) === undefined) return undefined;
    return this.build.outermost(() => this.marks(time, "real", form));
  }

  marks(time: Dim, which: "real" | "first" | "last", form: MaskForm): string {
    // The length of a window does not say whether its example goes on after it.
    const { drop = 0 } = form;
    const isTold = drop > 0 && this.options.states === "carried";
    const lengths = this.#lengthsAhead(isTold ? drop : 0, time);
    return markedBy(this.build, lengths, time, { ...form, which, drop: isTold ? 0 : drop });
  }

  /**
   * `value` with `filler` where the axis at `position` (from the left) is padding; for tokens the filler is a token.
   * `ahead`: a sequence that is read N steps ahead ends N steps earlier.
   */
  masked(value: string, position: number, filler: number, ahead = 0): string {
    const found = timeAt(this.build, value, position);
    if (found === undefined) return value;
    const form = ahead === 0 ? found.form : { ...found.form, drop: ahead };
    return filledBy(this.build, this.mask(found.time, form), value, filler);
  }

  /** A value as a float node; a token or a wiring is an error. */
  float(value: Value, span: Span): NodeValue | undefined {
    if (value.kind === "poison") return undefined;
    if (value.kind === "static") {
      return this.node(sizeNode(this, value.value), span, "a number");
    }
    if (value.kind === "wiring") {
      this.report(wrongType("this cell is not applied to anything", span, "apply it: `LSTM(H)(x)`"));
      return undefined;
    }
    if (value.kind === "function") {
      const help = `apply it: \`${value.name}(x)\`, or name it and apply the name: \`W = ${value.name}(out = H)\`, then \`W(x)\``;
      this.report(wrongType(`this \`${value.name}\` is not applied to anything`, span, help));
      return undefined;
    }
    if (value.kind === "several") {
      this.report(wrongType("`split` gives several values at once", span, "give each a name: `p, q = split(a, 2)`"));
      return undefined;
    }
    if (value.token !== undefined) {
      this.report(
        wrongType("this is a token, not a number", span, "convert it to numbers: `embed(k, E)` or `onehot(k)`"),
      );
      return undefined;
    }
    return this.build.type(value.id).dtype === "int" ? { ...value, id: this.build.op("float", [value.id]) } : value;
  }

  side(value: NodeValue, span: Span, what: string): ShapeSide {
    const { origin } = value;
    return { span, what, type: this.show(value), ...(origin.reason === "" ? {} : { origin }) };
  }

  /** A value's type as a user writes it. */
  show(value: NodeValue): string {
    const type = this.type(value);
    const inner =
      value.token === undefined
        ? this.showAxes(ownAxes(type))
        : `${value.token.reading}[${this.showDim(value.token.size)}]`;
    const time = timeOf(type);
    if (time === undefined) return inner;
    const left = thinned(symbolOf(time) ?? "");
    return left === undefined ? `seq ${inner}` : `seq ${inner} (1 step of ${left.every})`;
  }

  /** A size as a user writes it; a size that is still open has the name that the user gave it, or `?`. */
  showDim(dim: Dim): string {
    return this.sizes.shown(dim);
  }

  showAxes(axes: readonly Axis[]): string {
    return `[${axes.map((axis) => (axis.tag === "memory" ? "time" : this.showDim(axis.size))).join(", ")}]`;
  }

  /** At the end: a size that must be known but is open is an error; sizes that may stay free get their names. */
  settle(): void {
    const open = this.sizes.settle();
    // After another error, or without a cell, a size may be open only because of that.
    if (this.open !== undefined) return;
    if (this.diagnostics.some(({ severity }) => severity === "error")) return;
    for (const { what, type, span } of open) this.report(undetermined(what, this.showAxes(ownAxes(type)), span));
  }
}

/** Of one cell or model. */
export const MOST_DIAGNOSTICS = 100;

export const BATCH: Dim = symbol(BATCH_SIZE);
