// The texts of every diagnostic about the settings of training.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import type { Identifier } from "./ast.ts";
import { error } from "./error.ts";

export function badSetting(title: string, span: Span, help?: string): Diagnostic {
  return error("bad-setting", title, span, { help });
}

export function settingTwice(name: string, span: Span, before: Span): Diagnostic {
  return error("bad-setting", `\`${name}\` is set twice`, span, {
    label: "set again here",
    labels: [{ span: before, text: "first set here" }],
  });
}

/** `known`: the names of all weights. */
export function noSuchWeights(
  model: string,
  { name, span }: Identifier,
  known: readonly string[],
  close: string | undefined,
): Diagnostic {
  const shown = known.slice(0, MOST_NAMES).map((each) => `\`${each}\``);
  const more = known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : "";
  const list = known.length === 0 ? "it has no weights" : `its weights are ${shown.join(", ")}${more}`;
  return error("bad-setting", `no weight of \`${model}\` is called \`${name}\``, span, {
    help: close === undefined ? list : `did you mean \`${close}\`?`,
  });
}

const MOST_NAMES = 12;

export function badTruncation(model: string, reason: string, span: Span): Diagnostic {
  return error("bad-setting", `\`${model}\` cannot be trained with \`truncate\`: ${reason}`, span, {
    help: "remove it: gradients then go through whole sequences",
  });
}
