// Selects weights by patterns: `e`, `encoder.*`, `*.b`.
import { UserError } from "../base/diagnostic.ts";
import { beginnings, isSelected } from "../base/weight-pattern.ts";
import { nearest } from "../lang/nearest.ts";
import { readSafely } from "./describe-value.ts";
import { refuseUnknown } from "./names.ts";
import { wrongValue } from "./options.ts";

interface Selection {
  /** The names of all weights. */
  readonly known: readonly string[];
  /** Of the cell or model, for messages. */
  readonly owner: string;
  /** The option that holds the names, for messages. */
  readonly option: string;
}

/** The selected weights, in the order of `known`. Throws a UserError for a name that selects nothing. */
export function selectWeights(names: readonly string[], { known, owner, option }: Selection): readonly string[] {
  const given = readSafely(`\`${option}\``, () => {
    if (!isList(names)) throw wrongValue(`\`${option}\``, names, 'an array of names, as `["e"]`');
    return names.map((name) => {
      if (typeof name !== "string") throw wrongValue(`a name in \`${option}\``, name, "a text");
      return name;
    });
  });
  for (const name of given) {
    if (known.some((weight) => isSelected(weight, name))) continue;
    const close = nearest(name, [...known, ...known.flatMap(beginnings)]);
    if (close !== undefined) throw new UserError(`\`${owner}\` has no weight \`${name}\`; did you mean \`${close}\`?`);
    refuseUnknown([name], known, `\`${owner}\` has no weight`);
  }
  return known.filter((weight) => given.some((name) => isSelected(weight, name)));
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
