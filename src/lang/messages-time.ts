// The texts of every diagnostic about earlier and later steps, and about the ends of a sequence.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import { error, warning } from "./error.ts";
import { notAllowed } from "./messages.ts";

export function lastOfBothWays(span: Span): Diagnostic {
  return warning(
    "last-step-only",
    "`last` takes only the last step of a value that is computed from a bidirectional result",
    span,
    {
      help: "to join both ends, take `last` of the bidirectional application itself",
    },
  );
}

export function lastOfReversed(span: Span): Diagnostic {
  return warning(
    "last-step-only",
    "`last` of a sequence that is read from right to left depends on one step only",
    span,
    {
      help: "write `first`: that step depends on all of them",
    },
  );
}

/** An equation that is read with a delay and depends on its own earlier values; `way` leads back to it. */
export function delayOfNoState(
  name: string,
  way: readonly { readonly name: string; readonly reads: string }[],
  span: Span,
  declared: Span | undefined,
): Diagnostic {
  const links = way.map((link) => `\`${link.name}\` needs \`${link.reads}\``);
  const shown = links.length > 8 ? [...links.slice(0, 6), "…", ...links.slice(-1)] : links;
  return error(
    "delay-of-no-state",
    `\`${name}\` depends on its own past, but it is not a state: ${shown.join(", ")}`,
    span,
    {
      labels: declared === undefined ? [] : [{ span: declared, text: "defined here" }],
      help: `declare it as a state, with its size: \`state ${name}: […]\``,
    },
  );
}

export function delayOfConstant(name: string, span: Span, declared: Span | undefined): Diagnostic {
  return error("delay-of-constant", `\`${name}\` is the same at every step, so it has no earlier value`, span, {
    labels: declared === undefined ? [] : [{ span: declared, text: "declared here" }],
    help: `write \`${name}\``,
  });
}

/** `x[t+k]` in a model that writes what comes next. */
export function futureOfPrediction(name: string, predicted: Span, span: Span): Diagnostic {
  return error("future-outside-predict", `\`${name}[t+…]\` looks ahead in a model that predicts the future`, span, {
    labels: [{ span: predicted, text: "it is predicted here" }],
    help: "read earlier steps only, as `x[t-1]`: when the model is used, later ones are not known",
  });
}

/** `first(x)` in an initial value, where `x` is not a sequence. */
export function firstWithoutSequence(span: Span): Diagnostic {
  return error("wrong-type", "`first` needs an input that is a sequence", span, {
    help: "a cell that is applied at a step of another cell has no first step: pass the state, `C(x, h = …)`",
  });
}

/** `every(x, 2)` of what has no steps; a cell sees one step at a time. */
export function noSteps(name: string, span: Span, isInCell: boolean): Diagnostic {
  const help = isInCell ? "a cell sees one step at a time: write it in the model, around the sequence" : undefined;
  return notAllowed(`\`${name}\` needs a sequence`, span, help);
}
