// The texts of diagnostics about values with an axis along the time of a memory.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import type { Identifier } from "./ast.ts";
import { error } from "./error.ts";

/** `[time of x]` where `x` is not a memory of the cell. */
export function notAMemory({ name, span }: Identifier, memories: readonly string[]): Diagnostic {
  const known = memories.map((each) => `\`time of ${each}\``).join(" or ");
  return error("wrong-type", `\`${name}\` is not a memory of this cell`, span, {
    help: known === "" ? `declare it as a memory: \`memory ${name}: seq [K]\`` : `write ${known}`,
  });
}

/** `[time of m]` in the type of anything but a state. */
export function onlyStatesHaveTimes(span: Span): Diagnostic {
  return error("not-allowed", "only a state can be declared along the time of a memory", span, {
    help: "a memory has its time by itself: `memory m: seq [K]`; other values get it where they are computed",
  });
}

/** `state a: [time of m] = param`. */
export function learnedAlongTime({ name, span }: Identifier): Diagnostic {
  return error(
    "not-allowed",
    `the first value of \`${name}\` cannot be a weight, because a memory has no fixed length`,
    span,
    {
      help: "begin with a number, or with a value of the memory: `= m @ w`",
    },
  );
}
