// What a model computes on given numbers: the value of each of its equations at each step, and its last states.
import { UserError } from "../base/diagnostic.ts";
import { readKept, readOutput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { formatExpression } from "../lang/format-expression.ts";
import { printDim } from "../shape/dim.ts";
import { timeName, timeOf, type Type } from "../shape/type.ts";
import { logitsName, shownName } from "../train/outputs.ts";
import type { Compiled } from "./compiled.ts";
import { gatherBatch } from "./feed.ts";
import type { Arrays, Chunk, RunOptions, Trace, TracedValue } from "./types.ts";

/** Rejects with a UserError as `run` does. */
export async function trace<T>(model: Compiled<T>, arrays: Arrays, options: RunOptions): Promise<Trace> {
  const equations = equationsOf(model);
  const show = options.show ?? [...equations.keys()].filter((name) => canBeShown(model, name));
  const { results, state } = await runWithState(model, arrays, { ...options, show });
  const program = programShowing(model, show);
  const types = typesOf(program);
  const others = Object.keys(results).filter((name) => !show.includes(name) && !isDouble(model, name, show));
  const values = [...show, ...others].flatMap((name): readonly TracedValue[] => {
    const array = results[name];
    if (array === undefined) return [];
    const type = types.get(name);
    const along = type === undefined ? [] : alongOf(program, type);
    const isSequence = type !== undefined && timeOf(type) !== undefined;
    return [{ name, equation: equations.get(name) ?? null, isSequence, along, array }];
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

/** The types of results, by their names for users. */
function typesOf({ graph }: Program): ReadonlyMap<string, Type> {
  return new Map(
    [...graph.outputs.keys()].flatMap((name): [string, Type][] => {
      const { type } = graph.output(name);
      const output = readOutput(name);
      if (output.kind !== "logits") return [[shownName(name), type]];
      return [
        [output.of, withoutLast(type)],
        [logitsName(output.of), type],
      ];
    }),
  );
}

/** Of the token that is chosen from logits. */
function withoutLast(type: Type): Type {
  return { dtype: "int", axes: type.axes.slice(0, -1) };
}

/** For each axis but that of examples, an input with the same time. */
function alongOf({ inputs }: Program, { axes }: Type): readonly (string | null)[] {
  return axes
    .filter(({ tag }) => tag !== "batch")
    .map(({ tag, size }) => {
      if (tag === "plain") return null;
      const same = inputs.filter(({ type }) => timeName(type) === printDim(size));
      return (same.find(({ token }) => token !== undefined) ?? same[0])?.name ?? null;
    });
}
