// The texts of diagnostics about cells as arguments.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import type { Definition, Identifier } from "./ast.ts";
import { error } from "./error.ts";

/** A cell by its name where a cell with its arguments is needed, or a value. */
export function cellWithoutArguments(name: string, { parameters }: Definition, span: Span): Diagnostic {
  const call = `${name}(${parameters.flatMap((each) => (each.default === null ? [each.name.name] : [])).join(", ")})`;
  return error("cell-without-arguments", `\`${name}\` is a cell, and its arguments are missing`, span, {
    help: `write \`${call}\`, and apply it in a second call: \`${call}(x)\``,
  });
}

export function notACell(span: Span): Diagnostic {
  return error("wrong-type", "a cell is needed here", span, {
    help: "write a cell by its name or with its arguments: `GRU`, `GRU(64)`",
  });
}

/** A cell for a parameter that is a number. */
export function cellForNumber(parameter: string, of: string, span: Span): Diagnostic {
  return error("wrong-type", `\`${parameter}\` of \`${of}\` is a number or a dimension, but this is a cell`, span, {
    help: `a parameter that takes a cell is declared as \`${parameter}: cell\``,
  });
}

/** `C(64)(x)` of a `C` that was given with its arguments. */
export function argumentsTwice(name: string, written: string, span: Span): Diagnostic {
  return error("wrong-type", `\`${name}\` is \`${written}\`, which has its arguments already`, span, {
    help: `apply it at once, \`${name}(x)\`, or give it by its name, without arguments`,
  });
}

/** A definition that is compiled without a cell that it needs. */
export function cellNotGiven({ name }: Definition, parameter: Identifier): Diagnostic {
  const title = `\`${name.name}\` needs a cell for \`${parameter.name}\``;
  return error("missing-argument", title, parameter.span, {
    help: `give it one, as in \`--set ${parameter.name}=GRU\`, or a default: \`${parameter.name}: cell = GRU\``,
  });
}

interface At {
  readonly text: string;
  readonly span: Span;
}

/** `W(x)` and `W(x, y)` of one `linear`. */
export function unlikeApplications(name: string, before: At, now: At): Diagnostic {
  const title = `\`${name}\` is one set of weights and cannot be applied to both ${before.text} and ${now.text}`;
  return error("shared-weight", title, now.span, {
    labels: [{ span: before.span, text: `it is applied to ${before.text} here` }],
    help: "write another `linear` for one of them",
  });
}

export function noInput({ name }: Definition): Diagnostic {
  return error("not-allowed", `the cell \`${name.name}\` has no input, so nothing says how long it runs`, name.span, {
    help: "add one: `input x`",
  });
}
