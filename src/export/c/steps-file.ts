// A cell or model as the functions of a C file and all that they use.
import { lookup } from "../../base/invariant.ts";
import { TaskFunctions } from "../../codegen/c/functions.ts";
import { printInput, shortPath } from "../../graph/border.ts";
import { inputOf } from "../../graph/node.ts";
import type { ProgramInput } from "../../lang/elaborate/inputs.ts";
import { shownName } from "../../train/outputs.ts";
import type { ExportRequest } from "../request.ts";
import { StaticArrays } from "./arrays.ts";
import { beginFunction } from "./begin-function.ts";
import { chooseFunction } from "./choose-function.ts";
import { cutOf, type Cut } from "./cut.ts";
import type { FileParts, Kept, StepFunction } from "./file-parts.ts";
import { knownValues } from "./known-values.ts";
import { tasksOf, type Tasks } from "./memory.ts";
import { Parameters, type Parameter } from "./parameters.ts";
import { StateStruct } from "./state-struct.ts";
import { readsFresh, stepFunction } from "./step-function.ts";

export interface StepsFile extends FileParts {
  readonly states: readonly Kept[];
  /** 1 before the first step, else 0; undefined if no step reads it. */
  readonly fresh: Kept | undefined;
  /** Undefined if nothing is given when a sequence begins. */
  readonly begin: StepFunction | undefined;
  readonly step: StepFunction;
  /** What is set after a step, each by its one parameter. */
  readonly chosen: readonly { readonly parameter: Parameter; readonly choose: StepFunction }[];
}

/** Throws a UserError for what cannot go step by step, and for a length that is not known. */
export function stepsFileOf(request: ExportRequest): StepsFile {
  const cut = cutOf(request);
  const parts: FileParts = {
    cut,
    weights: request.weights,
    struct: new StateStruct(),
    arrays: new StaticArrays(request.name, request.weightType),
    functions: new TaskFunctions(request.name),
  };
  const parameters = new Parameters(cut.sizes, cut.time);
  const input = ({ name, type }: ProgramInput): Parameter => parameters.of(name, name, type, false);
  const inputs = cut.fed.map(input);
  const chosen = cut.chosen.map((each) => ({ chosen: each, parameter: input(each.input) }));
  const given = cut.given.map(input);
  const results = cut.outputs.map((name) =>
    parameters.of(name, resultName(name, cut), cut.program.graph.output(name).type, true),
  );
  const program = tasksOf(cut.step, cut.sizes);
  const states = statesOf(program, parts);
  const fresh = readsFresh(program) ? freshIn(parts) : undefined;
  const begin = beginFunction(given, program, parts);
  const known = knownValues(cut, request);
  const step = stepFunction({ program, inputs, results, states, fresh, begun: begin.places, known }, parts);
  const choices = chosen.map((each) => {
    const state = lookup(states, printInput({ kind: "state", path: each.chosen.state }), "c");
    return { parameter: each.parameter, choose: chooseFunction({ ...each, state, known }, parts) };
  });
  parts.struct.fillIfEmpty();
  return {
    ...parts,
    states: [...states.values()],
    fresh,
    begin: given.length === 0 ? undefined : begin,
    step,
    chosen: choices,
  };
}

/** A number that is predicted and chosen has one name in a spec. */
function resultName(output: string, { chosen }: Cut): string {
  const name = shownName(output);
  return chosen.some(({ input }) => input.name === name) ? `predicted ${name}` : name;
}

/** Members of the struct for the states, by the names of the inputs of a step. */
function statesOf({ inputs }: Tasks, { struct }: FileParts): ReadonlyMap<string, Kept> {
  return new Map(
    inputs.flatMap(({ name, node, view }): [string, Kept][] => {
      const input = inputOf(node);
      if (input.kind !== "state") return [];
      const path = shortPath(input.path);
      const { kind, count } = view.storage;
      return [[name, { place: struct.add(path, kind, count, `The state ${path}`), count }]];
    }),
  );
}

function freshIn({ struct }: FileParts): Kept {
  return { place: struct.add("fresh", "float32", 1, "1 before the first step, else 0"), count: 1 };
}
