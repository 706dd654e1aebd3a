// How fast a target computes on this machine. Predictions of time use these rates.
import { Builder } from "../ops/builder.ts";
import { data } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { symbol } from "../shape/dim.ts";
import { floatType, plain } from "../shape/type.ts";
import type { Target } from "./target.ts";

/** Operations a second. */
export interface Rates {
  /** Of products, each of 2·m·n·k operations. */
  readonly products: number;
  /** Of functions of elements, one operation for each element. */
  readonly elements: number;
}

const WIDTH = 192;
/** Milliseconds to warm up, then to measure, with at least one run each. */
const WARM_UP = 60;
const MEASURED = 40;

/** Measures for about 0.1 s each, or for one run if that takes longer. */
export async function ratesOf<T>(target: Target<T>): Promise<Rates> {
  return {
    products: (2 * WIDTH ** 3) / (await seconds(target, productGraph())),
    elements: (FUNCTIONS.length * WIDTH ** 2) / (await seconds(target, elementsGraph())),
  };
}

const SQUARE = floatType([plain(symbol("N")), plain(symbol("N"))]);

function productGraph(): Graph {
  const build = new Builder();
  const square = build.input(data("square"), SQUARE);
  const product = build.op("contract", [square, square], { left: "ij", right: "jk", out: "ik" });
  return build.finish("product", new Map([["result", product]]));
}

/** Two expensive functions, as in a gated cell, and three cheap ones. */
const FUNCTIONS = ["tanh", "square", "sigmoid", "neg", "abs"] as const;

function elementsGraph(): Graph {
  const build = new Builder();
  const square = build.input(data("square"), SQUARE);
  const result = FUNCTIONS.reduce((value, name) => build.op(name, [value]), square);
  return build.finish("elements", new Map([["result", result]]));
}

/** The shortest of several runs. */
async function seconds<T>(target: Target<T>, graph: Graph): Promise<number> {
  const executable = target.compile(graph);
  const data = Float64Array.from({ length: WIDTH ** 2 }, (_, index) => Math.sin(index));
  const square = target.upload({ dtype: "float", shape: [WIDTH, WIDTH], data });
  const inputs = new Map([["square", square]]);
  const sizes = new Map([["N", WIDTH]]);
  const once = async (): Promise<number> => {
    const start = performance.now();
    const results = [...executable.run(inputs, sizes).values()];
    // If a target cannot download at once, a run has only started when it returns.
    if (target.downloadNow === null) await Promise.all(results.map((result) => target.download(result)));
    const time = performance.now() - start;
    for (const result of results) target.dispose(result);
    return time;
  };
  for (let spent = await once(); spent < WARM_UP;) spent += await once();
  const times = [await once()];
  for (let [spent = 0] = times; spent < MEASURED;) {
    const time = await once();
    times.push(time);
    spent += time;
  }
  target.dispose(square);
  return Math.min(...times) / 1000;
}
