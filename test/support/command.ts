// The command line as a person runs it: a process of its own, its two streams, its exit code.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** As `npm run recurra` of package.json starts it. */
const NODE = ["--stack-size=3900", "--import", "tsx"];

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `recurra ARGS` in the project's folder. */
export function recurra(...args: readonly string[]): Promise<Ended> {
  return recurraIn(ROOT, args);
}

/** Runs it in another folder, from which Node finds tsx. */
export function recurraIn(folder: string, args: readonly string[]): Promise<Ended> {
  return runIn(folder, ["src/cli/main.ts", ...args]);
}

/** Runs one of the project's files in another folder. */
export function runIn(folder: string, call: readonly string[]): Promise<Ended> {
  return runWith(NODE, folder, call);
}

/** Runs `recurra ARGS` with the stack that Node has by itself, and other options of Node's. */
export function runPlain(node: readonly string[], args: readonly string[]): Promise<Ended> {
  return runWith([...node, "--import", "tsx"], ROOT, ["src/cli/main.ts", ...args]);
}

/** Runs one of the project's files with options for Node. */
export function runNode(options: readonly string[], call: readonly string[], folder = ROOT): Promise<Ended> {
  return runWith([...NODE, ...options], folder, call);
}

/** Whatever happens, nobody is to see a stack trace or a fault of ours. */
async function runWith(
  node: readonly string[],
  folder: string,
  [file = "", ...args]: readonly string[],
): Promise<Ended> {
  const ended = await new Promise<Ended>((resolve) => {
    const child = execFile(process.execPath, [...node, join(ROOT, file), ...args], { cwd: folder }, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
  const said = ended.out + ended.err;
  expect(said, `${file} ${args.join(" ")}`).not.toMatch(/^\s+at .*:\d+|internal:|fault of Recurra|node:internal/m);
  return ended;
}

/** An empty folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "recurra-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
