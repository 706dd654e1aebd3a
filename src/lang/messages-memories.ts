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

/** `[time of m]` in the type of anything but a state or a memory, or behind the first axis of a memory. */
export function noTimeHere(span: Span): Diagnostic {
  return error("not-allowed", "only a state, or the first axis of a memory, can be along the time of a memory", span, {
    help: "leave it out: other values get the axis where they are computed",
  });
}

/** An operation on values along the times of two memories, which nothing says are equal. */
export function memoryTimesMeet(first: Identifier, second: Identifier, span: Span): Diagnostic {
  return error("memory-times", `the times of the memories \`${first.name}\` and \`${second.name}\` meet here`, span, {
    labels: [first, second].map(({ name, span: declared }) => ({
      span: declared,
      text: `\`${name}\` has its own time`,
    })),
    help: `if both have the same number of steps, declare \`memory ${second.name}: [time of ${first.name}, …]\``,
  });
}

/** `memory n: [time of m, K]` above `m`, or of itself. */
export function memoryBelow({ name, span }: Identifier): Diagnostic {
  return error("not-allowed", `\`${name}\` is not declared above this memory`, span, {
    help: `move the declaration of \`${name}\` up`,
  });
}

/** Sequences of two times that are passed to memories with one. */
export function memoriesOfOneTime(name: string, other: Identifier, span: Span, declared: Span): Diagnostic {
  return error("wrong-shape", `\`${name}\` needs a sequence of the same time as \`${other.name}\``, span, {
    labels: [{ span: declared, text: "it is declared so here" }],
    help: "pass two sequences whose steps meet one by one",
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
