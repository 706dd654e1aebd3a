// Runs the command line in its own process: its two streams and its exit code.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { BUNDLE, STACK } from "./bundle-command.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = "src/cli/main.ts";

/** What Node is called with to run one of the project's files: for the command line, its bundle. */
function callOf(file: string): readonly string[] {
  return file === MAIN ? [join(ROOT, BUNDLE)] : ["--import", "tsx", join(ROOT, file)];
}

/** What Node is called with to run `recurra ARGS`, for tests that start a process of their own. */
export function commandCall(...args: readonly string[]): readonly string[] {
  return [STACK, ...callOf(MAIN), ...args];
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `recurra ARGS` in the project's folder. */
export function recurra(...args: readonly string[]): Promise<Ended> {
  return recurraIn(ROOT, args);
}

/** Runs it in another folder. */
export function recurraIn(folder: string, args: readonly string[]): Promise<Ended> {
  return runIn(folder, [MAIN, ...args]);
}

/** Runs one of the project's files in another folder; where it is not the command line, Node must find tsx from there. */
export function runIn(folder: string, call: readonly string[]): Promise<Ended> {
  return runWith([STACK], folder, call);
}

/** Runs `recurra ARGS` with the stack that Node has by itself, and other options of Node's. */
export function runPlain(node: readonly string[], args: readonly string[]): Promise<Ended> {
  return runWith(node, ROOT, [MAIN, ...args]);
}

/** Runs one of the project's files with options for Node. */
export function runNode(options: readonly string[], call: readonly string[], folder = ROOT): Promise<Ended> {
  return runWith([STACK, ...options], folder, call);
}

/** Whatever happens, nobody is to see a stack trace or a fault of ours. */
async function runWith(
  node: readonly string[],
  folder: string,
  [file = "", ...args]: readonly string[],
): Promise<Ended> {
  const ended = await new Promise<Ended>((resolve) => {
    const child = execFile(process.execPath, [...node, ...callOf(file), ...args], { cwd: folder }, (_, out, err) =>
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
