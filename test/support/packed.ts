// The package as `npm pack` writes it, and programs that tests run beside it.
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { RUN } from "./bundle-command.ts";
import { ROOT } from "./command.ts";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function execute(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { cwd, maxBuffer: 1e8 }, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

/** Runs a program that must succeed, and returns what it printed. */
export async function printed(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, out, err } = await execute(program, args, cwd);
  expect(code, out + err).toBe(0);
  return out;
}

export const PACKAGE = z
  .object({
    version: z.string(),
    bin: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
    peerDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));

/** Held while the package is built: all builds write to the same `dist`. */
const LOCK = join(ROOT, "out/test/packing");
const RETRY_MS = 200;
/** The archive of this run of Vitest. */
const PACKED = join(ROOT, "out/test/packed");
const OWN = join(PACKED, process.env[RUN] ?? "");

/** Builds and packs the package, once in a run of Vitest. Returns the path of the archive, a copy in `folder`. */
export async function packInto(folder: string): Promise<string> {
  const archive = `recurra-${PACKAGE.version}.tgz`;
  while (!isLocked()) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  try {
    if (!existsSync(join(OWN, archive))) {
      rmSync(PACKED, { recursive: true, force: true });
      mkdirSync(OWN, { recursive: true });
      await printed("npm", ["pack", "--silent", "--offline", "--pack-destination", OWN], ROOT);
    }
    copyFileSync(join(OWN, archive), join(folder, archive));
  } finally {
    rmSync(LOCK, { recursive: true });
  }
  return join(folder, archive);
}

/** Whether this call has made the lock. */
function isLocked(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    return false;
  }
}
