// The part of a diagram that leads to some of its equations: a picture that grows, equation by equation.
import { UserError } from "../base/diagnostic.ts";
import { nearest } from "../lang/nearest.ts";
import type { Box } from "./diagram/boxes.ts";
import type { Diagram } from "./diagram/diagram.ts";
import type { Read } from "./diagram/reads.ts";

/** With the boxes of `names` and all that they read at the same step. Throws a UserError for a name that nothing has. */
export function leadingTo({ program, parts }: Diagram, names: readonly string[]): Diagram {
  const kept = new Set<Box>();
  const keep = (box: Box): void => {
    if (kept.has(box)) return;
    kept.add(box);
    for (const { box: own, reads } of parts) if (own === box) reads.forEach(follow);
  };
  const follow = ({ from, delay, starts }: Read): void => {
    if (delay === 0) keep(from);
    for (const { reads } of starts) reads.forEach(follow);
  };
  const known = parts.flatMap(({ box }) => box.names);
  for (const name of names) {
    const own = parts.filter(({ box }) => box.names.includes(name));
    if (own.length === 0) throw new UserError(unknownName(name, program.name, known));
    own.forEach(({ box }) => keep(box));
  }
  return { program, parts: parts.filter(({ box }) => kept.has(box)) };
}

function unknownName(name: string, of: string, known: readonly string[]): string {
  const close = nearest(name, known);
  const help = close === undefined ? "" : `: did you mean \`${close}\`?`;
  return `\`${of}\` has no \`${name}\` to draw${help}`;
}
