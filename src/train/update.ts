// One update as one graph: loss, gradient, clipping, optimizer.
// Inputs: those of the program, settings (scalars) and slots. Outputs: the loss, the norm, the states, and the weights and slots that have a
// gradient.
import { lowerWith } from "../compile.ts";
import { printOutput, type Input } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Learning } from "../lang/elaborate/weight-settings.ts";
import type { ClipSettings, OptimizerSetting } from "../lang/elaborate/settings.ts";
import type { Builder } from "../ops/builder.ts";
import { Builder as GraphBuilder } from "../ops/builder.ts";
import { copyInto } from "../ops/rewrite.ts";
import type { Visit } from "../passes/list.ts";
import { SCALAR } from "../shape/type.ts";
import { slotsOf, updateFormula } from "./optimizer.ts";

export interface UpdateSettings {
  readonly optimizer: OptimizerSetting;
  readonly clip: ClipSettings;
  /** Whether gradients are cut within a window, at the steps that the batch marks. */
  readonly cutsState?: boolean;
  /** The number of steps through which the loss of each step goes back. */
  readonly reach?: number;
  /** The paths of more weights that stay as they are: they have no gradient, no slots and no part in the norm. */
  readonly frozen?: readonly string[];
}

/** The optimizer's slots for a program. */
export function slotInputs(
  program: Program,
  settings: Pick<UpdateSettings, "optimizer" | "frozen">,
): readonly Input<"slot">[] {
  const slots = slotsOf(settings.optimizer);
  return trainedWeights(program, settings).flatMap(({ name }) => slots.map((slot) => slotInput(slot, name)));
}

function trainedWeights(
  { parameters }: Program,
  { frozen = [] }: Pick<UpdateSettings, "frozen">,
): Program["parameters"] {
  const fixed = new Set(frozen);
  return parameters.filter(({ name, learning }) => !learning.isFrozen && !fixed.has(name));
}

function slotInput(slot: string, weight: string): Input<"slot"> {
  return { kind: "slot", slot, weight };
}

const LOSS = printOutput({ kind: "loss" });

/** The optimised graph of one update of `program`, whose loss is its output `loss`. */
export function updateGraph(program: Program, settings: UpdateSettings, visit: Visit = () => {}): Graph {
  const { state } = settings.clip;
  const { reach } = settings;
  const request = {
    from: new Map([[LOSS, null]]),
    by: trainedWeights(program, settings).map((parameter) => parameter.name),
    ...(state === undefined ? {} : { clipState: state }),
    cutsState: settings.cutsState === true,
    ...(reach === undefined ? {} : { reach }),
    omitsAbsent: true,
  };
  return lowerWith(program.graph, request, (graph) => addUpdate(graph, program, settings), visit);
}

function addUpdate(graph: Graph, program: Program, settings: UpdateSettings): Graph {
  const build = new GraphBuilder();
  const copy = copyInto(build, graph);
  const outputs = new Map<string, string>();
  const finals = new Set(program.states.map((state) => printOutput({ kind: "final", path: state.name })));
  for (const [name, id] of graph.outputs) if (name === LOSS || finals.has(name)) outputs.set(name, copy.of(id));
  const rate = build.input({ kind: "setting", setting: "rate" }, SCALAR);
  const step = build.input({ kind: "setting", setting: "step" }, SCALAR);
  const gradients = new Map(
    program.parameters.flatMap(({ name }) => {
      const id = graph.outputs.get(printOutput({ kind: "gradient", by: name }));
      return id === undefined ? [] : [[name, copy.of(id)] as const];
    }),
  );
  const { clipped, norm } = clip(build, gradients, settings.clip);
  outputs.set(printOutput({ kind: "norm" }), norm);
  for (const { name, type, learning } of program.parameters) {
    // A weight without a gradient does not change, and neither do its slots: no decay, no momentum.
    const gradient = clipped.get(name);
    if (gradient === undefined) continue;
    const parameter = build.input({ kind: "weight", path: name }, type);
    const next = updateFormula(decayed(settings.optimizer, learning), {
      build,
      parameter,
      gradient,
      rate: learning.rate === 1 ? rate : build.op("mul", [rate, build.constant(learning.rate)]),
      step,
      slot: (slot) => {
        const own = slotInput(slot, name);
        return {
          value: build.input(own, type),
          become: (value) => {
            outputs.set(printOutput(own), value);
            return value;
          },
        };
      },
    });
    outputs.set(printOutput({ kind: "weight", path: name }), next);
  }
  return build.finish(graph.name, outputs);
}

/** The optimizer with the decay of one weight, if it decays weights. */
function decayed(optimizer: OptimizerSetting, { decay }: Learning): OptimizerSetting {
  if (decay === null || optimizer.kind !== "adamw") return optimizer;
  return { ...optimizer, values: new Map([...optimizer.values, ["decay", decay]]) };
}

type Gradients = ReadonlyMap<string, string>;

/** Clips elements, then the norm of all gradients together. Returns that norm as it was before its clipping. */
function clip(
  build: Builder,
  gradients: Gradients,
  settings: ClipSettings,
): { readonly clipped: Gradients; readonly norm: string } {
  const { value, norm: limit } = settings;
  const clamp = (gradient: string): string =>
    value === undefined ? gradient : build.op("clamp", [gradient, build.constant(-value), build.constant(value)]);
  const clamped = new Map([...gradients].map(([name, gradient]) => [name, clamp(gradient)]));
  const squares = [...clamped.values()].map((gradient) => sumOfSquares(build, gradient));
  const norm = build.op("sqrt", [squares.reduce((sum, each) => build.op("add", [sum, each]), build.constant(0))]);
  if (limit === undefined) return { clipped: clamped, norm };
  const safe = build.op("max", [norm, build.constant(limit)]);
  const scale = build.op("div", [build.constant(limit), safe]);
  return { clipped: new Map([...clamped].map(([name, gradient]) => [name, build.op("mul", [gradient, scale])])), norm };
}

function sumOfSquares(build: Builder, gradient: string): string {
  const rank = build.type(gradient).axes.length;
  const square = build.op("square", [gradient]);
  return rank === 0
    ? square
    : build.op("sum", [square], { axes: Array.from({ length: rank }, (_, index) => index - rank) });
}
