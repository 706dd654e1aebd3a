// The texts of every diagnostic about meaning, one function for each code. Titles are lower case without a full stop.
import type { Diagnostic, Label } from "../base/diagnostic.ts";
import { at } from "../base/invariant.ts";
import type { Span } from "../base/source.ts";
import type { Identifier } from "./ast.ts";
import { advice } from "./advice.ts";
import { error } from "./error.ts";
import { nearest } from "./nearest.ts";

export function definedTwice(name: Identifier, before: Identifier): Diagnostic {
  return error("defined-twice", `\`${name.name}\` is defined twice`, name.span, {
    label: "defined again here",
    labels: [{ span: before.span, text: "first defined here" }],
    help: "a name can be defined only once: give one of them another name",
  });
}

export function missingFile(path: string, span: Span): Diagnostic {
  return error("missing-file", `there is no file "${path}"`, span, {
    help: 'write "cells" for the shipped cells, or a path relative to this file, such as "./mine.rec"',
  });
}

export function unreadableFile(why: string, span: Span): Diagnostic {
  return error("unreadable-file", why, span);
}

export function cyclicUse(trail: readonly string[], span: Span): Diagnostic {
  return error("cyclic-use", "these files use each other in a circle", span, { notes: [trail.join(" uses ")] });
}

/** Advice about a name besides the nearest one: before it, or if there is none. */
export interface Advice {
  readonly first?: string | undefined;
  readonly otherwise?: string | undefined;
}

export function unknownName(
  name: string,
  span: Span,
  known: readonly string[],
  where = "",
  { first, otherwise }: Advice = {},
): Diagnostic {
  const close = nearest(name, known);
  return error("unknown-name", `unknown name \`${name}\`${where === "" ? "" : ` ${where}`}`, span, {
    help: first ?? (close === undefined ? otherwise : `did you mean \`${close}\`?`),
  });
}

/** `input`: the declaration of an input whose size has no name yet, with this name. */
export function unknownDimension(
  name: string,
  span: Span,
  known: readonly string[],
  input: string | undefined,
): Diagnostic {
  const close = nearest(name, known);
  const help = input === undefined ? "make it a parameter of the cell" : `declare it where it comes from: \`${input}\``;
  return error("unknown-dimension", `unknown dimension \`${name}\``, span, {
    notes: ["only the types of inputs and memories may introduce a dimension"],
    help: close === undefined ? help : `did you mean \`${close}\`?`,
  });
}

export interface ShapeSide {
  readonly span: Span;
  readonly what: string;
  readonly type: string;
  readonly origin?: { readonly span: Span; readonly reason: string };
}

export function wrongShape(title: string, span: Span, sides: readonly ShapeSide[], help?: string): Diagnostic {
  const labels = sides.flatMap((side) => {
    const here: Label = { span: side.span, text: `${side.what} is ${side.type}` };
    return side.origin === undefined ? [here] : [here, { span: side.origin.span, text: side.origin.reason }];
  });
  // A label at the place itself is the label of the error.
  const here = labels.find((label) => label.span.start === span.start && label.span.end === span.end);
  const rest = unique(labels.filter((label) => label !== here));
  return error("wrong-shape", title, span, { labels: rest, help, ...(here === undefined ? {} : { label: here.text }) });
}

/** A value that is not of the shape that was declared for it. */
export function notAsDeclared(what: string, given: ShapeSide, declared: ShapeSide): Diagnostic {
  return wrongShape(`${what} is declared as ${declared.type}, but this is ${given.type}`, given.span, [
    given,
    declared,
  ]);
}

