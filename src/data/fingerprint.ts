// What a file of data holds, in a few bytes: so that a run that goes on notices when its data are others.
import { createHash } from "node:crypto";
import { openBytes } from "./open-bytes.ts";

export interface Fingerprint {
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Reads the whole file. Throws a UserError that says what is wrong with the path. */
export function fingerprintOf(path: string): Fingerprint {
  const source = openBytes(path);
  try {
    const hash = createHash("sha256");
    for (let offset = 0; offset < source.size; offset += PIECE) hash.update(source.read(offset, PIECE));
    return { size: source.size, sha256: hash.digest("hex") };
  } finally {
    source.close();
  }
}

const PIECE = 1 << 20;
