// The texts of every diagnostic about the settings of training.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
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

export function badTruncation(model: string, reason: string, span: Span): Diagnostic {
  return error("bad-setting", `\`${model}\` cannot be trained with \`truncate\`: ${reason}`, span, {
    help: "remove it: gradients then go through whole sequences",
  });
}
