// A cell or model as the graphs that run inside a program of tfjs. If tfjs records a tape, the forward graph also outputs the values that
// the backward graph reads; otherwise it outputs results only. Sequences are `[B, T, …]`.
import { outputsOnly } from "../../ops/rewrite.ts";
import { lower } from "../../compile.ts";
import { splitGradient, type GradientParts } from "../../grad/split.ts";
import { printInput, printOutput, type Input } from "../../graph/border.ts";
import { Graph } from "../../graph/graph.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../../lang/scope.ts";
import { batchFirst } from "../../time/batch-first.ts";
import { inputNodes, type InputNode } from "../../targets/bound.ts";
import { namedOutputs } from "../../train/outputs.ts";

/**
 * `forward` has the outputs, `saving` also the saved values. `all` has the gradients by all inputs, `weights` only those by weights, because
 * most programs need no gradients by their data.
 */
export type Way = "forward" | "saving" | "all" | "weights";

export class Form {
  readonly program: Program;
  /** The inputs of the graph, data before weights: tfjs requests gradients in the order of inputs. */
  readonly inputs: readonly InputNode[];
  readonly outputs: readonly string[];
  /** Inputs that have a gradient. */
  readonly differentiable: readonly InputNode[];
  /** Outputs that have a cotangent. */
  readonly floats: readonly string[];
  readonly #graph: Graph;
  #parts: GradientParts | undefined;

  constructor(program: Program, definition: ScopedDefinition) {
    this.program = program;
    const needed = namedOutputs(program, definition);
    this.#graph = batchFirst(outputsOnly(program.graph, (name) => needed.includes(name)));
    this.outputs = [...this.#graph.outputs.keys()];
    this.floats = this.outputs.filter((name) => this.#graph.output(name).type.dtype === "float");
    const inputs = inputNodes(this.#graph);
    this.inputs = [...inputs.filter((each) => !isWeight(each)), ...inputs.filter(isWeight)];
    this.differentiable = this.inputs.filter(({ dtype, input }) => dtype === "float" && input.kind !== "random");
  }

  /** The values that the backward graph reads: inputs, and the names of saved values. */
  get kept(): { readonly inputs: readonly InputNode[]; readonly saved: readonly string[] } {
    const read = inputNodes(this.#gradient().backward);
    const names = new Set(read.map(({ name }) => name));
    return {
      inputs: this.inputs.filter(({ name }) => names.has(name)),
      saved: read.flatMap(({ name, input }) => (input.kind === "saved" ? [name] : [])),
    };
  }

  graph(way: Way): Graph {
    if (way === "forward") return lower(this.#graph, null);
    const { forward, backward } = this.#gradient();
    if (way === "saving") return forward;
    const weights = new Set(this.#gradients("weights"));
    return way === "all" ? backward : outputsOnly(backward, (name) => weights.has(name));
  }

  /** The names of the results of a way, in order. */
  results(way: Way): readonly string[] {
    if (way === "forward") return this.outputs;
    return way === "saving" ? [...this.outputs, ...this.kept.saved] : this.#gradients(way);
  }

  #gradients(way: "all" | "weights"): readonly string[] {
    const by = this.differentiable.filter((each) => way === "all" || isWeight(each));
    return by.map(({ name }) => gradientOf(name));
  }

  #gradient(): GradientParts {
    this.#parts ??= splitGradient(
      lower(this.#graph, {
        from: new Map(this.floats.map((name) => [name, cotangentBy(name)])),
        by: this.differentiable.map(({ name }) => name),
      }),
    );
    return this.#parts;
  }
}

export function isWeight({ input }: InputNode): boolean {
  return input.kind === "weight";
}

function cotangentBy(output: string): Input<"cotangent"> {
  return { kind: "cotangent", of: output };
}

export function cotangentOf(output: string): string {
  return printInput(cotangentBy(output));
}

export function gradientOf(input: string): string {
  return printOutput({ kind: "gradient", by: input });
}
