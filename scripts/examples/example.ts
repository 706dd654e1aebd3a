// The examples: `examples/NAME/commands.json` lists the commands of each and says which figure the last one prints. Commands run as a
// reader types them, each as a process, in a folder that shows the repository's examples and specs.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** `small` shows within seconds that all commands work; `full` is what the page of the example gives the figure of. */
export type Size = "small" | "full";

const COMMAND = z.string().startsWith("recurra ");
const RUN = z.strictObject({
  /** What is trained, if an example compares several. */
  model: z.string(),
  /** Missing where the small run of another model shows the same commands. */
  small: z.array(COMMAND).min(1).optional(),
  full: z.array(COMMAND).min(1),
});
const EXAMPLE = z.strictObject({
  learns: z.string(),
  /** What the figure is, with its unit. */
  figure: z.string(),
  /** Finds the figure in what the last command prints: a regular expression with one group. */
  pattern: z.string(),
  runs: z.array(RUN).min(1),
});

export interface Example extends z.infer<typeof EXAMPLE> {
  readonly name: string;
}
export type Run = z.infer<typeof RUN>;

/** All examples by name: the folders with a list of commands. Throws if a list does not have its form. */
export function readExamples(): readonly Example[] {
  const folder = join(ROOT, "examples");
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "commands.json")));
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, name, "commands.json"), "utf8");
    return { name, ...EXAMPLE.parse(JSON.parse(text)) };
  });
}

/** Words as a shell reads them: blanks separate, double quotes join. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Lays out a folder in which the commands find what they read: `examples` and `specs`. */
export function layOut(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const shared of ["examples", "specs"])
    if (!existsSync(join(folder, shared))) symlinkSync(join(ROOT, shared), join(folder, shared));
}

/**
 * Runs commands one after the other and returns the figure of the last one. `call`: what Node is called with for `recurra ARGS`.
 * Rejects if a command fails, or if the last one does not print the figure.
 */
export async function figureOf(
  { pattern }: Pick<Example, "pattern">,
  commands: readonly string[],
  { folder, call }: { readonly folder: string; readonly call: (...args: readonly string[]) => readonly string[] },
): Promise<number> {
  let printed = "";
  for (const command of commands) {
    const [, ...args] = wordsOf(command);
    printed = await outputOf(call(...args), folder, command);
  }
  const found = new RegExp(pattern).exec(printed)?.[1];
  if (found === undefined) throw new Error(`${commands.at(-1)}: no figure (${pattern}) in what it prints:\n${printed}`);
  return Number(found);
}

function outputOf(call: readonly string[], cwd: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...call], { cwd, maxBuffer: 1e9 }, (problem, out, err) => {
      if (problem === null) resolve(out);
      else reject(new Error(`${command}\n${out}${err}`));
    });
  });
}

/** What Node is called with to run the command line of this checkout, as `npm run recurra` does. */
export function sourceCall(...args: readonly string[]): readonly string[] {
  const tsx = join(dirname(fileURLToPath(import.meta.resolve("tsx/package.json"))), "dist/loader.mjs");
  return ["--stack-size=3900", "--import", tsx, join(ROOT, "src/cli/main.ts"), ...args];
}
