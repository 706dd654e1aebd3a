// Random nestings of cells: each can be drawn, and every input leads to the loss.
import { expect, test } from "vitest";
import { DRAWN, pictureOf } from "../../src/draw/draw.ts";
import type { Picture } from "../../src/draw/picture.ts";
import { nesting } from "../support/applications.ts";
import { programFrom } from "../support/specs.ts";

const SEEDS = 12;

/** Titles of the boxes from which arrows lead to the loss. */
function leadingToLoss(picture: Picture): ReadonlySet<string> {
  const found = new Set(["loss"]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const { from, to } of picture.edges.values()) if (found.has(to)) found.add(from);
  }
  return new Set([...found].map((id) => picture.nodes.get(id)?.title ?? ""));
}

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))("random model %d, open and folded", (seed) => {
  const program = programFrom(nesting(seed, seed % 2 === 0).numbers, DRAWN);
  for (const isFolded of [false, true]) {
    const leading = leadingToLoss(pictureOf(program, { steps: 3, isFolded, hasWeights: true }));
    expect(["x[1]", "x[2]", "x[3]", "predict y[1]", "predict y[3]"].filter((title) => !leading.has(title))).toEqual([]);
  }
});
