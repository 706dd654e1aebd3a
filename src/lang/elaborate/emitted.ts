// The named values of a cell's step as sequences, with those of the cells that it applies at the step: `c.s.z`.
import { fail } from "../../base/invariant.ts";
import type { Elaboration } from "./context.ts";
import { settled } from "./padding.ts";
import type { NodeValue } from "./value.ts";

type Named = ReadonlyMap<string, NodeValue>;

/** Emits `values` from the open scan. What it returns gives the sequences once that scan is closed. */
export function emitNamed(context: Elaboration, values: Named): (scan: string) => Named {
  const { build } = context;
  const indices = new Map<string, number>();
  for (const named of reachedFrom(values)) for (const { id } of named.values()) indices.set(id, build.emit(id));
  return (scan) => {
    // A name may stand for the result of a cell that has another name: what is inside is made once.
    const made = new Map<Named, Named>();
    const outside = (named: Named): Named => {
      const known = made.get(named);
      if (known !== undefined) return known;
      const found = new Map([...named].map(([name, value]) => [name, sequenceOf(value)] as const));
      made.set(named, found);
      return found;
    };
    const sequenceOf = (value: NodeValue): NodeValue => {
      const index = indices.get(value.id) ?? fail("elaborate", `${value.id} is not emitted`);
      return {
        ...value,
        id: settled(context, scan, build.emitted(scan, index)),
        ...(value.members && { members: outside(value.members) }),
        ...(value.parts && { parts: outside(value.parts) }),
        ...(value.applied && { applied: outside(value.applied) }),
      };
    };
    return outside(values);
  };
}

/** These values, and those inside them, the outermost first. */
function reachedFrom(values: Named): ReadonlySet<Named> {
  const met = new Set([values]);
  for (const named of met) {
    for (const { members, parts, applied } of named.values())
      for (const inside of [members, parts, applied]) if (inside !== undefined) met.add(inside);
  }
  return met;
}
