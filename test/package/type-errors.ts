// TypeScript over programs that use the package.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/command.ts";
import { execute } from "../support/packed.ts";
import type { Installed } from "./installed.ts";

/** Whether a program imports tfjs itself. */
export function isTfjs(text: string): boolean {
  return text.includes("@tensorflow/tfjs");
}

/** What TypeScript says to these programs, each a file of its own. */
export async function typeErrors(
  { folder, withTfjs }: Installed,
  name: string,
  programs: readonly string[],
  options: object,
): Promise<string> {
  const files = programs.map((text, index) => join(isTfjs(text) ? withTfjs : folder, `${name}-${index}.ts`));
  for (const [index, file] of files.entries()) writeFileSync(file, programs[index] ?? "");
  const common = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    module: "nodenext",
    target: "es2022",
    types: [],
  };
  const project = join(folder, `${name}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions: { ...common, ...options }, files }));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  return (await execute(process.execPath, [tsc, "-p", project], folder)).out;
}
