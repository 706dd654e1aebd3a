// The texts of every diagnostic about a statement that would do nothing in its place, or that nothing reads.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import type { Identifier } from "./ast.ts";
import { error, warning } from "./error.ts";
import { nearestNamed } from "./nearest.ts";

/** For each kind of definition, the statements that it cannot have, and what to write instead. */
const ELSEWHERE: Readonly<Record<"cell" | "model", ReadonlyMap<string, string>>> = {
  model: new Map([
    ["state", "write the part with the state as a cell, and apply it: `h = C(H)(x)`"],
    ["memory", "declare it `input NAME: seq [K]`, and pass it to the cell that reads it: `C(H)(x, memory = NAME)`"],
  ]),
  cell: new Map([
    ["target", "put `target` in the model that applies the cell"],
    ["predict", "put `predict` in the model that applies the cell"],
    ["minimize", "put `minimize` in the model that applies the cell"],
    ["train", "put `train` in the model that applies the cell"],
  ]),
};

/** Undefined if the statement is allowed in such a definition. */
export function misplacedStatement(statement: string, kind: "cell" | "model", span: Span): Diagnostic | undefined {
  const help = ELSEWHERE[kind].get(statement);
  if (help === undefined) return undefined;
  return error("misplaced-statement", `\`${statement}\` is not allowed in a ${kind}`, span, { help });
}

export function misplacedScaled(statement: string, span: Span): Diagnostic {
  return error("misplaced-statement", `\`scaled\` is not allowed in a cell`, span, {
    help: `write it in the model, where data arrive: \`input x: seq [4] scaled\`; here remove it from \`${statement}\``,
  });
}

export function sequenceInCell(name: string, span: Span): Diagnostic {
  return error("sequence-in-cell", `\`${name}\` is declared a sequence, but a cell reads one step at a time`, span, {
    help: "remove `seq`; to read a whole sequence at every step, write `memory` instead of `input`",
  });
}

export function memoryWithoutSequence(name: string, span: Span): Diagnostic {
  return error(
    "sequence-in-cell",
    `the memory \`${name}\` is a whole sequence, so its type must begin with \`seq\``,
    span,
    {
      help: "write `seq` before its type, as in `memory m: seq [K]`",
    },
  );
}

export function outputTwice({ name, span }: Identifier, before: Identifier): Diagnostic {
  return error("output-twice", `\`${name}\` is listed as an output twice`, span, {
    label: "listed again here",
    labels: [{ span: before.span, text: "listed here" }],
    help: "remove one of them",
  });
}

/** `what`: what the name is instead of an equation. */
export function outputOfNoEquation({ name, span }: Identifier, what: string): Diagnostic {
  return error("output-name", `\`output\` takes an equation of the model, but \`${name}\` is ${what}`, span, {
    help: `give it a name of its own: \`output shown = ${name}\``,
  });
}

/** `equations`: their names; `known`: these, and the names of values inside the cells that they apply. */
export function unknownOutput(
  { name, span }: Identifier,
  equations: readonly string[],
  known: readonly string[],
): Diagnostic {
  const close = nearestNamed(name, [...equations, ...known]);
  return error("unknown-name", `unknown name \`${name}\` in \`output\``, span, {
    help:
      close !== undefined
        ? `did you mean \`${close}\`?`
        : equations.length === 0
          ? "`output` takes an equation of the model: write `output NAME = …`"
          : `the equations of this model are ${listed(equations)}`,
  });
}

export function outputOfPrediction({ name, span }: Identifier): Diagnostic {
  return error("output-name", `\`${name}\` is already the name of a prediction, so \`run\` returns it`, span, {
    help: "give the equation another name, or remove this `output`",
  });
}

export function argumentTwice(name: string, span: Span, before: Span): Diagnostic {
  return error("argument-twice", `\`${name}\` is given twice`, span, {
    label: "given again here",
    labels: [{ span: before, text: "given here" }],
    help: "remove one of them",
  });
}

export function equationCalledOutput(span: Span): Diagnostic {
  return warning(
    "equation-called-output",
    "this defines an equation named `output`; it does not set what the cell returns",
    span,
    {
      help: "write `y = …`, then `output y`",
    },
  );
}

/** `what`: what the name is; empty for an equation. */
export function unreadName(what: string, { name, span }: Identifier, help: string): Diagnostic {
  return warning("unread-name", `${what === "" ? "" : `${what} `}\`${name}\` is never read`, span, { help });
}

/** The first `most` of a list. */
export function listed(names: readonly string[], most = 10): string {
  const shown = names.slice(0, most).map((name) => `\`${name}\``);
  return names.length > most ? `${shown.join(", ")}, …` : shown.join(", ");
}

export function aTargetReadNow(name: string, span: Span): Diagnostic {
  return error(
    "target-read",
    `\`${name}\` is a target: what the model gives cannot depend on it at its own step`,
    span,
    {
      help: `read it with a delay, \`${name}[t-1]\`; only \`minimize\` reads it at its own step`,
    },
  );
}
