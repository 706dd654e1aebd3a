// Turns a picture into SVG with Graphviz, an optional package, which is WebAssembly and is loaded when it is first needed.
import type { Graphviz } from "@hpcc-js/wasm-graphviz";
import { refusePackage } from "../base/optional-package.ts";
import { withArrowLabels } from "./layout/arrow-labels.ts";
import { dotOf, FONT } from "./dot.ts";
import { layOut } from "./layout/layout.ts";
import type { Picture } from "./picture.ts";

/** Fonts as wide as the one in which boxes were measured. Nearly every system has one of the first two. */
const FAMILY = "DejaVu Sans,Verdana,sans-serif";

/** If time is rolled up, Graphviz lays out everything. Otherwise boxes have coordinates, and Graphviz routes the arrows between them. Throws a UserError if Graphviz is not installed. */
export async function svgOf(picture: Picture): Promise<string> {
  if (picture.steps === null) return svgOfDot(dotOf(picture, null));
  return withFamily(svgUnrolled(await loadGraphviz(), picture));
}

/** Graphviz lays out all of it. Throws a UserError if Graphviz is not installed. */
export async function svgOfDot(dot: string): Promise<string> {
  return withFamily((await loadGraphviz()).layout(dot, "svg", "dot"));
}

async function loadGraphviz(): Promise<Graphviz> {
  const name = "@hpcc-js/wasm-graphviz";
  const module = await import("@hpcc-js/wasm-graphviz").catch(refusePackage(name, `npm i ${name}`));
  return module.Graphviz.load();
}

function withFamily(svg: string): string {
  return svg.replaceAll(`font-family="${FONT}"`, `font-family="${FAMILY}"`);
}

function svgUnrolled(graphviz: Graphviz, picture: Picture): string {
  const placement = layOut(picture, (dot) => graphviz.layout(dot, "plain", "dot"));
  return withArrowLabels(graphviz.layout(dotOf(picture, placement), "svg", "neato", { nop: 2 }), picture, placement);
}
