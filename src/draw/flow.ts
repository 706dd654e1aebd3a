// Draws how gradients travel: what is left of a change after k steps, how long memories last, which gates are always open or closed.
import { drawSvg, type Diagram } from "./vega.ts";

export interface DrawnFlow {
  /** What the lines are called: `GRU`, `after training`. */
  readonly label: string;
  readonly states: readonly {
    readonly name: string;
    readonly gains: readonly number[];
    readonly halfLives: readonly number[];
  }[];
  readonly clipped: { readonly plain: readonly number[]; readonly clipped: readonly number[] } | null;
  readonly gates: readonly { readonly name: string; readonly closed: number; readonly open: number }[];
}

const WIDTH = 420;
const HEIGHT = 180;
/** Half-lives above this are drawn here: such a memory does not decay within a sequence. */
const LONGEST = 1000;
const SHORTEST = 0.1;
/** Smaller gains are left out. */
const SMALLEST = 1e-12;

/** Throws a UserError if vega is not installed. */
export function drawFlows(title: string, flows: readonly DrawnFlow[]): Promise<string> {
  const parts = [gains(flows), clipping(flows), halfLives(flows), gates(flows)];
  return drawSvg({
    title,
    vconcat: parts.flatMap((part) => part ?? []),
    resolve: { scale: { color: "independent" } },
  });
}

interface Line {
  readonly of: string;
  readonly values: readonly number[];
}

function gains(flows: readonly DrawnFlow[]): Diagram {
  return lines(
    flows.flatMap(({ label, states }) =>
      states.map((state): Line => ({ of: `${label}: ${state.name}`, values: state.gains })),
    ),
    "gain of ∂s[t] / ∂s[t-k]",
  );
}

function clipping(flows: readonly DrawnFlow[]): Diagram | undefined {
  const found = flows.flatMap(({ label, clipped }): Line[] =>
    clipped === null
      ? []
      : [
          { of: label, values: clipped.plain },
          { of: `${label}, clipped`, values: clipped.clipped },
        ],
  );
  return found.length === 0 ? undefined : lines(found, "norm of the gradient");
}

function lines(found: readonly Line[], title: string): Diagram {
  return {
    width: WIDTH,
    height: HEIGHT,
    data: {
      values: found.flatMap(({ of, values }) =>
        values.flatMap((value, k) => (value > SMALLEST ? [{ of, k, value }] : [])),
      ),
    },
    mark: { type: "line", strokeWidth: 1.8 },
    encoding: {
      x: { field: "k", type: "quantitative", title: "k, steps back", axis: { tickMinStep: 1, format: "d" } },
      y: { field: "value", type: "quantitative", title, scale: { type: "log" }, axis: { format: "~e", tickCount: 6 } },
      color: { field: "of", type: "nominal", title: null, sort: null },
    },
  };
}

function halfLives(flows: readonly DrawnFlow[]): Diagram {
  return {
    width: WIDTH,
    height: { step: 22 },
    data: {
      values: flows.flatMap(({ label, states }) =>
        states.flatMap(({ name, halfLives: all }) =>
          all.map((steps) => ({ of: `${label}: ${name}`, steps: Math.min(LONGEST, Math.max(SHORTEST, steps)) })),
        ),
      ),
    },
    mark: { type: "tick", thickness: 1.5, opacity: 0.5 },
    encoding: {
      x: {
        field: "steps",
        type: "quantitative",
        title: "half-life of each element, in steps",
        scale: { type: "log", domain: [SHORTEST, LONGEST] },
        axis: { format: "~g", values: [0.1, 1, 10, 100, 1000] },
      },
      y: { field: "of", type: "nominal", title: null, sort: null },
      color: { field: "of", type: "nominal", legend: null, sort: null },
    },
  };
}

const SHARES = ["below 0.1", "between", "above 0.9"] as const;

function gates(flows: readonly DrawnFlow[]): Diagram | undefined {
  const values = flows.flatMap(({ label, gates: all }) =>
    all.flatMap(({ name, closed, open }) =>
      [closed, 1 - closed - open, open].map((share, order) => ({
        of: `${label}: ${name}`,
        part: SHARES[order],
        order,
        share,
      })),
    ),
  );
  if (values.length === 0) return undefined;
  return {
    width: WIDTH,
    height: { step: 22 },
    data: { values },
    mark: "bar",
    encoding: {
      x: { field: "share", type: "quantitative", title: "values of each gate", axis: { format: ".0%" } },
      y: { field: "of", type: "nominal", title: null, sort: null },
      order: { field: "order", type: "quantitative" },
      color: {
        field: "part",
        type: "nominal",
        title: null,
        scale: { domain: [...SHARES], range: ["#4c78a8", "#ddd", "#f58518"] },
      },
    },
  };
}
