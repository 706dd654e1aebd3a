// The gradient of a scan's step as equations, by the gradient rules of the rows, on the body before optimisation. Each intermediate value that
// is needed more than once has a name. Nothing here depends on a particular cell. The equations are data: graphs over the names.
import { fail } from "../base/invariant.ts";
import { activeNodes } from "../grad/activity.ts";
import { applyRule, Cotangents } from "../grad/gradient.ts";
import { printOutput } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { Builder } from "../ops/builder.ts";
import { SIMPLIFY } from "../passes/simplify.ts";
import { TIDY } from "../passes/tidy.ts";
import { placeGroups } from "./by-place.ts";
import { modelStepOf } from "./model-step.ts";
import { Names } from "./step-names.ts";
import { symbolUse, weightUses, type WeightUse } from "./weight-uses.ts";
import { inWrittenOrder } from "./written-order.ts";
import { ANY_STEP, ONCE, stepOf, type Arrival, type Step } from "./step.ts";

export interface Equation {
  /** `f`, or `δf`, or `δf.h`. */
  readonly target: string;
  /** Whether it adds to an earlier value, or to the sum over all steps. */
  readonly adds: boolean;
  /** A node of `graph`. */
  readonly value: string;
  /** The time at each step of which it holds, or `ONCE`. */
  readonly place: string;
}

/** The value of a gradient before this step's equations: the sum of the incoming gradients. */
export interface Start {
  readonly target: string;
  readonly place: string;
  /** Each of them in words: `δh[t-1] of the next step`. */
  readonly from: readonly string[];
}

export interface GradientEquations {
  /** Its inputs are names; its outputs the values of the equations. */
  readonly graph: Graph;
  /** Values that are the same at every step, so that their gradients are sums over the steps. */
  readonly weights: ReadonlySet<string>;
  readonly forward: readonly Equation[];
  readonly starts: readonly Start[];
  readonly backward: readonly Equation[];
  /** The name of the loss of the step; null for a cell. */
  readonly loss: string | null;
  /** The place of the loss. */
  readonly lossPlace: string;
  readonly uses: readonly WeightUse[];
}

export const DELTA = "δ";

/**
 * For the single scan of `graph`, by the inputs that `isVariable` accepts; null if there is no scan, or several. `written`: the names of
 * equations in the order of the spec.
 */
export function gradientEquations(
  graph: Graph,
  isVariable: (input: Node) => boolean,
  written: readonly string[] = [],
): GradientEquations | null {
  const [scan, ...others] = graph.region(null).filter((node) => node.op === "scan");
  if (scan === undefined || others.length > 0) return null;
  const step = stepOf(graph, scan, activeNodes(graph, isVariable), graph.outputs.get(printOutput({ kind: "output" })));
  return equationsOf(step, written);
}

/** For one step of a model up to its loss, by its weights. Or the reason why the model has no such step. */
export function modelEquations(
  graph: Graph,
  isVariable: (input: Node) => boolean,
  written: readonly string[] = [],
): GradientEquations | string {
  const [loss] = graph.outputsOf("loss");
  if (loss === undefined) return "it has no loss";
  const step = modelStepOf(graph, loss.id, activeNodes(graph, isVariable));
  return typeof step === "string" ? step : equationsOf(step, written);
}

function equationsOf(step: Step, written: readonly string[]): GradientEquations {
  const names = new Names(step);
  // Twice: the first time finds which values need a name, and the second uses the names everywhere.
  new Derivation(step, names, true).run();
  const found = new Derivation(step, names, false).run();
  const groups = placeGroups(found.forward);
  return { ...found, forward: groups.flatMap((group) => inWrittenOrder(group, found.graph, written)) };
}

class Derivation {
  readonly #step: Step;
  readonly #names: Names;
  readonly #isNaming: boolean;
  readonly #build = new Builder();
  readonly #cotangents: Cotangents;
  readonly #values = new Map<string, string>();

  constructor(step: Step, names: Names, isNaming: boolean) {
    this.#step = step;
    this.#names = names;
    this.#isNaming = isNaming;
    this.#cotangents = new Cotangents(this.#build);
  }