function unique(labels: readonly Label[]): readonly Label[] {
  const seen = new Set<string>();
  return labels.filter((label) => {
    const key = `${label.span.start}:${label.span.end}:${label.text}`;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

/** `a` needs `b`, `b` needs `a`; a long circle is shortened to its first links and the last. */
function circleText(names: readonly string[]): string {
  const links = names.map((name, index) => `\`${name}\` needs \`${names[(index + 1) % names.length] ?? name}\``);
  return (links.length > 8 ? [...links.slice(0, 6), "…", ...links.slice(-1)] : links).join(", ");
}

export function algebraicLoop(names: readonly string[], span: Span): Diagnostic {
  return error("algebraic-loop", `algebraic loop: ${circleText(names)}`, span, {
    help: "read one of them one step earlier, as `v[t-1]`, where `v` is a state",
  });
}

export function cycleInModel(names: readonly string[], span: Span): Diagnostic {
  return error("cycle-in-model", `cycle in a model: ${circleText(names)}`, span, {
    help: "write the part that repeats as a cell",
  });
}

export function longLoop(name: string, limit: number, span: Span): Diagnostic {
  return error(
    "algebraic-loop",
    `\`${name}\` is part of a loop of more than ${limit} equations, or depends on one`,
    span,
    {
      help: "read one of them one step earlier, as `v[t-1]`, where `v` is a state",
    },
  );
}

/** `isInput`: its first step is known. */
export function notBeforeFirst(name: string, span: Span, isInput: boolean): Diagnostic {
  return error("not-allowed", `\`${name}\` has a value at each step, but this is needed before the first step`, span, {
    help: isInput
      ? `its value at the first step is \`first(${name})\``
      : "an initial value can use constants, params, memories, and the first step of inputs: `first(x)`",
  });
}

/** `other`: an equation whose name says that it is the state's next value. */
export function stateWithoutEquation(name: Identifier, other: Identifier | undefined): Diagnostic {
  return error("state-without-equation", `the state \`${name.name}\` has no equation`, name.span, {
    labels: other === undefined ? [] : [{ span: other.span, text: `this is a different name` }],
    help:
      other === undefined
        ? `define its value at each step: \`${name.name} = …\``
        : `write \`${name.name} = …\` instead of \`${other.name} = …\`: it is the value at this step`,
  });
}

export function unusedParam(name: Identifier): Diagnostic {
  return error("unused-param", `the param \`${name.name}\` is never used`, name.span, {
    help: "remove it, or use it in an equation",
  });
}

export function undetermined(what: string, type: string, span: Span): Diagnostic {
  return error("undetermined-dimension", `nothing determines the size of ${what}`, span, {
    label: `this is ${type}`,
    help: "give the size, as in `linear(x, out = 32)`",
  });
}

export function doesNotDivide(dim: string, span: Span): Diagnostic {
  return error("does-not-divide", `the size \`${dim}\` is not a whole number`, span, {
    help: "choose sizes that divide without a remainder",
  });
}

export function futureInCell(name: string, span: Span): Diagnostic {
  return error("future-in-cell", `\`${name}[t+…]\` looks ahead, but a cell is causal`, span, {
    help: "write the prediction in a model: `predict text[t+1] from …`",
  });
}

export function modelAsCell(name: string, span: Span): Diagnostic {
  return error("model-as-cell", `\`${name}\` is a model, but only cells can be applied`, span, {
    help: "make it a `cell`, or copy the part that you need",
  });
}

/** `circle`: each cell with the place where it is applied by the one before it. */
export function recursiveCell(circle: readonly { readonly name: string; readonly span: Span }[]): Diagnostic {
  const links = circle.map(({ name }, index) => `\`${circle.at(index - 1)?.name ?? name}\` applies \`${name}\``);
  return error("recursive-cell", `a cell applies itself: ${links.join(", ")}`, at(circle, 0, "messages").span, {
    labels: circle.slice(1).map(({ name, span }) => ({ span, text: `\`${name}\` is applied here` })),
    help: "to keep a value from step to step, declare a `state` and read it as `h[t-1]`",
  });
}

export function deepCells(limit: number, span: Span): Diagnostic {
  return error("deep-nesting", `cells are applied inside cells more than ${limit} levels deep`, span, {
    help: "combine some of them into one cell",
  });
}

export function tooManyCells(limit: number, span: Span): Diagnostic {
  return error("too-many-cells", `this applies more than ${limit} cells in all`, span, {
    notes: ["every layer of a `stack`, every direction and every cell inside a cell counts"],
    help: "use fewer layers, or write small cells as equations",
  });
}

export function tooLarge(what: string, limit: number, given: string, span: Span): Diagnostic {
  return error("too-large", `${what} can be at most ${limit}, but this is ${given}`, span);
}

export function missingArgument(name: string, of: string, span: Span): Diagnostic {
  return error("missing-argument", `${of} needs \`${name}\``, span, { help: `add it: \`${name} = …\`` });
}

export function extraArgument(what: string, of: string, span: Span, known: readonly string[]): Diagnostic {
  const name = what.replaceAll("`", "");
  const close = advice()?.argumentElsewhere(name, known) ?? nearest(name, known);
  const knows =
    known.length === 0 ? "it has no arguments" : `its arguments are ${known.map((name) => `\`${name}\``).join(", ")}`;
  return error("extra-argument", `${of} has no argument ${what}`, span, {
    notes: [knows],
    help: close === undefined ? advice()?.otherArgument(name) : `did you mean \`${close}\`?`,
  });
}

export function notAllowed(title: string, span: Span, help?: string): Diagnostic {
  return error("not-allowed", title, span, { help });
}

export function wrongType(title: string, span: Span, help?: string): Diagnostic {
  return error("wrong-type", title, span, { help });
}

/** `path`: from the target to its prediction. */
export function looksAhead(target: string, path: readonly string[], span: Span): Diagnostic {
  return error("looks-ahead", `this already depends on the \`${target}\` that it predicts`, span, {
    notes: [path.join(" → ")],
    help: "predict it from a value that reads from left to right only, such as `LSTM(H)(e)`",
  });
}
