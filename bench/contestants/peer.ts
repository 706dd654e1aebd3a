// Peers that are installed apart from the project: `npm ci --prefix bench`. One that is not there is listed as missing.
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
