// What a run gives, by the names that a user knows.
import { fail } from "../base/invariant.ts";
import { printInput, readOutput, shortPath, type Output } from "../graph/border.ts";
import { outputOf, shownOutput } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { timeOf, withoutTime } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { likeliest } from "../train/sampling.ts";
import { unplaced } from "./arrays.ts";
import type { NumberArray } from "./given.ts";
import type { Results } from "./types.ts";

/** The graph's outputs that a user asks for: a cell's outputs and last states, a model's logits, values and `output`. */
export function namedOutputs(program: Program, definition: ScopedDefinition): readonly string[] {
  const isModel = definition.definition.kind === "model";
  const several = severalOutputs(definition);
  const isNamed = (output: Output): boolean => {
    switch (output.kind) {
      case "logits":
        return isModel;
      case "value":
        return isModel || several.includes(output.of);
      case "output":
        return !isModel;
      case "final":
        return !isModel && !COUNTER.test(output.path);
      case "loss":
      case "measure":
      case "gradient":
      case "weight":
      case "slot":
      case "norm":
      case "saved":
      case "held":
      case "result":
        return false;
    }
  };
  return [...program.graph.outputs.keys()].filter((name) => isNamed(readOutput(name)));
}

/** An output of the graph by the name that a user knows. */
export function shownName(name: string): string {
  const output = readOutput(name);
  if (output.kind === "logits") return logitsName(output.of);
  if (output.kind === "value") return output.of;
  return output.kind === "final" ? printInput({ kind: "state", path: shortPath(output.path) }) : name;
}

function logitsName(prediction: string): string {
  return `${prediction}.logits`;
}

/** As `namedOutputs`, of one step: its state stays in the stream. */
export function outputsOfStep(program: Program, definition: ScopedDefinition): readonly string[] {
  return namedOutputs(program, definition).filter((name) => readOutput(name).kind !== "final");
}

/** Where a cell counts its steps: `t`, which nobody declares. */
const COUNTER = /\.t$/;

/** The names behind `output`, where there are several; a single one is `output`. */
function severalOutputs({ definition }: ScopedDefinition): readonly string[] {
  const names = definition.body.flatMap((each) => (each.kind === "output" ? each.names.map(({ name }) => name) : []));
  return names.length > 1 ? names : [];
}

/** `isStep`: the arrays are of one step, and lose the time that they have. */
export function resultsOf(
  program: Program,
  found: ReadonlyMap<string, HostArray>,
  { isSingle, isStep }: { readonly isSingle: boolean; readonly isStep: boolean },
): Results {
  const results: Record<string, NumberArray> = {};
  const user = (name: string): NumberArray => {
    const array = found.get(name) ?? fail("library", `no result ${name}`);
    const { type } = program.graph.output(name);
    if (!isStep || timeOf(type) === undefined) return unplaced(array, type, isSingle);
    return unplaced({ ...array, shape: array.shape.slice(1) }, withoutTime(type), isSingle);
  };
  if (program.predictions.length + program.shown.length === 0) {
    for (const name of found.keys()) results[shownName(name)] = user(name);
    return results;
  }
  for (const { name, kind } of program.predictions) {
    const given = user(outputOf({ kind, name }));
    if (kind === "number") {
      results[name] = given;
      continue;
    }
    results[logitsName(name)] = given;
    results[name] = kind === "binary" ? probabilities(given) : tokens(given);
  }
  for (const name of program.shown) results[name] = user(shownOutput(name));
  return results;
}

function probabilities({ shape, data }: NumberArray): NumberArray {
  return { shape, data: Float32Array.from(data, (logit) => 1 / (1 + Math.exp(-logit))) };
}

function tokens({ shape, data }: NumberArray): NumberArray {
  const size = shape.at(-1) ?? 1;
  const all = Array.from({ length: size }, (_, token) => token);
  const count = size === 0 ? 0 : data.length / size;
  return {
    shape: shape.slice(0, -1),
    data: Int32Array.from({ length: count }, (_, index) =>
      likeliest(data.subarray(index * size, (index + 1) * size), all),
    ),
  };
}
