// A model that is trained or used: a definition with its arguments, and how data are laid out for it.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { programOf } from "../compile.ts";
import type { Layout } from "../data/data-source.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import { timesOf, whyNotTruncated } from "../lang/elaborate/truncation.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { textInput } from "./text-source.ts";
import { truncationKind, type Truncation } from "./windows.ts";

export interface Model {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  readonly layout: Layout;
  /** Whether its data lack targets at some steps. */
  readonly isPartlyLabelled: boolean;
  /** As it is measured and used: without dropout; the state of a text is carried on. */
  readonly inference: Program;
}

/** The same model for data that lack targets at some steps, or for such as have them all. */
export function labelledAs(model: Model, isPartlyLabelled: boolean): Model {
  if (model.isPartlyLabelled === isPartlyLabelled) return model;
  const { definition, statics, layout } = model;
  return { ...model, isPartlyLabelled, inference: inferenceOf(definition, statics, layout, isPartlyLabelled) };
}

function inferenceOf(definition: ScopedDefinition, statics: Statics, layout: Layout, partlyLabelled: boolean): Program {
  const states = layout === "text" ? "carried" : "initial";
  return programOf(definition, statics, { ragged: layout === "rows", training: false, partlyLabelled, states });
}

/** Throws a CompileError for a wrong spec, a UserError where the model cannot read such data. */
export function openModel(definition: ScopedDefinition, statics: Statics, layout: Layout): Model {
  const inference = inferenceOf(definition, statics, layout, false);
  const { name } = inference;
  if (inference.predictions.length === 0 && inference.graph.outputsOf("loss").length === 0)
    throw new UserError(`\`${name}\` predicts nothing: say what, as in \`predict text[t+1] from …\``);
  if (layout === "text") refuseNoText(inference);
  return { definition, statics, layout, isPartlyLabelled: false, inference };
}

function refuseNoText(program: Program): void {
  const text = textInput(program);
  if (text === undefined) {
    throw new UserError(
      `\`${program.name}\` is no model of running text: that has one input such as \`input text: seq char[V]\` and says \`predict text[t+1] from …\`. Other models read JSON Lines or CSV (--data rows.jsonl)`,
    );
  }
  const reading = text.input.token?.reading;
  if (reading !== "char" && reading !== "word")
    throw new UserError(
      `\`${text.input.name}\` is a \`${reading ?? "number"}\`; running text is read as \`char\` or \`word\``,
    );
}

/** The program of one update. Throws a UserError where the model's wiring does not allow the truncation. */
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
  if (truncate !== null) timeOfTruncation(program);
  return program;
}

/** The only time of a program, along which truncation cuts. Throws a UserError where there is another, a part that runs right to left, or one that takes all steps together. */
export function timeOfTruncation(program: Program): string {
  const reason = whyNotTruncated(program);
  if (reason === undefined) return timesOf(program)[0] ?? fail("train", "no time to cut");
  throw new UserError(
    `\`${program.name}\` cannot be trained or measured on parts of a sequence (\`truncate\`, running text, \`carriesState\`): ${reason}. Use whole sequences`,
  );
}
