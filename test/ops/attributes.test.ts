// The attributes of ops are typed by their rows: what does not fit an op does not compile. Sizes and types are values, and text only in print.
import { expect, test } from "vitest";
import { data } from "../../src/graph/border.ts";
import { isOp } from "../../src/graph/node.ts";
import { printGraph } from "../../src/graph/print.ts";
import { Builder } from "../../src/ops/builder.ts";
import { readGraph } from "../../src/ops/read.ts";
import { multiply, constant, symbol } from "../../src/shape/dim.ts";
import { floatType, plain } from "../../src/shape/type.ts";

const H = symbol("H");

test("an attribute that an op does not have does not compile", () => {
  const wrong = (build: Builder, x: string): void => {
    // @ts-expect-error There is no such op.
    build.op("tanhh", [x]);
    // @ts-expect-error An axis must be given.
    build.op("softmax", [x]);
    // @ts-expect-error An axis is a number.
    build.op("softmax", [x], { axis: "-1" });
    // @ts-expect-error A slice has two sizes.
    build.op("slice", [x], { axis: -1, dims: [H] });
    // @ts-expect-error Sizes are values, not text.
    build.op("onehot", [x], { dims: ["H"] });
    // @ts-expect-error A function of elements has no attributes.
    build.op("add", [x, x], { axis: -1 });
    const node = build.node(x);
    // @ts-expect-error Only a node that is known to be a slice has a slice's sizes.
    if (node.op === "slice") node.attributes.dims.map(String);
  };
  expect(wrong).toBeTypeOf("function");
});

test("sizes in attributes are printed as text and read back as values", () => {
  const build = new Builder();
  const x = build.input(data("x"), floatType([plain(multiply(constant(2), H))]));
  const half = build.op("slice", [x], { axis: -1, dims: [H, multiply(constant(2), H)] });
  const graph = build.finish("half", new Map([["y", half]]));
  expect(printGraph(graph)).toContain('slice n1 axis=-1 dims=["H","2*H"] : float[H]');
  const [, slice] = readGraph(printGraph(graph)).all();
  const dims = slice !== undefined && isOp(slice, "slice") ? slice.attributes.dims : expect.fail("not a slice");
  expect(dims).toEqual([H, multiply(constant(2), H)]);
});

test("the reader refuses an op that the table does not have", () => {
  expect(() => readGraph("graph g\n  n1 = tanhh : float[]\n")).toThrow("there is no op `tanhh`");
});
