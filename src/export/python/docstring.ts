// Parameters and docstrings of Python's functions.
import type { Arguments } from "../source/signature.ts";

/** Parameters of a function, those that may be left out last. */
export function parameters(first: readonly string[], { data, lengths, hasState }: Arguments): string {
  return [
    ...first,
    ...data.map(({ name }) => name),
    ...lengths.map(({ name }) => `${name}=None`),
    ...(hasState ? ["state=None"] : []),
  ].join(", ");
}

/** A docstring of one or several lines. */
export function docstring(lines: readonly string[], indent: string): readonly string[] {
  if (lines.length === 1) return [`${indent}"""${lines[0] ?? ""}"""`];
  return [`${indent}"""`, ...lines.map((line) => indent + line), `${indent}"""`];
}
