// PyTorch and JAX for tests: `scripts/setup-python-peers.sh` puts them into .cache. Where one is not, its tests are skipped and counted.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export type Peer = "pytorch" | "jax";

const execute = promisify(execFile);

export function pythonOf(peer: Peer): string {
  const own = process.env[`${peer.toUpperCase()}_PYTHON`];
  return own ?? fileURLToPath(new URL(`../../.cache/python-peers/${peer}/bin/python`, import.meta.url));
}

export function hasPeer(peer: Peer): boolean {
  return existsSync(pythonOf(peer));
}

export interface PythonRun {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a Python program; what it printed. Throws with its errors if it fails. */
export async function runPython(
  peer: Peer,
  args: readonly string[],
  { cwd = ".", env = {} }: PythonRun = {},
): Promise<string> {
  const all = {
    ...process.env,
    OMP_NUM_THREADS: "1",
    JAX_PLATFORMS: "cpu",
    // Small programs run once: compiling takes longer than they do.
    JAX_DISABLE_MOST_OPTIMIZATIONS: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    ...env,
  };
  const { stdout } = await execute(pythonOf(peer), [...args], { cwd, env: all, maxBuffer: 1 << 26 });
  return stdout;
}
