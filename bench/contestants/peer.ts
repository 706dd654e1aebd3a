// Peers are installed separately: `npm ci --prefix bench`. A peer that is not installed is listed as missing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export const PEERS_INSTALL = "npm ci --prefix bench";

/** The module's exports, or undefined where it is not installed. The caller says, in types of its own, what it uses of them. */
export async function peerModule(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

export function installedVersion(name: string): string {
  const file = join(import.meta.dirname, "../node_modules", name, "package.json");
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
}
