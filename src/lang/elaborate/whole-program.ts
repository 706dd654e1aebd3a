// Errors that only the whole graph of a model shows: a prediction that depends on its own target, a truncation that is not possible.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Definition } from "../ast.ts";
import { looksAhead } from "../messages.ts";
import { badTruncation } from "../messages-settings.ts";
import { told, wayAhead } from "./looks-ahead.ts";
import { outputOf } from "./predict.ts";
import type { Elaborated, Program } from "./program.ts";
import { settingsOf } from "./settings.ts";
import { whyNotTruncated } from "./truncation.ts";

export function refuseWhole(definition: Definition, whole: Elaborated): Elaborated {
  const { program, diagnostics, suspects } = whole;
  if (program === null) return whole;
  const found = [...predictionsAhead(definition, program), ...wrongTruncation(definition, program)];
  return { program: found.length === 0 ? program : null, diagnostics: [...diagnostics, ...found], suspects };
}

function predictionsAhead({ body }: Definition, { graph, predictions }: Program): readonly Diagnostic[] {
  const statements = body.filter((statement) => statement.kind === "predict");
  return predictions.flatMap(({ target, name, kind, isAutoregressive }, index) => {
    const output = graph.output(outputOf({ kind, name }));
    const way = isAutoregressive ? wayAhead(graph, target, output) : undefined;
    const span = statements[index]?.from.span;
    return way === undefined || span === undefined ? [] : [looksAhead(target, told(way, target), span)];
  });
}

/** A `truncate` that the model does not allow is an error of the spec, whatever the model is used for. */
function wrongTruncation(definition: Definition, program: Program): readonly Diagnostic[] {
  const setting = settingsOf(definition).find(({ kind }) => kind === "truncate");
  const reason = setting === undefined ? undefined : whyNotTruncated(program);
  return setting === undefined || reason === undefined ? [] : [badTruncation(program.name, reason, setting.span)];
}
