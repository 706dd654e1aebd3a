// The texts of every diagnostic about syntax, one function for each code. Titles are lower case without a full stop.
// The texts of errors that the grammar finds are in `advice/syntax-error.ts`.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Source, Span } from "../base/source.ts";
import { advice } from "./advice.ts";
import { error } from "./error.ts";

const closing: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

export function emptyFile(source: Source): Diagnostic {
  return {
    code: "empty-file",
    severity: "error",
    title: `${source.name} defines no cell and no model`,
    labels: [],
    notes: [],
    help: "begin with `cell NAME(H) { … }` or `model NAME(H = 64) { … }`",
  };
}

export function unclosedBracket(open: string, span: Span): Diagnostic {
  const close = closing.get(open) ?? open;
  return error("unclosed-bracket", `\`${open}\` is never closed`, span, { label: `its \`${close}\` is missing` });
}

export function strayBracket(close: string, span: Span): Diagnostic {
  return error("stray-bracket", `unmatched \`${close}\``, span, { label: "no bracket is open here" });
}

export function mismatchedBracket(open: string, opened: Span, close: string, closed: Span): Diagnostic {
  const closer = closing.get(open) ?? open;
  return error("mismatched-bracket", `\`${open}\` is closed by \`${close}\``, closed, {
    label: `expected \`${closer}\``,
    labels: [{ span: opened, text: "opened here" }],
  });
}

export function deepNesting(limit: number, span: Span): Diagnostic {
  return error("deep-nesting", `brackets are nested more than ${limit} deep`, span, {
    label: `this is number ${limit + 1}`,
    help: "give a part of the expression a name of its own",
  });
}

export function unclosedString(span: Span): Diagnostic {
  return error("unclosed-string", "a string must end on the line where it begins", span, {
    label: 'its closing `"` is missing',
  });
}

/** What the grammar refuses, where there is no advice. */
export function notReadable(source: Source, position: number): Diagnostic {
  return error("unexpected", "this statement cannot be read", { source, start: position, end: position + 1 });
}

export function tooLong(span: Span, limit: number): Diagnostic {
  return error("too-long", "this statement is too long", span, {
    notes: [`a statement can have at most ${limit} operators`],
    help: "split it into several equations",
  });
}

export function outsideDefinition(span: Span, word: string): Diagnostic {
  return error("outside-definition", "this is outside every cell and model", span, {
    notes: ["only `use … from`, `cell` and `model` are allowed outside"],
    help: advice()?.statementElsewhere(word),
  });
}

export function nestedDefinition(kind: string, span: Span, outer: Span): Diagnostic {
  return error("nested-definition", `a ${kind} cannot be defined inside another definition`, span, {
    labels: [{ span: outer, text: "this is not closed yet" }],
    help: `move the ${kind} out`,
  });
}

export function missingBody(span: Span): Diagnostic {
  return error("missing-body", "a definition needs a body", span, { help: "add `{ … }`" });
}

export function unknownBlock(span: Span, where: "file" | "definition" | "train", word: string): Diagnostic {
  const help = advice()?.statementElsewhere(word);
  if (help !== undefined) return error("unknown-block", `\`${word}\` is not a statement here`, span, { help });
  const title = {
    file: "only `cell` and `model` can have a body here",
    definition: "only `train` can have a body here",
    train: "nothing inside `train` can have a body",
  };
  return error("unknown-block", title[where], span);
}

export function argumentOrder(span: Span, named: Span): Diagnostic {
  return error("argument-order", "a positional argument comes after a named one", span, {
    label: "positional",
    labels: [{ span: named, text: "named" }],
    help: "put positional arguments first",
  });
}

export function delayOfExpression(span: Span): Diagnostic {
  return error("delay-of-expression", "only a name can be delayed", span, {
    help: "give the expression a name, and delay the name",
  });
}

export function delayOfSum(span: Span): Diagnostic {
  return error("delay-sum", "a delay of several terms needs parentheses", span, {
    help: "write `[t-(a + b)]`",
  });
}

export function reservedName(name: string, span: Span): Diagnostic {
  return error("reserved-name", `\`${name}\` is reserved: it is the time`, span, { help: "choose another name" });
}

export function numberTooLarge(span: Span): Diagnostic {
  return error("number-too-large", "this number is too large", span);
}
