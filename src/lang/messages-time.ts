// The words of every diagnostic about the ends of a sequence.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import { warning } from "./error.ts";

export function lastOfBothWays(span: Span): Diagnostic {
  return warning("last-step-only", "`last` of what is made from a bidirectional result is its last step only", span, {
    help: "take `last` of the bidirectional application itself to join both ends",
  });
}

export function lastOfReversed(span: Span): Diagnostic {
  return warning(
    "last-step-only",
    "the `last` step of a sequence that is read right to left has seen one step only",
    span,
    {
      help: "write `first`: there it has seen all of them",
    },
  );
}
