// Names that a user gives: those that nobody knows are refused, with the nearest one.
import { UserError } from "../base/diagnostic.ts";
import { nearest } from "../lang/nearest.ts";

/** Throws a UserError for the first name that is not known; `told` says what it is not: "`Cell` has no weight". */
export function refuseUnknown(names: Iterable<string>, known: readonly string[], told: string): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    const hint =
      close !== undefined ? `; did you mean \`${close}\`?` : known.length > 0 ? `; it has ${listed(known)}` : "";
    throw new UserError(`${told} \`${name}\`${hint}`);
  }
}

const MOST = 12;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST).join(", ");
  return names.length > MOST ? `${shown} and ${names.length - MOST} more` : shown;
}
