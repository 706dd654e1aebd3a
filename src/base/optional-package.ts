// Packages that a plain install does not bring. A missing or broken package is one sentence that says what to do, never a stack trace.
import { UserError } from "./diagnostic.ts";

/**
 * For `import(name).catch(refusePackage(name, install))`: throws a UserError that says how to install the package, or why it does not load.
 * The `catch` stands beside the `import` so that bundlers accept a package that is not installed.
 */
export function refusePackage(name: string, install: string): (problem: unknown) => never {
  return (problem) => {
    throw isMissing(problem, name) ? notInstalled(name, install) : broken(name, problem);
  };
}

/**
 * Loads the first of several packages that loads. Throws a UserError: why the first one that is installed does not load, or how to
 * install one. Without `-P`, npm leaves out an optional peer if the project is this one.
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

/**
 * Whether the package itself was not found, in the words of Node, Vite or a browser. A package without one of its own files is broken.
 */
function isMissing(problem: unknown, name: string): boolean {
  const message = messageOf(problem);
  return (
    /cannot find|could not resolve|failed to (?:resolve|load)/i.test(message) &&
    new RegExp(`['"]${name}['"]`).test(message)
  );
}

/** An import that bundlers leave alone: the package is for Node only. */
export async function importInNode(name: string): Promise<unknown> {
  return await import(/* @vite-ignore */ name);
}
