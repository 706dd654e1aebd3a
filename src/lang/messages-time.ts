// The texts of every diagnostic about the ends of a sequence.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import { error, warning } from "./error.ts";

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

/** `first(x)` in an initial value, where `x` is not a sequence. */
export function firstWithoutSequence(span: Span): Diagnostic {
  return error("wrong-type", "`first` needs an input that is a sequence", span, {
    help: "a cell that is applied at a step of another cell has no first step: pass the state, `C(x, h = …)`",
  });
}
