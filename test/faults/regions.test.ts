// A value is never used in a region that cannot read it: the builder refuses such a node, and names it.
import { describe, expect, test } from "vitest";
import { readGraph } from "../../src/ops/read.ts";
import { Builder } from "../../src/ops/builder.ts";
import { inOrder } from "../../src/ops/order.ts";
import { rewrite } from "../../src/ops/rewrite.ts";
import { symbol } from "../../src/shape/dim.ts";

describe("the builder refuses", () => {
  test("a first value of a state that is in the scan", () => {
    const build = new Builder();
    build.openScan(symbol("T"), false);
    const inside = build.constant(0);
    expect(() => build.state(inside)).toThrow(`${inside}, the first value of a state, stands in a scan`);
  });

  test("a value of a scan that is closed", () => {
    const build = new Builder();
    const zero = build.constant(0);
    build.openScan(symbol("T"), false);
    const port = build.state(zero);
    const inside = build.op("add", [port, build.constant(1)]);
    build.setNext(port, inside);
    build.closeScan();
    expect(() => build.op("neg", [inside])).toThrow(`${inside} (add) stands in a scan that is closed`);
  });

  test("the result of a scan in the body of another", () => {
    const build = new Builder();
    const zero = build.constant(0);
    build.openScan(symbol("T"), false);
    const port = build.state(zero);
    build.setNext(port, port);
    const { id } = build.closeScan();
    build.openScan(symbol("T"), false);
    expect(() => build.project(id, 0)).toThrow(`project reads ${id} across the border of a scan`);
  });
});

describe("rewriting", () => {
  const graph = readGraph(`graph g
  n1 = input name=x role=input : float[]
  n2 = neg n1 : float[]
  n3 = tanh n1 : float[]
  output n2   # a
  output n3   # b`);

  test("a rule that uses a node that is not built yet is refused", () => {
    expect(() => rewrite(graph, { rule: (node, _, __, of) => (node.op === "neg" ? of("n3") : undefined) })).toThrow(
      "n3 is asked for before it is built, or is not needed",
    );
  });

  test("what `alsoReads` names is built first", () => {
    const swapped = rewrite(graph, {
      rule: (node, _, __, of) => (node.op === "neg" ? of("n3") : undefined),
      alsoReads: (node) => (node.op === "neg" ? ["n3"] : []),
    });
    expect(swapped.output("a").op).toBe("tanh");
  });

  test("a node that needs itself is named", () => {
    expect(() => inOrder(graph.region(null), (node) => (node.op === "input" ? ["n3"] : node.operands))).toThrow(
      "(input) needs itself",
    );
  });
});
