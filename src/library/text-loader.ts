// Loads specs that a program keeps itself: a function of the user returns the files that `use … from "path"` names.
import { UserError } from "../base/diagnostic.ts";
import type { Loader } from "../lang/scope.ts";

/**
 * The text of the file that `use … from "path"` names, or undefined if there is none. `from` is the name of the file with this statement:
 * the option `name`, or the path of a file that was loaded here, relative to it. Not called for `cells` and `models`.
 */
export type TextLoader = (path: string, from: string) => string | undefined;

/** A loader of the texts that `give` returns. `shipped` loads `cells` and `models`. */
export function loaderOfTexts(give: TextLoader, shipped: Loader): Loader {
  if (typeof give !== "function") throw new UserError("`loader` must be a function that returns the text of a file");
  return (path, from, root) => {
    if (path === "cells" || path === "models") return shipped(path, from, root);
    const text: unknown = give(path, from.name);
    if (text === undefined) return [];
    if (typeof text !== "string") throw new UserError(`\`loader\` returned no text for "${path}"`);
    return [{ name: joinPath(from.name, path), text }];
  };
}

/** `parts/a.rec` for `./a.rec` in `parts/b.rec`. */
function joinPath(from: string, path: string): string {
  const steps = /^([/\\]|\w+:)/.test(path) ? [] : from.split("/").slice(0, -1);
  for (const step of path.split("/")) {
    if (step === ".." && steps.length > 0 && steps.at(-1) !== "..") steps.pop();
    else if (step !== ".") steps.push(step);
  }
  return steps.join("/");
}
