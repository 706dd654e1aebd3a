// The gradient of a scan's step as equations, by the gradient rules of the rows, on the body before optimisation. Each intermediate value that
// is needed more than once has a name. Nothing here depends on a particular cell. The equations are data: graphs over the names.
import { fail } from "../base/invariant.ts";
import { activeNodes } from "../grad/activity.ts";
import { applyRule, Cotangents } from "../grad/gradient.ts";
import { printInput, printOutput, type SymbolUse } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { Builder } from "../ops/builder.ts";
import { SIMPLIFY } from "../passes/simplify.ts";
import { equationOf } from "./naming.ts";
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
}

export const DELTA = "δ";

/** For the single scan of `graph`, by the inputs that `isVariable` accepts; null if there is no scan, or several. */
export function gradientEquations(graph: Graph, isVariable: (input: Node) => boolean): GradientEquations | null {
  const [scan, ...others] = graph.region(null).filter((node) => node.op === "scan");
  if (scan === undefined || others.length > 0) return null;
  const step = stepOf(graph, scan, activeNodes(graph, isVariable), graph.outputs.get(printOutput({ kind: "output" })));
  const names = new Names(step);
  // Twice: the first time finds which values need a name, and the second uses the names everywhere.
  new Derivation(step, names, true).run();
  return new Derivation(step, names, false).run();
}

/** Which values of the step have names. */
class Names {
  readonly #step: Step;
  readonly #names = new Map<string, string>();

  constructor(step: Step) {
    this.#step = step;
    for (const node of step.graph.region(null)) {
      if (node.input !== undefined) this.#names.set(node.id, printInput(node.input));
      else if (node.name !== undefined) this.#names.set(node.id, node.name);
    }
    for (const { node, state } of step.arrivals) this.give(node, state?.replace(/\[t-\d+\]$/, "") ?? "output");
  }

  of(id: string): string | undefined {
    return this.#names.get(id);
  }

  /** Names a value after the equation that reads it: `a_f` goes into `f`. */
  giveAuxiliary(id: string): void {
    this.give(id, `a_${equationOf(this.#step.graph, id) ?? "output"}`);
  }

  give(id: string, preferred: string): void {
    if (this.#names.has(id)) return;
    const taken = new Set(this.#names.values());
    let name = preferred;
    for (let index = 2; taken.has(name); index++) name = `${preferred}${/\d$/.test(preferred) ? "_" : ""}${index}`;
    this.#names.set(id, name);
  }
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
    return this.#build.node(sum).op !== "input" && this.#uses(node) > 1;
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
    const graph = SIMPLIFY.run(raw);
    const tidy = all.map((each, index) => ({ ...each, value: graph.output(String(index)).id }));
    return {
      graph,
      weights: this.#weights(),
      forward: tidy.slice(0, forward.length),
      starts: this.#starts(this.#step.arrivals),
      backward: tidy.slice(forward.length),
    };
  }

  #weights(): ReadonlySet<string> {
    const inputs = this.#step.graph.region(null).filter((node) => useOf(node) === "weight");
    return new Set(inputs.map((node) => this.#name(node.id)));
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
