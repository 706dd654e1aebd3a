// The blocks of gates in an array of theirs.
import { partOf, type Block } from "./theirs.ts";

/** Equal parts along the first axis, by gate. */
export function gateBlocks(gates: readonly string[], block: Block): ReadonlyMap<string, Block> {
  return new Map(gates.map((gate, index) => [gate, partOf(block, index, gates.length)]));
}
