// The texts of diagnostics about the use of a value: one weight in two shapes, sizes that become equal, an axis that is not given.
import type { Diagnostic } from "../base/diagnostic.ts";
import { spanText, type Span } from "../base/source.ts";
import type { Expression } from "./ast.ts";
import { error } from "./error.ts";
import { wrongType } from "./messages.ts";

interface TypeAt {
  readonly type: string;
  readonly span: Span;
}

/** One weight that two applications need in different shapes. */
export function sharedWeight(name: string, before: TypeAt, now: TypeAt): Diagnostic {
  return error(
    "shared-weight",
    `\`${name}\` is one weight and cannot be both ${before.type} and ${now.type}`,
    now.span,
    {
      label: `it is ${now.type} here`,
      labels: [{ span: before.span, text: `it is ${before.type} here` }],
      help: "write the cell or the `linear` itself in one of the places: it then has weights of its own",
    },
  );
}

/** Layers of one set of weights whose inputs differ. */
export function unlikeSharedLayers(first: string, layer: number, other: string, span: Span): Diagnostic {
  const title = `with \`shared = true\` layer 1 has ${first} and layer ${layer} has ${other}, but there is one set of weights`;
  return error("shared-weight", title, span, { help: "make the sizes equal, or remove `shared = true`" });
}

/** A function along an axis of a sequence, without the axis. `hasAxis`: whether a step has an axis. */
export function axisOfSequence(name: string, hasAxis: boolean, sequence: TypeAt, span: Span): Diagnostic {
  const title = hasAxis
    ? `\`${name}\` of a sequence needs an axis: it can go over time or along an axis of each step`
    : `\`${name}\` has no axis here: each step of this sequence is one number`;
  return error("axis-of-sequence", title, span, {
    labels: [{ span: sequence.span, text: `this is ${sequence.type}` }],
    help: hasAxis
      ? `write \`${name}(…, axis = -1)\` for each step, or \`axis = time\` for all steps together`
      : `write \`${name}(…, axis = time)\` to go over time`,
  });
}

/** Probabilities where `predict` needs logits, or rates where it needs their logarithm. */
export function takenAsLogits(what: string, { name, span: made }: NameAt, span: Span): Diagnostic {
  const isHere = made.start === span.start && made.end === span.end;
  const title = `\`predict\` needs ${what}, but ${what === "logits" ? "these come" : "this comes"} from \`${name}\``;
  return error("taken-as-logits", title, span, {
    labels: isHere ? [] : [{ span: made, text: `\`${name}\` is applied here` }],
    help: `remove \`${name}\`: \`predict\` applies it itself`,
  });
}

interface NameAt {
  readonly name: string;
  readonly span: Span;
}

/** Two sizes with different names that the program makes equal. `instead`: an expression that does not. */
export function sizesMadeEqual(one: NameAt, other: NameAt, span: Span, instead: string | undefined): Diagnostic {
  const help =
    instead === undefined
      ? "if they are the same size, give them the same name"
      : `write \`${instead}\`, or give them the same name if they are the same size`;
  return {
    ...error("sizes-made-equal", `this makes the sizes \`${one.name}\` and \`${other.name}\` equal`, span, {
      labels: [one, other].map(({ name, span: declared }) => ({ span: declared, text: `\`${name}\` is named here` })),
      help,
    }),
    severity: "warning",
  };
}

export function deepExpressions(limit: number, span: Span): Diagnostic {
  return error("deep-nesting", `expressions are nested more than ${limit} deep here`, span, {
    notes: ["the equations of a cell count as inside the expression that applies the cell"],
    help: "split them into several equations: separate equations are not nested",
  });
}

export function notConstant(name: string, span: Span): Diagnostic {
  return error("not-allowed", `\`${name}\` is not known at compile time, so it cannot be part of a constant`, span, {
    help: "a constant can use numbers, parameters and other constants only",
  });
}

/** `[h, x]`: a list is an array of numbers. */
export function listOfValues(expression: Extract<Expression, { kind: "list" }>): Diagnostic {
  const items = expression.items.map(({ span }) => spanText(span)).join(", ");
  const title = "a list in brackets holds numbers that are known at compile time";
  return wrongType(title, expression.span, `join values with \`concat(${items})\``);
}
