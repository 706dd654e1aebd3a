// Draws named points of a plane: a map of embeddings.
import { drawSvg } from "./vega.ts";

export interface DrawnPoint {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

const SIZE = 560;

/** Throws a UserError if vega is not installed. */
export function drawPoints(title: string, points: readonly DrawnPoint[]): Promise<string> {
  const plane = {
    x: { field: "x", type: "quantitative", title: null, axis: { labels: false, ticks: false }, scale: { zero: false } },
    y: { field: "y", type: "quantitative", title: null, axis: { labels: false, ticks: false }, scale: { zero: false } },
  } as const;
  return drawSvg({
    title,
    width: SIZE,
    height: SIZE,
    data: { values: points.map((point) => ({ ...point })) },
    layer: [
      { mark: { type: "circle", size: 12, opacity: 0.5 }, encoding: plane },
      {
        mark: { type: "text", dy: -6, fontSize: 10 },
        encoding: { ...plane, text: { field: "name", type: "nominal" } },
      },
    ],
  });
}
