// Packages that a plain install does not bring. They are looked for when a target asks for them; what is missing or broken is one
// sentence, never a stack trace.
import { UserError } from "../../base/diagnostic.ts";

/** Loads a package. Throws a UserError that says how to install it, or why it does not load. */
export async function optionalPackage<M>(name: string, install: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (problem) {
    throw isMissing(problem, name) ? notInstalled(name, install) : broken(name, problem);
  }
}

/**
 * Loads the first of several packages that loads. Throws a UserError: why the first one that is installed does not load, or how to
 * install one; without `-P` npm leaves out what is an optional peer, where the project is this one.
 */
export async function firstPackage(
  names: readonly [string, ...string[]],
  load: (name: string) => Promise<unknown>,
): Promise<void> {
  let found: UserError | undefined;
  for (const name of names) {
    try {
      await load(name);
      return;
    } catch (problem) {
      if (!isMissing(problem, name)) found ??= broken(name, problem);
    }
  }
  throw found ?? notInstalled(names.at(-1) ?? names[0], names.map((name) => `npm i -P ${name}`).join("` or `"));
}

function notInstalled(name: string, install: string): UserError {
  return new UserError(`the package \`${name}\` is not installed: \`${install}\``);
}

function broken(name: string, problem: unknown): UserError {
  return new UserError(`the package \`${name}\` does not load: ${firstLine(problem)}`);
}

function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

function firstLine(problem: unknown): string {
  const [line = ""] = messageOf(problem).split("\n");
  return line.trim().replace(/\.$/, "");
}

/** Whether the package itself was not found, in the words of Node, Vite or a browser; one that lacks a file of its own is broken. */
function isMissing(problem: unknown, name: string): boolean {
  const message = messageOf(problem);
  return (
    /cannot find|could not resolve|failed to (?:resolve|load)/i.test(message) &&
    new RegExp(`['"]${name}['"]`).test(message)
  );
}

/** An import that bundlers leave alone: the package is for Node only, and may not be there. */
export async function importInNode(name: string): Promise<unknown> {
  return await import(/* @vite-ignore */ name);
}
