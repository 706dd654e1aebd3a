// The stages of the compiler as text, for `recurra emit`: their names, descriptions and printers.
import { printDim } from "../shape/dim.ts";
import { UserError } from "../base/diagnostic.ts";
import { lower, programOf } from "../compile.ts";
import type { GradientRequest } from "../grad/gradient.ts";
import type { Graph } from "../graph/graph.ts";
import { printGraph } from "../graph/print.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import { format } from "../lang/format.ts";
import type { FileScope, ScopedDefinition } from "../lang/scope.ts";
import { EARLY_PASSES, PASSES, stageOf } from "../passes/list.ts";
import type { Pass } from "../passes/pass.ts";
import { timesOfScans, unrollBy, unrollFully } from "../time/unroll.ts";
import type { Unrolling } from "../time/unroll-choice.ts";
import { stepsOfFeedback } from "../train/session.ts";
import { stepParts } from "../train/stepper.ts";
import { suggestion } from "./select.ts";

export interface Stage {
  readonly name: string;
  readonly doc: string;
}

function passStages(passes: readonly Pass[], prefix: string): readonly Stage[] {
  return passes.map((pass) => ({ name: stageOf(prefix, pass), doc: pass.doc }));
}

export const STAGES: readonly Stage[] = [
  { name: "source", doc: "the file as it is" },
  { name: "ast", doc: "the file as it was parsed, printed again" },
  { name: "graph", doc: "one cell or model as a graph, with inferred sizes" },
  ...passStages(EARLY_PASSES, "early"),
  {
    name: "gradient",
    doc: "the graph with the gradient of the loss, or of sum(output * cotangent) for a cell, with respect to every weight",
  },
  ...passStages(PASSES, "late"),
  { name: "final", doc: "the graph that a target runs, after all passes" },
  { name: "once", doc: "for `generate`: the part that does not depend on the fed-back value, which runs once" },
  { name: "step", doc: "for `generate`: the part that runs at each step" },
  {
    name: "plan",
    doc: "the final stage on the target `wasm`: loops, products, groups of element-wise functions, and storage",
  },
  { name: "wat", doc: "the kernels of the plan as WebAssembly text" },
  { name: "c", doc: "the kernels of the plan in C, as the target `native` compiles them" },
  { name: "wgsl", doc: "the final stage on the target `tfjs-webgpu`: the shaders that a GPU runs, in order" },
];

/** Throws a UserError with similar names if there is no such stage. */
export function stageNamed(name: string): Stage {
  const found = STAGES.find((stage) => stage.name === name);
  if (found !== undefined) return found;
  const names = STAGES.map((stage) => stage.name);
  const alike = names.filter((each) => each.includes(`-${name}`));
  const hint =
    alike.length > 0 ? `; there are ${alike.join(", ")}` : (suggestion(name, names) ?? "; `--stage list` lists them");
  throw new UserError(`there is no stage \`${name}\`${hint}`);
}

export function listStages(): string {
  const width = Math.max(...STAGES.map(({ name }) => name.length));
  return STAGES.map(({ name, doc }) => `${name.padEnd(width)}  ${doc}`).join("\n");
}

/** A definition and settings, to print as a graph. */
export interface GraphJob {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  readonly isRagged: boolean;
  /** How the final graph is unrolled. */
  readonly unroll: Unrolling;
  readonly length: number;
}

/** The text of a stage before `graph`; null for later stages. */
export function fileAt(stage: Stage, { file }: FileScope): string | null {
  if (stage.name === "source") return file.source.text;
  return stage.name === "ast" ? format(file) : null;
}

export function graphAt(stage: Stage, job: GraphJob): string {
  const { definition, statics, isRagged, unroll, length } = job;
  if (stage.name === "once" || stage.name === "step") return printGraph(writingGraph(stage.name, job));
  const seen = new Map<string, Graph>();
  const visit = (name: string, graph: Graph): void => void seen.set(name, graph);
  const states = definition.definition.kind === "cell" ? "given" : "initial";
  const program = programOf(definition, statics, { ragged: isRagged, training: true, states }, visit);
  if (stage.name !== "graph") seen.set("final", lower(program.graph, requestFor(program), visit));
  const graph = seen.get(stage.name);
  if (graph === undefined)
    throw new UserError(`\`${program.name}\` has no stage \`${stage.name}\`: it has nothing to differentiate`);
  return printGraph(stage.name === "final" ? unrolled(graph, unroll, length) : graph);
}

function writingGraph(part: "once" | "step", { definition, statics, isRagged }: GraphJob): Graph {
  const program = programOf(definition, statics, { ragged: isRagged, training: false, states: "carried" });
  const { before, step } = stepParts(program, stepsOfFeedback(program));
  return part === "once" ? before : step;
}

function unrolled(graph: Graph, unroll: Unrolling, length: number): Graph {
  if (unroll === "none") return graph;
  if (unroll !== "full") return unrollBy(graph, unroll).graph;
  return unrollFully(graph, new Map(timesOfScans(graph).map((time) => [printDim(time), length])));
}

/** The gradient of the loss, or of a cell's output, with respect to all weights; null if there is none. */
export function requestFor({ graph, parameters }: Program): GradientRequest | null {
  const by = parameters.filter(({ type }) => type.dtype === "float").map(({ name }) => name);
  if (by.length === 0) return null;
  const [loss] = graph.outputsOf("loss");
  if (loss !== undefined) return { from: new Map([[loss.name, null]]), by };
  const [output] = graph.outputsOf("output");
  if (output === undefined || graph.node(output.id).type.dtype !== "float") return null;
  return { from: new Map([[output.name, { kind: "cotangent", of: null }]]), by };
}
