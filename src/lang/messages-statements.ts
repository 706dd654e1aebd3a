// The words of every diagnostic about a statement that stands where it would do nothing, or that nothing reads.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import type { Identifier } from "./ast.ts";
import { error, warning } from "./error.ts";
import { nearest } from "./nearest.ts";

/** Where each statement belongs that only one kind of definition has, and what to write in the other. */
const ELSEWHERE: Readonly<Record<"cell" | "model", ReadonlyMap<string, string>>> = {
  model: new Map([
    ["state", "write what is carried as a cell, and apply it: `h = C(H)(x)`"],
    ["memory", "declare it `input NAME: seq [K]`, and pass it to the cell that reads it: `C(H)(x, memory = NAME)`"],
  ]),
  cell: new Map([
    ["target", "a cell is applied in a model: put `target` there"],
    ["predict", "a cell is applied in a model: put `predict` there"],
    ["minimize", "a cell is applied in a model: put `minimize` there"],
    ["train", "a cell is applied in a model: put `train` there"],
  ]),
};

/** Undefined where the statement belongs to such a definition. */
export function misplacedStatement(statement: string, kind: "cell" | "model", span: Span): Diagnostic | undefined {
  const help = ELSEWHERE[kind].get(statement);
  if (help === undefined) return undefined;
  return error("misplaced-statement", `\`${statement}\` is not allowed in a ${kind}`, span, { help });
}

export function sequenceInCell(name: string, span: Span): Diagnostic {
  return error("sequence-in-cell", `\`${name}\` is declared a sequence, but a cell reads one step at a time`, span, {
    help: "leave `seq` out; for a whole sequence at every step write `memory` in place of `input`",
  });
}

export function memoryWithoutSequence(name: string, span: Span): Diagnostic {
  return error(
    "sequence-in-cell",
    `the memory \`${name}\` is a whole sequence, so its type begins with \`seq\``,
    span,
    {
      help: "write `seq` before its type, as in `memory m: seq [K]`",
    },
  );
}

export function outputTwice({ name, span }: Identifier, before: Identifier): Diagnostic {
  return error("output-twice", `\`${name}\` is an output twice`, span, {
    label: "here again",
    labels: [{ span: before.span, text: "an output already" }],
    help: "remove one of them",
  });
}

/** `what`: what the name is, where it is something else than an equation. */
export function outputOfNoEquation({ name, span }: Identifier, what: string): Diagnostic {
  return error("output-name", `\`output\` shows an equation of the model, and \`${name}\` is ${what}`, span, {
    help: `give it a name of its own: \`shown = ${name}\`, then \`output shown\``,
  });
}

export function unknownOutput({ name, span }: Identifier, known: readonly string[]): Diagnostic {
  const close = nearest(name, known);
  return error("unknown-name", `unknown name \`${name}\` in \`output\``, span, {
    help:
      close !== undefined
        ? `did you mean \`${close}\`?`
        : known.length === 0
          ? "`output` shows an equation of the model: write `NAME = …` first"
          : `the equations of this model are ${listed(known)}`,
  });
}

export function outputOfPrediction({ name, span }: Identifier): Diagnostic {
  return error("output-name", `\`${name}\` is the name of a prediction already, so \`run\` gives it`, span, {
    help: "give the equation another name, or leave this `output` out",
  });
}

export function argumentTwice(name: string, span: Span, before: Span): Diagnostic {
  return error("argument-twice", `\`${name}\` is given twice`, span, {
    label: "here again",
    labels: [{ span: before, text: "given here" }],
    help: "remove one of them",
  });
}

/** `what`: what the name is, in words; empty for an equation. */
export function unreadName(what: string, { name, span }: Identifier, help: string): Diagnostic {
  return warning("unread-name", `${what === "" ? "" : `${what} `}\`${name}\` is never read`, span, { help });
}

/** The first ten of a list. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `\`${name}\``);
  return names.length > 10 ? `${shown.join(", ")}, …` : shown.join(", ");
}
