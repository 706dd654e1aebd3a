// A node that chooses between two values, as whoever writes a graph in another language may say it otherwise.
import type { Node } from "../graph/node.ts";

export interface Choice {
  readonly condition: string;
  readonly yes: string;
  readonly no: string;
}

/** What a `select` chooses from; undefined for any other node. */
export function choiceOf({ op, operands }: Node): Choice | undefined {
  const [condition, yes, no] = operands;
  if (op !== "select" || condition === undefined || yes === undefined || no === undefined) return undefined;
  return { condition, yes, no };
}
