// The nested frames around cells, and the names of boxes that have no expression.
import type { Body, Outline } from "../lang/elaborate/outline.ts";
import type { Box } from "./diagram/boxes.ts";
import type { Diagram } from "./diagram/diagram.ts";
import { partLabel } from "./labels.ts";
import type { Picture } from "./picture.ts";

/** Adds the frame of a body, at a step or at none, and the frames around it. Returns the frame's id; null for a model, which has no frame. */
export function drawGroup(picture: Picture, outline: Outline, body: Body | null, step: number | null): string | null {
  if (body === null || body.definition.kind === "model") return null;
  const around = outline.find(({ path }) => path === body.parent && path !== body.path) ?? null;
  const label = partLabel(body);
  return picture.group({
    id: step === null ? body.path : `${body.path}@${step}`,
    title: `${body.title}${label.startsWith("layer") ? " ·" : ""} ${label}`.trimEnd(),
    parent: drawGroup(picture, outline, around, step),
    column: step === null || body.time === null ? null : { time: body.time, step },
  });
}

const SIGNS: ReadonlyMap<string, string> = new Map([
  ["add", "+"],
  ["sub", "-"],
  ["mul", "⊙"],
]);

/** The operation of a box that has no expression: the function that the user called, or the op. */
export function operationOf({ program }: Diagram, { node }: Box): string {
  const { op, along } = program.graph.node(node);
  const call = along?.span.source.text.slice(along.span.start, along.span.end) ?? "";
  const [name] = /[\p{L}\p{N}_]+/u.exec(call.split("|>").at(-1) ?? "") ?? [];
  return name ?? SIGNS.get(op) ?? op;
}
