// From DOT to SVG by Graphviz, which is WebAssembly and is loaded when it is first wanted.

/** Boxes are measured in this font; Verdana is as wide, and one of the two is nearly everywhere. */
export const FONT = "DejaVu Sans";
const FAMILY = "DejaVu Sans,Verdana,sans-serif";

export async function svgOf(dot: string): Promise<string> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Graphviz.load();
  return graphviz.layout(dot, "svg", "dot").replaceAll(`font-family="${FONT}"`, `font-family="${FAMILY}"`);
}
