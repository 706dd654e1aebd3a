// A definition as what a C file holds: what is known when it is compiled, what runs once when a sequence begins, and what runs at each step.
import { outputsOnly } from "../../ops/rewrite.ts";
import { UserError } from "../../base/diagnostic.ts";
import { programOf } from "../../compile.ts";
import { isDim, isType } from "../../graph/attributes.ts";
import { printOutput } from "../../graph/border.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Attribute } from "../../graph/node.ts";
import type { ProgramInput } from "../../lang/elaborate/inputs.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import { whyNotStepped } from "../../lang/elaborate/step-by-step.ts";
import { ARRANGE } from "../../passes/arrange.ts";
import { EARLY_PASSES, PASSES, runPasses } from "../../passes/list.ts";
import { MERGE } from "../../passes/merge.ts";
import { STACK } from "../../passes/stack.ts";
import { WIDEN } from "../../passes/widen.ts";
import { symbolsOf, type Sizes } from "../../shape/dim.ts";
import { sizeNamed, wholeName } from "../../shape/thinned.ts";
import { timeName } from "../../shape/type.ts";
import { splitFeedback } from "../../time/feedback.ts";
import { unrollAlong } from "../../time/unroll.ts";
import { outputsOfStep } from "../../train/outputs.ts";
import { isFed, isGivenOnce } from "../../train/step-inputs.ts";
import type { ExportRequest } from "../request.ts";
import { statesAlong } from "../states-along.ts";

export interface Chosen {
  readonly input: ProgramInput;
  /** The path of its state. */
  readonly state: string;
  /** From what was chosen to the state: a scaled number is standardised. */
  readonly becomes: Graph;
}

export interface Cut {
  readonly program: Program;
  /** The name of the time along which it steps. */
  readonly time: string;
  /** Of one example and one step. */
  readonly sizes: Sizes;
  /** The inputs that each step reads. */
  readonly fed: readonly ProgramInput[];
  /** What is predicted at a step and read at the next one. Its state is set from outside. */
  readonly chosen: readonly Chosen[];
  /** The inputs that are the same at all steps. */
  readonly given: readonly ProgramInput[];
  /** The outputs of a step that are results. */
  readonly outputs: readonly string[];
  /** Its outputs depend on weights only. */
  readonly known: Graph;
  /** Its outputs depend on what is given. */
  readonly begin: Graph;
  readonly step: Graph;
}

/** Throws a UserError for what cannot go step by step, and for a length that is not known. */
export function cutOf({ definition, statics, sizes: known }: ExportRequest): Cut {
  const program = programOf(definition, statics, { ragged: false, training: false, states: "carried" });
  const outputs = outputsOfStep(program, definition);
  const time = timeOfC(program, outputs);
  const isOfStep = (input: ProgramInput): boolean => isFed(program, input) && timeName(input.type) === time;
  const steps = program.inputs.filter(isOfStep);
  const { before, step } = splitFeedback(
    program.graph,
    {
      time,
      fed: new Set(program.inputs.filter((each) => isOfStep(each) || each.role === "target").map(({ name }) => name)),
      states: statesAlong(program, time),
      needed: outputs,
    },
    (graph) => optimised(unrollAlong(graph, time, 1)),
  );
  const chosen = steps.flatMap((input): Chosen[] => {
    const state = `${input.name}[t-1]`;
    if (input.role !== "target" || !program.states.some(({ name }) => name === state)) return [];
    const final = printOutput({ kind: "final", path: state });
    return [{ input, state, becomes: outputsOnly(step, (name) => name === final) }];
  });
  const set = new Set(chosen.map(({ state }) => printOutput({ kind: "final", path: state })));
  const sizes = new Map([...known, ["B", 1] as const, [time, 1] as const]);
  const dependent = dependentOutputs(before);
  const cut: Cut = {
    program,
    time,
    sizes,
    fed: steps.filter((input) => !chosen.some((each) => each.input === input)),
    chosen,
    given: program.inputs.filter(
      (input) => isGivenOnce(input) || (isFed(program, input) && timeName(input.type) !== time),
    ),
    outputs,
    known: outputsOnly(before, (name) => !dependent.has(name)),
    begin: outputsOnly(before, (name) => dependent.has(name)),
    step: outputsOnly(step, (name) => !set.has(name)),
  };
  for (const graph of [cut.begin, cut.step, ...chosen.map(({ becomes }) => becomes)]) refuseUnknownSizes(cut, graph);
  return cut;
}

/** Without the passes that put weights side by side or turn them: each weight is one array of the file, which products read as it is. */
function optimised(graph: Graph): Graph {
  const joining = new Set([STACK, MERGE, WIDEN, ARRANGE].map(({ name }) => name));
  const early = runPasses(EARLY_PASSES, "early", graph);
  return runPasses(
    PASSES.filter(({ name }) => !joining.has(name)),
    "late",
    early,
  );
}

function refused({ name }: Program, reason: string): UserError {
  return new UserError(
    `\`${name}\` cannot be compiled to C, which goes step by step: ${reason}. The formats \`module\` and \`onnx\` read whole sequences`,
  );
}

/** The only time of what is fed, or that of what is fed back. */
function timeOfC(program: Program, outputs: readonly string[]): string {
  const refuse = (reason: string): never => {
    throw refused(program, reason);
  };
  const fed = program.inputs.filter((input) => isFed(program, input));
  const times = new Set(fed.flatMap(({ type }) => timeName(type) ?? []));
  const written = new Set(fed.filter(({ role }) => role === "target").flatMap(({ type }) => timeName(type) ?? []));
  const [time, ...others] = written.size === 1 ? written : times;
  if (time === undefined) return refuse("it reads no sequence");
  if (others.length > 0) return refuse("it reads sequences of several lengths");
  const reason = whyNotStepped(program.graph, time, outputs);
  return reason === undefined ? time : refuse(reason);
}

/** The outputs that depend on data. */
function dependentOutputs(graph: Graph): ReadonlySet<string> {
  const dependent = new Set<string>();
  for (const node of graph.region(null))
    if (node.input?.kind === "data" || node.operands.some((id) => dependent.has(id))) dependent.add(node.id);
  return new Set([...graph.outputs].filter(([, id]) => dependent.has(id)).map(([name]) => name));
}

function refuseUnknownSizes({ program, sizes }: Cut, graph: Graph): void {
  for (const each of sizesIn(graph)) {
    if (sizeNamed(each, sizes) !== undefined) continue;
    const name = wholeName(each);
    const input = program.inputs.find(({ type }) => type.axes.some(({ size }) => symbolsOf(size).includes(name)));
    const what = input === undefined ? `the size ${name}` : `the size ${name} of \`${input.name}\``;
    throw new UserError(
      `\`${program.name}\` cannot be compiled to C: ${what} is not known, and C has no lengths that change. Give it: \`--set ${name}=12\`, or in a program \`sizes: { ${JSON.stringify(name)}: 12 }\``,
    );
  }
}

function sizesIn(graph: Graph): ReadonlySet<string> {
  const namesIn = (value: Attribute): readonly string[] => {
    if (isDim(value)) return symbolsOf(value);
    if (isType(value)) return value.axes.flatMap((axis) => symbolsOf(axis.size));
    return Array.isArray(value) ? value.flatMap(namesIn) : [];
  };
  return new Set(graph.all().flatMap((node) => [node.type, ...Object.values(node.attributes)].flatMap(namesIn)));
}
