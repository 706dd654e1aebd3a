// The loss: one box, to which the predictions of all steps lead.
import type { Diagram } from "./diagram/diagram.ts";
import type { Picture } from "./picture.ts";

export function drawLoss(picture: Picture, { parts }: Diagram): void {
  const goals = [...picture.nodes.values()].filter(({ role }) => role === "goal");
  if (goals.length === 0) return;
  const isOverSteps = parts.some(({ box }) => box.kind === "predict" && box.time !== null);
  const loss = picture.node({
    id: "loss",
    role: "goal",
    title: "loss",
    detail: isOverSteps ? "sum of the steps / their number" : "",
    tooltip: "",
    group: null,
    column: null,
    row: "loss",
    isOutput: false,
  });
  for (const { id } of goals) picture.drawEdge(id, loss, "now");
}
