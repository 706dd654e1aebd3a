// A short fingerprint of a data file, by which a resumed run notices that its data have changed.
import { createHash } from "node:crypto";
import { openBytes } from "./open-bytes.ts";

export interface Fingerprint {
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Reads the whole file. Throws a UserError if the path is wrong. */
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
