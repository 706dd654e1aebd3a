// Errors about values that a caller asks for by name (`show`). They have no place in a spec, so they are UserErrors.
import { UserError } from "../base/diagnostic.ts";
import { listed } from "./messages-statements.ts";
import { nearestNamed } from "./nearest.ts";

/** `known`: the names of all values, the shortest first. */
export function noSuchValue(owner: string, name: string, known: readonly string[]): UserError {
  const close = nearestNamed(name, known);
  const hint = close === undefined ? "" : `did you mean \`${close}\`? `;
  return new UserError(`\`${owner}\` has no value \`${name}\` to show: ${hint}${whatThereIs(name, known)}`);
}

/** The values beside the one that is not there. */
function whatThereIs(name: string, known: readonly string[]): string {
  const words = name.split(".");
  for (let count = words.length - 1; count > 0; count--) {
    const prefix = words.slice(0, count).join(".");
    const inside = known.filter((each) => each.startsWith(`${prefix}.`) && each.split(".").length === count + 1);
    // One equation around a cell without a name of its own: the cell's values are meant.
    const all = inside.length === 1 ? known.filter((each) => each.startsWith(`${prefix}.`)) : inside;
    if (all.length > 0) return `the values in \`${prefix}\` are ${listed(all, MOST_LISTED)}`;
  }
  return known.length === 0 ? "it has no equations" : `its values are ${listed(known, MOST_LISTED)}`;
}

const MOST_LISTED = 20;

/** `reason`: "it is an input". */
export function cannotShow(name: string, reason: string): UserError {
  return new UserError(`\`${name}\` cannot be shown: ${reason}, and only values that equations compute are shown`);
}

export function isAlreadyResult(name: string): UserError {
  return new UserError(`\`${name}\` cannot be shown: a result has this name already`);
}

/** `name` is computed from a target. */
export function showsTarget(name: string, target: string): UserError {
  return new UserError(
    `\`${name}\` cannot be shown: it reads the target \`${target}\` at its own step, which is known in training only`,
  );
}
