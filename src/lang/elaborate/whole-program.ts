// Errors that only the whole graph of a model shows: a prediction that depends on its own target, a truncation that is not possible.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Definition } from "../ast.ts";
import { badTruncation } from "../messages-settings.ts";
import { predictionsAhead } from "./looks-ahead.ts";
import type { Elaborated, Program } from "./program.ts";
import { settingsOf } from "./settings.ts";
import { whyNotTruncated } from "./truncation.ts";

export function refuseWhole(definition: Definition, whole: Elaborated): Elaborated {
  const { program, diagnostics, suspects } = whole;
  if (program === null) return whole;
  const found = [...predictionsAhead(definition, program), ...wrongTruncation(definition, program)];
  return { program: found.length === 0 ? program : null, diagnostics: [...diagnostics, ...found], suspects };
}

/** A `truncate` that the model does not allow is an error of the spec, whatever the model is used for. */
function wrongTruncation(definition: Definition, program: Program): readonly Diagnostic[] {
  const setting = settingsOf(definition).find(({ kind }) => kind === "truncate");
  const reason =
    setting === undefined ? undefined : whyNotTruncated(program, program.settings.truncate?.each !== undefined);
  return setting === undefined || reason === undefined ? [] : [badTruncation(program.name, reason, setting.span)];
}
