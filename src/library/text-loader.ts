// Specs that a program keeps itself: what `use … from "path"` names, as the user's function gives it.
import { UserError } from "../base/diagnostic.ts";
import type { Loader } from "../lang/scope.ts";

/**
 * The text of the file that `use … from "path"` names, or undefined where there is none. `from` is the name of the file that says so:
 * the option `name`, or for a file that was given here its path from there. `cells` and `models` are never asked for.
 */
export type TextLoader = (path: string, from: string) => string | undefined;

/** A loader of the texts that `give` gives; the shipped library is that of `shipped`. */
export function textsOf(give: TextLoader, shipped: Loader): Loader {
  if (typeof give !== "function") throw new UserError("`loader` must be a function that gives the text of a file");
  return (path, from, root) => {
    if (path === "cells" || path === "models") return shipped(path, from, root);
    const text: unknown = give(path, from.name);
    if (text === undefined) return [];
    if (typeof text !== "string") throw new UserError(`\`loader\` gave no text for "${path}"`);
    return [{ name: joined(from.name, path), text }];
  };
}

/** `parts/a.rec` for `./a.rec` that is named in `parts/b.rec`. */
function joined(from: string, path: string): string {
  const steps = /^([/\\]|\w+:)/.test(path) ? [] : from.split("/").slice(0, -1);
  for (const step of path.split("/")) {
    if (step === ".." && steps.length > 0 && steps.at(-1) !== "..") steps.pop();
    else if (step !== ".") steps.push(step);
  }
  return steps.join("/");
}
