// Refuses unknown names, and suggests the nearest known one.
import { UserError } from "../base/diagnostic.ts";
import { nearest } from "../lang/nearest.ts";

/** Throws a UserError for the first name that is not known. `message` comes before the name: "`Cell` has no weight". */
export function refuseUnknown(names: Iterable<string>, known: readonly string[], message: string): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    const hint =
      close !== undefined ? `; did you mean \`${close}\`?` : known.length > 0 ? `; it has ${listNames(known)}` : "";
    throw new UserError(`${message} \`${name}\`${hint}`);
  }
}

const MAX_LISTED = 12;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).join(", ");
  return names.length > MAX_LISTED ? `${shown} and ${names.length - MAX_LISTED} more` : shown;
}