  run(): GradientEquations {
    const { graph, active, order } = this.#step;
    const nodes = order.map((id) => graph.node(id));
    const backward: Equation[] = [];
    if (this.#step.loss !== null) this.#cotangents.add(this.#step.loss, this.#build.constant(1));
    for (const node of nodes.toReversed()) {
      if (!active.has(node.id)) continue;
      if (symbolUse(node) === "value" && node.op === "input") this.#cotangentOf(node, backward);
      if (node.op === "input") continue;
      const cotangent = this.#cotangentOf(node, backward);
      if (cotangent === undefined) continue;
      applyRule(this.#build, graph, node, cotangent, {
        value: (id) => this.#value(id),
        isActive: (id) => active.has(id),
        add: (id, each) => this.#cotangents.add(id, each),
      });
    }
    const last: Equation[] = [];
    for (const use of ["state", "sequence", "weight"] as const) {
      const inputs = nodes.filter((node) => symbolUse(node) === use);
      for (const node of inputs) if (active.has(node.id)) this.#cotangentOf(node, last);
    }
    const named = nodes.filter((node) => node.op !== "input" && this.#names.of(node.id) !== undefined);
    const forward = named.map((node) => ({
      target: this.#name(node.id),
      adds: false,
      value: this.#computed(node),
      place: this.#placeOf(node),
    }));
    return this.#finish(forward, withLast(backward, last));
  }

  /** The gradient by a value; if it has a name, the name, which an equation then defines. */
  #cotangentOf(node: Node, equations: Equation[]): string | undefined {
    const sum = this.#cotangents.get(node.id);
    if (node.id === this.#step.loss) return sum;
    const hasArrived = this.#step.arrivals.some((arrival) => arrival.node === node.id);
    if (sum === undefined && !hasArrived) return undefined;
    if (sum !== undefined && this.#isNaming && this.#deservesName(node, sum)) this.#names.giveAuxiliary(node.id);
    const name = this.#names.of(node.id);
    if (name === undefined) return sum;
    const place = this.#placeOf(node);
    const adds = hasArrived || symbolUse(node) === "weight" || this.#isRepeated(node);
    if (sum !== undefined) equations.push({ target: DELTA + name, adds, value: sum, place });
    return this.#build.input({ kind: "symbol", name: DELTA + name, is: "gradient" }, node.type, { place });
  }

  #placeOf({ id }: Node): string {
    return this.#step.places.get(id) ?? ANY_STEP;
  }

  /** Whether it stands for a value of another place at each of several steps. */
  #isRepeated(node: Node): boolean {
    return node.op === "input" && symbolUse(node) === "value" && this.#placeOf(node) !== ONCE;
  }

  /** A gradient that is not a name itself and is read more than once. */
  #deservesName(node: Node, sum: string): boolean {
    return this.#build.node(sum).op !== "input" && this.#branches(node) && this.#uses(node) > 1;
  }

  /** Whether the gradient goes to several operands. Where it goes to one, that one may have a name. */
  #branches({ operands }: Node): boolean {
    return operands.filter((operand) => this.#step.active.has(operand)).length > 1;
  }

  /** The number of named values that the gradient goes to. */
  #uses(node: Node): number {
    const { graph, active } = this.#step;
    const operands = node.operands.filter((operand) => active.has(operand));
    return operands
      .map((operand) => (this.#names.of(operand) === undefined ? this.#uses(graph.node(operand)) : 1))
      .reduce((a, b) => a + b, 0);
  }

  /** A value of the step in terms of names. */
  #value(id: string): string {
    const node = this.#step.graph.node(id);
    const name = this.#names.of(id);
    if (name !== undefined)
      return this.#build.input({ kind: "symbol", name, is: symbolUse(node) }, node.type, {
        place: this.#placeOf(node),
      });
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const value = this.#computed(node);
    this.#values.set(id, value);
    return value;
  }

  #computed(node: Node): string {
    return this.#build.op(
      node.op,
      node.operands.map((operand) => this.#value(operand)),
      node.attributes,
    );
  }

  #name(id: string): string {
    return this.#names.of(id) ?? fail("equations", `${id} has no name`);
  }

  #finish(forward: readonly Equation[], backward: readonly Equation[]): GradientEquations {
    const all = [...forward, ...backward];
    const raw = this.#build.finish("equations", new Map(all.map(({ value }, index) => [String(index), value])));
    const graph = TIDY.run(SIMPLIFY.run(raw));
    const tidy = all.map((each, index) => ({ ...each, value: graph.output(String(index)).id }));
    return {
      graph,
      weights: this.#weights(),
      forward: tidy.slice(0, forward.length),
      starts: this.#starts(this.#step.arrivals),
      backward: tidy.slice(forward.length),
      loss: this.#step.loss === null ? null : this.#name(this.#step.loss),
      lossPlace: this.#step.places.get(this.#step.loss ?? "") ?? ANY_STEP,
      uses: weightUses(this.#step, (id) => this.#name(id)),
    };
  }

  #weights(): ReadonlySet<string> {
    const inputs = this.#step.graph.region(null).filter((node) => symbolUse(node) === "weight");
    return new Set(inputs.map((node) => this.#name(node.id)));
  }

  #starts(arrivals: readonly Arrival[]): readonly Start[] {
    return [...new Set(arrivals.map(({ node }) => node))].flatMap((node) => {
      const from = arrivals.flatMap((each) => (each.node === node && each.from !== null ? [each.from] : []));
      const place = this.#step.places.get(node) ?? ANY_STEP;
      return from.length === 0 ? [] : [{ target: DELTA + this.#name(node), place, from }];
    });
  }
}

/** Equations of states and weights come last in their place. */
function withLast(equations: readonly Equation[], last: readonly Equation[]): readonly Equation[] {
  const ends = new Map(equations.map(({ place }, index) => [place, index]));
  const unplaced = last.filter(({ place }) => !ends.has(place));
  const placed = equations.flatMap((equation, index) => [
    equation,
    ...(ends.get(equation.place) === index ? last.filter(({ place }) => place === equation.place) : []),
  ]);
  return [...placed, ...unplaced];
}
