// Pictures by vega and vega-lite, which are optional packages.
import type { TopLevelSpec } from "vega-lite";
import { refusePackage } from "../base/optional-package.ts";

const INSTALL = "npm i vega vega-lite";
const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

/** One diagram of several. */
export type Diagram = Extract<TopLevelSpec, { readonly vconcat: unknown }>["vconcat"][number];

/** What all pictures share. */
const CONFIG = {
  axis: { gridColor: "#eee" },
  legend: { labelLimit: 0 },
  view: { stroke: null },
  font: "sans-serif",
} as const;

/** A picture as SVG. Throws a UserError if vega is not installed. */
export async function drawSvg(spec: TopLevelSpec): Promise<string> {
  const vega = await import("vega").catch(refusePackage("vega", INSTALL));
  const lite = await import("vega-lite").catch(refusePackage("vega-lite", INSTALL));
  const compiled = lite.compile({ $schema: SCHEMA, background: "white", ...spec, config: CONFIG });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
