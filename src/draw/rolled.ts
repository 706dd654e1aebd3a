// Draws a diagram with time rolled up: each box once. A value of an earlier step has a box such as `h[t-1]`, to which a dashed edge
// leads. A folded cell has a dashed edge to itself.
import type { Box } from "./diagram/boxes.ts";
import type { Diagram } from "./diagram/diagram.ts";
import { factsOf } from "./facts.ts";
import { drawGroup, operationOf } from "./groups.ts";
import type { Picture } from "./picture.ts";
import type { Read } from "./diagram/reads.ts";
import { isTargetOf } from "./unrolled.ts";
import type { WeightNames } from "./diagram/weight-names.ts";

export function drawRolled(picture: Picture, diagram: Diagram, weights: WeightNames): void {
  const { parts, program } = diagram;
  const groupOf = ({ body, kind }: Box): string | null =>
    kind === "cell" ? null : drawGroup(picture, program.outline, body, null);
  for (const part of parts) {
    const { box } = part;
    const facts = factsOf(part, null, operationOf(diagram, box));
    picture.node({ ...facts, id: box.id, group: groupOf(box), column: null, row: box.id });
  }
  for (const { box, reads } of parts) {
    for (const read of reads) {
      const label = read.which === "first" || read.which === "last" ? read.which : weights.of(read.weights);
      if (read.delay === 0) picture.drawEdge(read.from.id, box.id, "now", label);
      else if (box.kind === "cell" || read.from.kind === "cell") connectCell(picture, read, box, label);
      else picture.drawEdge(drawPast(picture, read, groupOf(read.from)), box.id, "now", label);
    }
    const truth = parts.find((part) => isTargetOf(part.box, box))?.box;
    if (box.kind === "predict" && truth !== undefined) picture.drawEdge(truth.id, box.id, "truth");
  }
}

function connectCell(picture: Picture, { from, starts }: Read, to: Box, label: string): void {
  picture.drawEdge(from.id, to.id, "again", label);
  for (const { reads } of starts) for (const each of reads) picture.drawEdge(each.from.id, to.id, "now", "first");
}

/** Adds the box of a value some steps ago, and returns its id. */
function drawPast(picture: Picture, { from, delay, starts }: Read, group: string | null): string {
  const name = `${from.names[0] ?? ""}[t-${Math.abs(delay)}]`;
  const [start] = starts;
  const id = picture.node({
    id: `${from.id} ${delay}`,
    role: "state",
    title: name,
    detail: start === undefined || start.text === "" ? "" : `first ${start.text}`,
    tooltip: "",
    group,
    column: null,
    row: from.id,
    isOutput: false,
  });
  // A part of a diagram may have the past of a value without the value.
  if (picture.nodes.has(from.id)) picture.drawEdge(from.id, id, "again");
  for (const each of start?.reads ?? []) picture.drawEdge(each.from.id, id, "now", "first");
  return id;
}
