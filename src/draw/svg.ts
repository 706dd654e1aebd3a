// From DOT to SVG by Graphviz, which is WebAssembly and is loaded when it is first wanted.
import { FONT, joined, type Dot } from "./dot.ts";

/** As wide as the font in which the boxes were measured; one of the two is nearly everywhere. */
const FAMILY = "DejaVu Sans,Verdana,sans-serif";

/** Lays out what is to be placed; where edges come later, all find their way between boxes that stay where they are. */
export async function svgOf(dot: Dot): Promise<string> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Graphviz.load();
  const placed = graphviz.layout(dot.placed, dot.later === "" ? "svg" : "dot", "dot");
  const svg = dot.later === "" ? placed : graphviz.layout(joined({ ...dot, placed }), "svg", "neato", { nop: 2 });
  return svg.replaceAll(`font-family="${FONT}"`, `font-family="${FAMILY}"`);
}
