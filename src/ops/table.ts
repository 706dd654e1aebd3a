// The op table: every op by its name. Nothing else in the compiler lists ops.
// `input`, `port`, `scan`, `yield` and `project` are the graph's own structure and have no rows.
import { lookup } from "../base/invariant.ts";
import type { Attributes, AttributesOf, OpName, StructureName } from "../graph/node.ts";
import type { ScalarName } from "../scalar/table.ts";
import { BOOLEAN, misfitOf, NUMBER, oneOf, SIZE, type Forms } from "./attribute-forms.ts";
import type { OpRow } from "./row.ts";
import { ALONG } from "./rows/along.ts";
import { CONSTANTS } from "./rows/constants.ts";
import { CONTRACT } from "./rows/contract.ts";
import { DIAGONALS } from "./rows/diagonal.ts";
import { JOIN } from "./rows/join.ts";
import { LEAF } from "./rows/leaf.ts";
import { POINTWISE } from "./rows/pointwise.ts";
import { RAGGED } from "./rows/ragged.ts";
import { REDUCE } from "./rows/reduce.ts";
import { RUNNING } from "./rows/running.ts";
import { SHAPE } from "./rows/shape.ts";
import { TIME } from "./rows/time.ts";
import { TOKEN } from "./rows/token.ts";

/** The rows that `src/scalar` does not provide. An op in `AttributesByOp` without a row does not compile. */
export type Rows = { readonly [N in Exclude<OpName, StructureName | ScalarName>]: OpRow<N> };

const OTHERS: Rows = {
  ...LEAF,
  ...CONSTANTS,
  contract: CONTRACT,
  ...REDUCE,
  ...ALONG,
  ...RUNNING,
  ...SHAPE,
  ...JOIN,
  ...DIAGONALS,
  ...TIME,
  ...TOKEN,
  ...RAGGED,
};

export const ROWS: readonly OpRow[] = [...POINTWISE, ...Object.values<OpRow>(OTHERS)];

const BY_NAME: ReadonlyMap<string, OpRow> = new Map(ROWS.map((row) => [row.name, row]));

export function rowOf(name: OpName): OpRow {
  return lookup(BY_NAME, name, "op table");
}

/** Whether an op has a row, and is not structure. */
export function isRow(name: string): name is OpName {
  return BY_NAME.has(name);
}

type StructureForms = { readonly [N in Exclude<StructureName, "input">]: Forms<AttributesOf<N>> };

const STRUCTURE: StructureForms = {
  port: { kind: oneOf("sequence", "state", "invariant"), index: NUMBER },
  scan: { time: SIZE, reverse: BOOLEAN, sequences: NUMBER, states: NUMBER },
  yield: {},
  project: { index: NUMBER },
};

const STRUCTURE_BY_NAME: ReadonlyMap<string, Forms<Attributes>> = new Map(Object.entries(STRUCTURE));

export function isOpName(name: string): name is OpName {
  return isRow(name) || name === "input" || STRUCTURE_BY_NAME.has(name);
}

/** Why attributes do not fit the op, or null. An input may have any. */
export function misfit(op: OpName, attributes: Attributes): string | null {
  const forms = STRUCTURE_BY_NAME.get(op) ?? BY_NAME.get(op)?.attributes;
  return forms === undefined ? null : misfitOf(op, attributes, forms);
}
