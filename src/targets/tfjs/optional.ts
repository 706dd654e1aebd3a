// Packages that a plain install does not bring. They are looked for when a target asks for them; what is missing or broken is one
// sentence, never a stack trace.
import { UserError } from "../../base/diagnostic.ts";

/** Loads a package. Throws a UserError that says how to install it, or why it does not load. */
export async function optionalPackage<M>(name: string, install: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (problem) {
    const message = problem instanceof Error ? problem.message : String(problem);
    throw new UserError(
      isMissing(message, name)
        ? `the package \`${name}\` is not installed: \`${install}\``
        : `the package \`${name}\` does not load: ${message.split("\n")[0] ?? message}`,
    );
  }
}

/** Whether the package itself was not found; one that lacks a file of its own is broken. In browsers names without a path are refused. */
function isMissing(message: string, name: string): boolean {
  return /cannot find|failed to (?:resolve|load)/i.test(message) && new RegExp(`['"]${name}['"]`).test(message);
}

/** An import that bundlers leave alone: the package is for Node only, and may not be there. */
export async function importInNode(name: string): Promise<unknown> {
  return await import(/* @vite-ignore */ name);
}
