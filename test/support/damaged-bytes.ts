// Damaged files for tests.
import { uniform } from "../ops/arrays.ts";

/** Bytes changed or cut out, by a counter. `head`: how many bytes at the beginning are changed, where not all may be. */
export function damagedBytes(
  bytes: Uint8Array,
  seed: number,
  head: { readonly few: number; readonly many: number },
): Uint8Array {
  const at = (index: number, below: number): number => Math.floor(uniform(seed, index) * below);
  const out = Uint8Array.from(bytes);
  const kind = at(0, 4);
  if (kind === 0) return out.subarray(0, at(1, out.length));
  if (kind === 1) {
    const [from, count] = [at(1, out.length), 1 + at(2, 40)];
    return Uint8Array.from([...out.subarray(0, from), ...out.subarray(from + count)]);
  }
  const most = Math.min(out.length, kind === 2 ? head.few : head.many);
  for (let index = 0; index <= at(1, kind === 2 ? 1 : 8); index++)
    out[at(3 + 2 * index, most)] = at(4 + 2 * index, 256);
  return out;
}
