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
 * Tries packages in turn, until one loads. Throws a UserError that says why the first installed one does not load, or how to install
 * one. `-P` is needed because npm skips an optional peer of the project itself.
 */
export async function loadFirst(
  names: readonly [string, ...string[]],
  load: (name: string) => Promise<unknown>,
): Promise<void> {
  let firstError: UserError | undefined;
  for (const name of names) {
    try {
      await load(name);
      return;
    } catch (problem) {
      if (!isMissing(problem, name)) firstError ??= broken(name, problem);
    }
  }
  throw firstError ?? notInstalled(names.at(-1) ?? names[0], names.map((name) => `npm i -P ${name}`).join("` or `"));
}

/** For a package that is looked for as a folder, because it has nothing to import. */
export function notInstalled(name: string, install: string): UserError {
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

/** Whether Node, Vite or a browser reports that the package itself was not found. A package without one of its files is broken. */
function isMissing(problem: unknown, name: string): boolean {
  const message = messageOf(problem);
  return (
    /cannot find|could not resolve|failed to (?:resolve|load)/i.test(message) &&
    new RegExp(`['"]${name}['"]`).test(message)
  );
}

/** An import that bundlers skip: the package is for Node only, and may be missing. */
export async function importInNode(name: string): Promise<unknown> {
  return await import(/* @vite-ignore */ name);
}
