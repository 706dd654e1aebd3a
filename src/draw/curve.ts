// Draws a learning curve as SVG: losses over updates.
import { drawSvg } from "./vega.ts";

export interface CurvePoint {
  readonly update: number;
  /** NaN if it is not known. */
  readonly training: number;
  readonly validation: number | null;
}

export interface CurveWords {
  readonly title: string;
  /** What the loss is called, with its unit. */
  readonly loss: string;
}

/** The training loss is a running mean. */
const TRAINING = "training (recent mean)";

/** Draws a line for the training loss, and a line with points for the validation loss. `baseline` adds a dashed level with its name. Throws a UserError if vega is not installed. */
export async function drawCurve(
  points: readonly CurvePoint[],
  { title, loss }: CurveWords,
  baseline?: { readonly name: string; readonly nats: number },
): Promise<string> {
  const values = points.flatMap(({ update, training, validation }) => [
    ...(Number.isFinite(training) ? [{ update, loss: training, series: TRAINING }] : []),
    ...(validation === null ? [] : [{ update, loss: validation, series: "held out" }]),
  ]);
  const levels = baseline === undefined ? [] : [{ loss: baseline.nats, name: baseline.name }];
  const color = {
    field: "series",
    type: "nominal" as const,
    title: null,
    scale: { domain: [TRAINING, "held out"], range: ["#4c78a8", "#e45756"] },
  };
  const x = { field: "update", type: "quantitative" as const, title: "update" };
  const y = { field: "loss", type: "quantitative" as const, title: loss, scale: { zero: false } };
  return drawSvg({
    title,
    width: 560,
    height: 320,
    data: { values },
    layer: [
      {
        transform: [{ filter: `datum.series === '${TRAINING}'` }],
        mark: { type: "line", strokeWidth: 2 },
        encoding: { x, y, color },
      },
      {
        transform: [{ filter: "datum.series === 'held out'" }],
        mark: { type: "line", point: { size: 60 }, strokeWidth: 2 },
        encoding: { x, y, color },
      },
      {
        data: { values: levels },
        mark: { type: "rule", strokeDash: [6, 4], color: "#888" },
        encoding: { y: { field: "loss", type: "quantitative" } },
      },
      {
        data: { values: levels },
        mark: { type: "text", align: "right", baseline: "bottom", dx: -4, dy: -3, color: "#666" },
        encoding: { x: { value: 560 }, y: { field: "loss", type: "quantitative" }, text: { field: "name" } },
      },
    ],
  });
}
