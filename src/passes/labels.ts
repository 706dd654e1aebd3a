// Canonical labels of products, so that equal products are recognised.
import type { Node } from "../graph/node.ts";
import type { Labels } from "../ops/rows/contract.ts";

/** Labels renamed in order of appearance in `first`, `second`, the result. */
export function canonicalLabels(
  node: Node<"contract">,
  sharedFirst: boolean,
): { readonly shared: string; readonly other: string; readonly out: string } {
  const { left, right, out } = node.attributes;
  const [shared, other] = sharedFirst ? [left, right] : [right, left];
  const letters = [...new Set(shared + other + out)];
  const rename = (text: string): string =>
    [...text].map((label) => "abcdefghijklmnopqrstuvwxyz"[letters.indexOf(label)] ?? "?").join("");
  return { shared: rename(shared), other: rename(other), out: rename(out) };
}

/** The labels that are in both operands and not in the result. */
export function contractedLabels({ left, right, out }: Labels): readonly string[] {
  return [...left].filter((label) => right.includes(label) && !out.includes(label));
}
