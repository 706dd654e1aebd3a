// The programs of a module: whole sequences, steps of a stream, and steps that write. Examples of different lengths run one by one.
import { UserError } from "../base/diagnostic.ts";
import { KEPT_STEPS, NEW_STEPS } from "../base/window-sizes.ts";
import { fail } from "../base/invariant.ts";
import { lower, programOf } from "../compile.ts";
import type { ExportRequest } from "../export/request.ts";
import { sizeNamesOf } from "../graph/attributes.ts";
import { printInput, readOutput, type Input, type Output } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import { inputNodes } from "../targets/bound.ts";
import { namedOutputs, outputsOfStep, shownName } from "../train/outputs.ts";
import { outputsOnly } from "../ops/rewrite.ts";
import { stepsOfFeedback } from "../train/session.ts";
import { fedNames, timeOfSteps } from "../train/step-inputs.ts";
import { stepParts } from "../train/stepper.ts";
import type { Feed, Gives, ProgramDescription, StepDescription } from "./description.ts";
import { freeLayout, type FreeLayoutOptions } from "./free-layout.ts";

/** What layouts of one module share. */
export type Kernels = Pick<FreeLayoutOptions, "numberOf" | "kernels">;

export class ModulePrograms {
  readonly #request: ExportRequest;
  readonly #kernels: Kernels;
  /** Numbers of weights by their names. */
  readonly #weights: ReadonlyMap<string, number>;

  constructor(request: ExportRequest, kernels: Kernels) {
    this.#request = request;
    this.#kernels = kernels;
    this.#weights = new Map([...request.weights.keys()].map((name, index) => [name, index]));
  }

  /** As it is run on whole sequences, from its initial states. */
  whole(): Program {
    const { definition, statics } = this.#request;
    return programOf(definition, statics, { ragged: false, training: false, states: "initial" });
  }

  carried(): Program {
    const { definition, statics } = this.#request;
    return programOf(definition, statics, { ragged: false, training: false, states: "carried" });
  }

  run(): ProgramDescription {
    const program = this.whole();
    const named = namedOutputs(program, this.#request.definition);
    const graph = lower(
      outputsOnly(program.graph, (name) => named.includes(name)),
      null,
    );
    return this.#described(graph, this.#request.sizes, (name) => ({ kind: "result", name: shownName(name) }));
  }

  /** The steps of a stream; a sentence that says why not, where it cannot be stepped. */
  stream(): StepDescription | string {
    const program = this.carried();
    const needed = outputsOfStep(program, this.#request.definition);
    const time = orReason(() => timeOfSteps(program, needed, "fed step by step"));
    if (typeof time !== "string") return time.reason;
    return this.#steps(program, { time, fed: fedNames(program), needed });
  }

  /** The steps of writing. Undefined where nothing is fed back, or it cannot be done step by step. */
  writing(): StepDescription | undefined {
    const program = this.carried();
    if (!program.predictions.some(({ isAutoregressive }) => isAutoregressive)) return undefined;
    const cut = orReason(() => stepsOfFeedback(program));
    return "reason" in cut ? undefined : this.#steps(program, cut);
  }

  #steps(program: Program, cut: ReturnType<typeof stepsOfFeedback>): StepDescription {
    const { before, step } = stepParts(program, cut);
    const sizes = new Map([...this.#request.sizes, ["B", 1], [cut.time, 1]]);
    return {
      before: this.#described(before, sizes, givesOfPart),
      step: this.#described(step, sizes, givesOfPart),
      time: cut.time,
      fed: [...cut.fed],
    };
  }

  #described(graph: Graph, sizes: Sizes, gives: (name: string) => Gives): ProgramDescription {
    return describedProgram(graph, { ...this.#kernels, sizes, gives, feed: (input) => this.#feed(input) });
  }

  #feed(input: Input): Feed {
    switch (input.kind) {
      case "weight":
        return { kind: "weight", weight: this.#weights.get(input.path) ?? fail("module", `no weight ${input.path}`) };
      case "data":
        return { kind: "data", name: printInput(input) };
      case "state":
        return { kind: "state", path: input.path };
      case "held":
        return { kind: "held", node: input.node };
      case "fresh":
        return { kind: "fresh" };
      case "lengths":
      case "labelled":
      case "random":
      case "cut":
      case "cotangent":
      case "setting":
      case "slot":
      case "saved":
      case "symbol":
        return fail("module", `a program that runs reads ${printInput(input)}`);
    }
  }
}

export interface DescribedProgramOptions extends Kernels {
  /** Those that are known; all others are free. */
  readonly sizes: Sizes;
  readonly feed: (input: Input) => Feed;
  /** By the name of an output. */
  readonly gives: (name: string) => Gives;
}

/** A graph laid out for all sizes, with what feeds its inputs and what its outputs are. */
export function describedProgram(
  graph: Graph,
  { feed, gives, sizes, ...kernels }: DescribedProgramOptions,
): ProgramDescription {
  const free = freeSizes(graph, sizes);
  const { inputs, outputs, ...layout } = freeLayout(graph, { ...kernels, sizes, free });
  const nodes = new Map(inputNodes(graph).map((node) => [node.name, node] as const));
  return {
    ...layout,
    inputs: inputs.map(({ name, shape }) => {
      const { input, dtype } = nodes.get(name) ?? fail("module", `no input ${name}`);
      return { feed: feed(input), isInt: dtype === "int", shape };
    }),
    outputs: outputs.map(({ name, shape, store }) => {
      const { dtype, axes } = graph.output(name).type;
      const batchAt = axes.findIndex(({ tag }) => tag === "batch");
      return { gives: gives(name), batchAt, isInt: dtype === "int", shape, store };
    }),
  };
}

function givesOfPart(name: string): Gives {
  const output: Output = readOutput(name);
  if (output.kind === "final") return { kind: "final", path: output.path };
  if (output.kind === "held") return { kind: "held", node: output.node };
  return { kind: "result", name: shownName(name) };
}

/** What `work` returns, or the message of the UserError that it throws. */
function orReason<R>(work: () => R): R | { readonly reason: string } {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof UserError) return { reason: problem.message };
    throw problem;
  }
}

/** Names of all sizes in a graph that are not known, in the order of the alphabet, behind those of parts of a time. */
function freeSizes(graph: Graph, sizes: Sizes): readonly string[] {
  const free = new Set(
    graph
      .all()
      .flatMap(sizeNamesOf)
      .filter((name) => !sizes.has(name)),
  );
  const parts = [KEPT_STEPS, NEW_STEPS].filter((name) => free.delete(name));
  return [...parts, ...[...free].toSorted()];
}
