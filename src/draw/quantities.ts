// Draws what a model computes, step by step: one small diagram for each value, one line for each of its elements.
import { drawSvg } from "./vega.ts";

/** A value at each step. */
export interface DrawnQuantity {
  readonly name: string;
  readonly steps: readonly (readonly number[])[];
}

/** Lines beyond these would hide each other. */
const MOST_LINES = 32;
const WIDTH = 420;
const HEIGHT = 90;

/** Draws them below each other. Of a value with many elements, the first 32 are drawn. Throws a UserError if vega is not installed. */
export function drawQuantities(title: string, quantities: readonly DrawnQuantity[]): Promise<string> {
  return drawSvg({
    title,
    vconcat: quantities.map(({ name, steps }) => ({
      width: WIDTH,
      height: HEIGHT,
      data: {
        values: steps.flatMap((elements, step) =>
          elements.slice(0, MOST_LINES).map((value, element) => ({ step, element: String(element), value })),
        ),
      },
      mark: { type: "line" as const, point: { size: 14 }, strokeWidth: 1.5 },
      encoding: {
        x: {
          field: "step",
          type: "quantitative" as const,
          title: null,
          axis: { tickMinStep: 1, format: "d" },
          scale: { domain: [0, Math.max(1, steps.length - 1)] },
        },
        y: { field: "value", type: "quantitative" as const, title: name, scale: { zero: false } },
        color: { field: "element", type: "nominal" as const, title: "element", legend: null },
      },
    })),
  });
}
