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

/** Runs a Python program; what it printed. Throws with its errors if it fails. */
export async function runPython(peer: Peer, args: readonly string[], cwd = "."): Promise<string> {
  const env = { ...process.env, OMP_NUM_THREADS: "1", JAX_PLATFORMS: "cpu", PYTHONDONTWRITEBYTECODE: "1" };
  const { stdout } = await execute(pythonOf(peer), [...args], { cwd, env, maxBuffer: 1 << 26 });
  return stdout;
}
