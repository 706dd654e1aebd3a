// The op table: every op by its name. Nothing else in the compiler lists ops.
// `input`, `port`, `scan`, `yield` and `project` are the graph's own structure and have no rows.
import { lookup } from "../base/invariant.ts";
import type { OpName, StructureName } from "../graph/node.ts";
import type { OpRow } from "./row.ts";
import { ALONG } from "./rows/along.ts";
import { CONTRACT } from "./rows/contract.ts";
import { DIAGONALS } from "./rows/diagonal.ts";
import { JOIN } from "./rows/join.ts";
import { LEAF } from "./rows/leaf.ts";
import { POINTWISE } from "./rows/pointwise.ts";
import { RAGGED } from "./rows/ragged.ts";
import { REDUCE } from "./rows/reduce.ts";
import { SHAPE } from "./rows/shape.ts";
import { TIME } from "./rows/time.ts";
import { TOKEN } from "./rows/token.ts";

export const ROWS: readonly OpRow[] = [
  ...LEAF,
  ...POINTWISE,
  CONTRACT,
  ...REDUCE,
  ...ALONG,
  ...SHAPE,
  ...JOIN,
  ...DIAGONALS,
  ...TIME,
  ...TOKEN,
  ...RAGGED,
];

const BY_NAME: ReadonlyMap<string, OpRow> = new Map(ROWS.map((row) => [row.name, row]));

export function rowOf(name: OpName): OpRow {
  return lookup(BY_NAME, name, "op table");
}

/** Whether an op is a row, not structure. */
export function isRow(name: string): name is OpName {
  return BY_NAME.has(name);
}

const STRUCTURE: Readonly<Record<StructureName, true>> = {
  input: true,
  port: true,
  scan: true,
  yield: true,
  project: true,
};

export function isOpName(name: string): name is OpName {
  return isRow(name) || name in STRUCTURE;
}
