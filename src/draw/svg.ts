// From a picture to SVG by Graphviz, an optional package, which is WebAssembly and is loaded when it is first needed.
import type { Graphviz } from "@hpcc-js/wasm-graphviz";
import { refusePackage } from "../base/optional-package.ts";
import { withArrowLabels } from "./layout/arrow-labels.ts";
import { dotOf, FONT } from "./dot.ts";
import { layOut } from "./layout/layout.ts";
import type { Picture } from "./picture.ts";

/** As wide as the font in which the boxes were measured; one of the two is nearly everywhere. */
const FAMILY = "DejaVu Sans,Verdana,sans-serif";

/** Where time is rolled up Graphviz lays all out; else boxes have their places, and it finds ways for the arrows between them. Throws a UserError if Graphviz is not installed. */
export async function svgOf(picture: Picture): Promise<string> {
  const name = "@hpcc-js/wasm-graphviz";
  const module = await import("@hpcc-js/wasm-graphviz").catch(refusePackage(name, `npm i ${name}`));
  const graphviz = await module.Graphviz.load();
  const svg = picture.steps === null ? graphviz.layout(dotOf(picture, null), "svg", "dot") : placed(graphviz, picture);
  return svg.replaceAll(`font-family="${FONT}"`, `font-family="${FAMILY}"`);
}

function placed(graphviz: Graphviz, picture: Picture): string {
  const placement = layOut(picture, (dot) => graphviz.layout(dot, "plain", "dot"));
  return withArrowLabels(graphviz.layout(dotOf(picture, placement), "svg", "neato", { nop: 2 }), picture, placement);
}
