// A model that is trained or used: a definition with its parameters, and the layout of its data.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { programOf } from "../programs.ts";
import type { Layout } from "../data/data-source.ts";
import type { Options } from "../lang/elaborate/options.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import { timesOf, whyNotTruncated } from "../lang/elaborate/truncation.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { textInput } from "./text-input.ts";
import { truncationKind, type Truncation } from "./windows.ts";

export interface Model {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  readonly layout: Layout;
  /** Values that are asked for besides those of `output`. */
  readonly show: readonly string[];
  /** Whether its data have missing targets at some steps. */
  readonly isPartlyLabelled: boolean;
  /** The program for measuring and use: without dropout, and with carried states for a text. */
  readonly inference: Program;
}

/** The same model for data with or without missing targets. */
export function withLabelling(model: Model, isPartlyLabelled: boolean): Model {
  if (model.isPartlyLabelled === isPartlyLabelled) return model;
  const { definition, statics, layout } = model;
  return {
    ...model,
    isPartlyLabelled,
    inference: inferenceProgram(definition, statics, layout, { partlyLabelled: isPartlyLabelled }),
  };
}

function inferenceProgram(
  definition: ScopedDefinition,
  statics: Statics,
  layout: Layout,
  more: Pick<Options, "partlyLabelled" | "show">,
): Program {
  const states = layout === "text" ? "carried" : "initial";
  return programOf(definition, statics, { ragged: layout === "rows", training: false, states, ...more });
}

/** As `openModel`, for a model that learns or is measured. Throws a UserError too if it has only outputs. */
export function openMeasured(...args: Parameters<typeof openModel>): Model {
  const model = openModel(...args);
  if (!isMeasured(model.inference)) throw predictsNothing(model.inference.name);
  return model;
}

function isMeasured({ predictions, graph }: Program): boolean {
  return predictions.length > 0 || graph.outputsOf("loss").length > 0;
}

function predictsNothing(name: string): UserError {
  return new UserError(`\`${name}\` predicts nothing: say what, as in \`predict text[t+1] from …\``);
}

/** Throws a CompileError for a wrong spec, and a UserError if the model cannot read data of this layout. */
export function openModel(
  definition: ScopedDefinition,
  statics: Statics,
  layout: Layout,
  show: readonly string[] = [],
): Model {
  const inference = inferenceProgram(definition, statics, layout, { show });
  const { name } = inference;
  if (!isMeasured(inference) && inference.shown.length === 0) throw predictsNothing(name);
  if (layout === "text") checkReadsText(inference);
  return { definition, statics, layout, show, isPartlyLabelled: false, inference };
}

function checkReadsText(program: Program): void {
  const text = textInput(program);
  if (text === undefined) {
    throw new UserError(
      `\`${program.name}\` is not a model of running text, which has one input such as \`input text: seq char[V]\` and \`predict text[t+1] from …\`. Other models read JSON Lines or CSV (--data rows.jsonl)`,
    );
  }
  const reading = text.input.token?.reading;
  if (reading !== "char" && reading !== "word")
    throw new UserError(
      `\`${text.input.name}\` is a \`${reading ?? "number"}\`; running text is read as \`char\` or \`word\``,
    );
}

/** The program of one update. Throws a UserError if the model's wiring does not allow the truncation. */
export function trainingProgram(
  { definition, statics, layout, isPartlyLabelled }: Model,
  truncate: Truncation | null,
): Program {
  const isCarried = truncate !== null;
  const program = programOf(definition, statics, {
    ragged: layout === "rows",
    training: true,
    partlyLabelled: isPartlyLabelled,
    states: isCarried ? "carried" : "initial",
    truncation: truncate === null ? "plain" : truncationKind(truncate),
  });
  if (truncate !== null) timeOfTruncation(program, truncate.each !== undefined);
  return program;
}

/** The only time of a program, along which truncation cuts. Throws a UserError if there are several times, or if a part runs right to left or needs all steps. */
export function timeOfTruncation(program: Program, each = false): string {
  const reason = whyNotTruncated(program, each);
  if (reason === undefined) return timesOf(program)[0] ?? fail("train", "no time to cut");
  throw new UserError(
    `\`${program.name}\` cannot be trained or measured on parts of a sequence (\`truncate\`, running text, \`carriesState\`): ${reason}. Use whole sequences`,
  );
}
