// What a model computes on given numbers: the value of each of its equations at each step, and its last states.
import { UserError } from "../base/diagnostic.ts";
import { readKept, readOutput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { formatExpression } from "../lang/format-expression.ts";
import { timeOf } from "../shape/type.ts";
import { logitsName, shownName } from "../train/outputs.ts";
import type { Compiled } from "./compiled.ts";
import { gatherBatch } from "./feed.ts";
import type { Arrays, Chunk, RunOptions, Trace, TracedValue } from "./types.ts";

/** Rejects with a UserError as `run` does. */
export async function trace<T>(model: Compiled<T>, arrays: Arrays, options: RunOptions): Promise<Trace> {
  const equations = equationsOf(model);
  const show = options.show ?? [...equations.keys()].filter((name) => canBeShown(model, name));
  const { results, state } = await runWithState(model, arrays, { ...options, show });
  const sequences = sequencesAmong(programShowing(model, show));
  const others = Object.keys(results).filter((name) => !show.includes(name) && !isDouble(model, name, show));
  const values = [...show, ...others].flatMap((name): readonly TracedValue[] => {
    const array = results[name];
    return array === undefined
      ? []
      : [{ name, equation: equations.get(name) ?? null, isSequence: sequences.has(name), array }];
  });
  return { batch: batchOf(model, arrays, options), values, state };
}

function batchOf<T>(model: Compiled<T>, arrays: Arrays, { lengths, allowNonFinite }: RunOptions): number | null {
  const given = {
    lengths: lengths ?? null,
    use: "run",
    allowNonFinite: allowNonFinite ?? model.allowNonFinite,
  } as const;
  const { batch, isSingle } = gatherBatch(model, arrays, given);
  return isSingle ? null : (batch.sizes.get("B") ?? 1);
}

/** The equations as they are written, by the names that they define. */
function equationsOf<T>({ definition }: Compiled<T>): ReadonlyMap<string, string> {
  return new Map(
    definition.definition.body.flatMap((statement) => {
      if (statement.kind !== "equation") return [];
      const names = statement.names.map(({ name }) => name);
      const equation = `${names.join(", ")} = ${formatExpression(statement.value)}`;
      return names.map((name): [string, string] => [name, equation]);
    }),
  );
}

function programShowing<T>(model: Compiled<T>, show: readonly string[]): Program {
  return model.programFor({ ragged: false, training: false, states: "initial", show });
}

/** Not so for an equation without numbers: weights, or a cell with its sizes. */
function canBeShown<T>(model: Compiled<T>, name: string): boolean {
  try {
    programShowing(model, [name]);
    return true;
  } catch (problem) {
    if (problem instanceof UserError) return false;
    throw problem;
  }
}

/** Results that stand elsewhere: last states, and what a cell returns, which one of its equations gives. */
function isDouble<T>({ kind }: Compiled<T>, name: string, show: readonly string[]): boolean {
  return readKept(name).kind === "state" || (kind === "cell" && name === "output" && show.length > 0);
}

/** The last states are null for a model that cannot be run in parts, as one that reads from right to left. */
async function runWithState<T>(
  model: Compiled<T>,
  arrays: Arrays,
  options: RunOptions,
): Promise<Pick<Chunk, "results"> & Pick<Trace, "state">> {
  try {
    return await model.runChunk(arrays, options);
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    return { results: await model.run(arrays, options), state: null };
  }
}

/** Results with a value at each step, by their names for users. */
function sequencesAmong({ graph }: Program): ReadonlySet<string> {
  const names = [...graph.outputs.keys()].flatMap((name) => {
    if (timeOf(graph.output(name).type) === undefined) return [];
    const output = readOutput(name);
    return output.kind === "logits" ? [output.of, logitsName(output.of)] : [shownName(name)];
  });
  return new Set(names);
}
