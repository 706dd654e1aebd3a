// A size of a spec may have the name of a size that programs add (the batch, the time, the steps of a window). It remains a different size.
import { expect, test } from "vitest";
import type { Options } from "../../src/lang/elaborate/options.ts";
import { isDim } from "../../src/graph/attributes.ts";
import { symbolsOf } from "../../src/shape/dim.ts";
import { FULL, programFrom } from "../support/specs.ts";

/** All sizes of the nodes of a model of text whose vocabulary is of the size `name`. */
function sizesWith(name: string, truncation: Options["truncation"]): ReadonlySet<string> {
  const text = `
    model M(H = 3) {
      input text: seq char[${name}]
      h = C(H)(embed(text, H))
      predict text[t+1] from linear(h, out = ${name})
    }
    cell C(H) { input x; state h: [H]; h = tanh(linear(x, h[t-1])) }`;
  const { graph } = programFrom(text, { ...FULL, ...(truncation === undefined ? {} : { truncation }) });
  const inputs = graph.region(null).filter(({ op }) => op === "input");
  const dims = graph.region(null).map(({ attributes }) => attributes["dims"]);
  return new Set([
    ...inputs.flatMap(({ type }) => type.axes.flatMap(({ size }) => symbolsOf(size))),
    ...dims.flatMap((each) => (Array.isArray(each) ? each.filter(isDim).flatMap(symbolsOf) : [])),
  ]);
}

for (const truncation of [undefined, "plain", "cut", "overlapping"] as const) {
  test.each(["B", "T", "N", "K", "new", "kept"])(`%s, truncation ${truncation}`, (name) => {
    const usual = sizesWith("V", truncation);
    expect(usual.size).toBeGreaterThanOrEqual(3);
    expect(sizesWith(name, truncation).size).toBe(usual.size);
  });
}
