// The gradient of a scan's step as equations, by the gradient rules of the rows, on the body before optimisation. Each intermediate value that
// is needed more than once has a name. Nothing here depends on a particular cell. The equations are data: graphs over the names.
import { fail } from "../base/invariant.ts";
import { activeNodes } from "../grad/activity.ts";
import { applyRule, Cotangents } from "../grad/gradient.ts";
import { printOutput, type SymbolUse } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { Builder } from "../ops/builder.ts";
import { SIMPLIFY } from "../passes/simplify.ts";
import { TIDY } from "../passes/tidy.ts";
import { modelStepOf } from "./model-step.ts";
import { neededBy } from "./needed.ts";
import { Names } from "./step-names.ts";
import { inWrittenOrder } from "./written-order.ts";
import { stepOf, type Arrival, type Step } from "./step.ts";

export interface Equation {
  /** `f`, or `δf`, or `δf.h`. */
  readonly target: string;
  /** Whether it adds to an earlier value, or to the sum over all steps. */
  readonly adds: boolean;
  /** A node of `graph`. */
  readonly value: string;
}

/** The value of a gradient before this step's equations: the sum of the incoming gradients. */
export interface Start {
  readonly target: string;
  /** The gradient from the following step; none if only the output has a gradient. */
  readonly states: readonly string[];
  readonly hasOutput: boolean;
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
  /** The names of states that are carried from step to step. */
  readonly states: readonly string[];
  /** Weights that states depend on: their gradients come from all later steps. */
  readonly carried: ReadonlySet<string>;
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
  return { ...found, forward: inWrittenOrder(found.forward, found.graph, written) };
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
    const { graph, active } = this.#step;
    const nodes = graph.region(null);
    const backward: Equation[] = [];
    if (this.#step.loss !== null) this.#cotangents.add(this.#step.loss, this.#build.constant(1));
    for (const node of nodes.toReversed()) {
      if (node.op === "input" || !active.has(node.id)) continue;
      const cotangent = this.#cotangentOf(node, backward);
      if (cotangent === undefined) continue;
      applyRule(this.#build, graph, node, cotangent, {
        value: (id) => this.#value(id),
        isActive: (id) => active.has(id),
        add: (id, each) => this.#cotangents.add(id, each),
      });
    }
    for (const use of ["state", "sequence", "weight"] as const) {
      const inputs = nodes.filter((node) => useOf(node) === use);
      for (const node of inputs) if (active.has(node.id)) this.#cotangentOf(node, backward);
    }
    const named = nodes.filter((node) => node.op !== "input" && this.#names.of(node.id) !== undefined);
    const forward = named.map((node) => ({ target: this.#name(node.id), adds: false, value: this.#computed(node) }));
    return this.#finish(forward, backward);
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
    const adds = hasArrived || useOf(node) === "weight";
    if (sum !== undefined) equations.push({ target: DELTA + name, adds, value: sum });
    return this.#build.input({ kind: "symbol", name: DELTA + name, is: "gradient" }, node.type);
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
    if (name !== undefined) return this.#build.input({ kind: "symbol", name, is: useOf(node) }, node.type);
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
      states: this.#states().map(({ node }) => this.#name(node)),
      carried: this.#carried(),
    };
  }

  #weights(): ReadonlySet<string> {
    const inputs = this.#step.graph.region(null).filter((node) => useOf(node) === "weight");
    return new Set(inputs.map((node) => this.#name(node.id)));
  }

  #states(): readonly Arrival[] {
    return this.#step.arrivals.filter(({ state }) => state?.endsWith("[t-1]") === true);
  }

  /** The names of weights that a next state depends on. */
  #carried(): ReadonlySet<string> {
    const { graph } = this.#step;
    const found = neededBy(
      graph,
      this.#states().map(({ node }) => node),
    );
    const weights = graph.region(null).filter((node) => useOf(node) === "weight" && found.has(node.id));
    return new Set(weights.map((node) => this.#name(node.id)));
  }

  #starts(arrivals: readonly Arrival[]): readonly Start[] {
    return [...new Set(arrivals.map(({ node }) => node))].map((node) => {
      const here = arrivals.filter((each) => each.node === node);
      return {
        target: DELTA + this.#name(node),
        states: here.flatMap(({ state }) => (state === null ? [] : [DELTA + state])),
        hasOutput: here.some(({ state }) => state === null),
      };
    });
  }
}

/** A weight stays a weight in the equations, because notations write weights differently. */
function useOf({ input }: Node): SymbolUse {
  return input?.kind === "symbol" ? input.is : "value";
}
