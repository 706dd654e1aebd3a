// Reverse mode over the op table: for each node, from last to first, the rule of its row turns the cotangent of the result into those of the operands.
// No op is named here. The gradient of a scan is a scan in the other direction (scan-gradient.ts). The result is a graph of the same IR.
import { at, fail } from "../base/invariant.ts";
import { printOutput, type Input } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { nameOfInput, type Node } from "../graph/node.ts";
import { Builder } from "../ops/builder.ts";
import { copyInto } from "../ops/rewrite.ts";
import { rowOf } from "../ops/table.ts";
import { SCALAR, timeOf, type Type } from "../shape/type.ts";
import { activeNodes } from "./activity.ts";
import { differentiateScan } from "./scan-gradient.ts";

export interface GradientRequest {
  /** The outputs to start from, each with its cotangent: an input of that output's type, or null for 1 (a scalar). */
  readonly from: ReadonlyMap<string, Input<"cotangent"> | null>;
  /** The inputs to differentiate by, by name. */
  readonly by: readonly string[];
  /** Clamps each element of every state's gradient to [-c, c] at each step of the backward scan. */
  readonly clipState?: number;
  /** At steps where the input `cut` [T] is 1, no gradient goes back to the step before. */
  readonly cutsState?: boolean;
  /**
   * The loss of each step goes back through this number of steps, its own among them. All loops run along one time from left to right, and
   * nothing else combines steps before the loss.
   */
  readonly reach?: number;
  /** Leaves out the gradient by an input that no output depends on, instead of giving zeros. */
  readonly omitsAbsent?: boolean;
}

/**
 * `graph` with a gradient as an output for each input in `by`; zeros of its type if nothing depends on it, unless these
 * are left out.
 * `whole`: the graph from which `graph` was made, with the inputs that passes have dropped since.
 */
export function gradient(graph: Graph, request: GradientRequest, whole: Graph = graph): Graph {
  return new Reverse(graph, whole, request).run();
}

/** Sums of cotangents by node. */
export class Cotangents {
  readonly #build: Builder;
  readonly #sums = new Map<string, string>();

  constructor(build: Builder) {
    this.#build = build;
  }

  add(id: string, cotangent: string): void {
    const before = this.#sums.get(id);
    this.#sums.set(id, before === undefined ? cotangent : this.#build.op("add", [before, cotangent]));
  }

  get(id: string): string | undefined {
    return this.#sums.get(id);
  }
}

/**
 * Cotangents by age: element s of a sequence of age a is of the loss at step s + a alone. What has no time has age 0. If losses reach back
 * through all steps, there is one age.
 */
export class AgedCotangents {
  readonly #graph: Graph;
  readonly #build: Builder;
  readonly #byAge: readonly Cotangents[];

  constructor(graph: Graph, build: Builder, ages: number) {
    this.#graph = graph;
    this.#build = build;
    this.#byAge = Array.from({ length: ages }, () => new Cotangents(build));
  }

  add(id: string, age: number, cotangent: string): void {
    const own = timeOf(this.#graph.node(id).type) === undefined ? 0 : age;
    at(this.#byAge, own, "gradient").add(id, cotangent);
  }

  /** For each age; undefined where nothing has arrived. */
  of(id: string): readonly (string | undefined)[] {
    return this.#byAge.map((each) => each.get(id));
  }

  /** Of all ages together. */
  total(id: string): string | undefined {
    return this.of(id)
      .flatMap((each) => each ?? [])
      .reduce<string | undefined>(
        (sum, each) => (sum === undefined ? each : this.#build.op("add", [sum, each])),
        undefined,
      );
  }
}

export function zerosOf(build: Builder, type: Type): string {
  const zero = build.constant(0);
  return type.axes.length === 0 ? zero : build.op("broadcast", [zero], { type });
}

/** Applies a row's gradient rule and passes its cotangents on. `value` finds the value of an operand or of the result where the gradient is computed. */
export function applyRule(
  build: Builder,
  graph: Graph,
  node: Node,
  cotangent: string,
  handling: {
    readonly value: (id: string) => string;
    readonly isActive: (id: string) => boolean;
    readonly add: (id: string, cotangent: string) => void;
  },
): void {
  const { gradient: rule } = rowOf(node.op);
  if (typeof rule !== "function") return;
  const operandAt = (index: number): string =>
    node.operands[index] ?? fail("gradient", `${node.op} has no operand ${index}`);
  const cotangents = rule({
    build,
    node,
    cotangent,
    operand: (index) => handling.value(operandAt(index)),
    result: () => handling.value(node.id),
    operandType: (index) => graph.node(operandAt(index)).type,
    needs: (index) => handling.isActive(operandAt(index)),
  });
  cotangents.forEach((each, index) => {
    const operand = operandAt(index);
    if (each !== null && handling.isActive(operand)) handling.add(operand, each);
  });
}

class Reverse {
  readonly #graph: Graph;
  readonly #whole: Graph;
  readonly #request: GradientRequest;
  readonly #build = new Builder();
  readonly #by: ReadonlySet<string>;

  constructor(graph: Graph, whole: Graph, request: GradientRequest) {
    this.#graph = graph;
    this.#whole = whole;
    this.#by = new Set(request.by);
    this.#request = request;
  }

  run(): Graph {
    const graph = this.#graph;
    const build = this.#build;
    const copy = copyInto(build, graph);
    const active = activeNodes(graph, (input) => this.#by.has(nameOfInput(input)));
    const cotangents = new AgedCotangents(graph, build, this.#request.reach ?? 1);
    for (const [name, seed] of this.#request.from) {
      const output = graph.output(name);
      const id = seed === null ? build.constant(1) : build.input(seed, output.type);
      if (active.has(output.id)) cotangents.add(output.id, 0, id);
    }
    for (const node of graph.region(null).toReversed()) {
      if (node.op === "scan") {
        differentiateScan({
          build,
          graph,
          scan: node,
          copy,
          active,
          cotangents,
          clipState: this.#request.clipState,
          cutsState: this.#request.cutsState === true,
          reach: this.#request.reach,
        });
        continue;
      }
      if (!active.has(node.id) || node.op === "input" || node.op === "project") continue;
      for (const [age, cotangent] of cotangents.of(node.id).entries()) {
        if (cotangent === undefined) continue;
        applyRule(build, graph, node, cotangent, {
          value: (id) => copy.of(id),
          isActive: (id) => active.has(id),
          add: (id, each) => cotangents.add(id, age, each),
        });
      }
    }
    const outputs = new Map([...graph.outputs].map(([name, id]) => [name, copy.of(id)]));
    for (const by of this.#by) {
      const found = this.#gradientOf(by, cotangents);
      if (found !== undefined) outputs.set(printOutput({ kind: "gradient", by }), found);
    }
    return build.finish(graph.name, outputs);
  }

  #gradientOf(name: string, cotangents: AgedCotangents): string | undefined {
    const input = inputNamed(this.#graph, name);
    const found = input === undefined ? undefined : cotangents.total(input.id);
    if (found !== undefined || this.#request.omitsAbsent === true) return found;
    return zerosOf(this.#build, (input ?? inputNamed(this.#whole, name))?.type ?? SCALAR);
  }
}

function inputNamed(graph: Graph, name: string): Node | undefined {
  return graph.inputs().find((node) => nameOfInput(node) === name);
}
