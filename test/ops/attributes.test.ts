// The attributes of ops are typed by their rows: what does not fit an op does not compile. Sizes and types are values, and text only in print.
import { expect, test } from "vitest";
import { data } from "../../src/graph/border.ts";
import { isOp } from "../../src/graph/node.ts";
import { printGraph } from "../../src/graph/print.ts";
import { Builder } from "../../src/ops/builder.ts";
import { readGraph } from "../../src/ops/read.ts";
import { misfit, ROWS, type Rows } from "../../src/ops/table.ts";
import { multiply, constant, symbol } from "../../src/shape/dim.ts";
import { floatType, plain } from "../../src/shape/type.ts";
import { CASES } from "./cases.ts";

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

test("an op without a row does not compile", () => {
  const wrong = (rows: Omit<Rows, "softmax">): void => {
    // @ts-expect-error `softmax` has no row.
    const all: Rows = rows;
    // @ts-expect-error The row of `cumsum` is not that of `softmax`.
    const swapped: Rows = { ...rows, softmax: rows.cumsum };
    expect([all, swapped]).toHaveLength(2);
  };
  expect(wrong).toBeTypeOf("function");
});

test.each([
  ["softmax n1 : float[H]", "n2: `softmax` needs the attribute `axis`, a number"],
  ["softmax n1 axis=last : float[H]", "n2: `axis` of `softmax` must be a number, not last"],
  ['softmax n1 axis=-1 dims=["H"] : float[H]', "n2: `softmax` has no attribute `dims`"],
  ["tanh n1 axis=-1 : float[H]", "n2: `tanh` has no attribute `axis`"],
  ['slice n1 axis=-1 dims=["H"] : float[H]', 'n2: `dims` of `slice` must be a list of two sizes, not ["H"]'],
  [
    'mask which=some dims=["T"] : float[time T]',
    "n2: `which` of `mask` must be one of real, last, first, moves, not some",
  ],
  ["port kind=state : float[H]", "n2: `port` needs the attribute `index`, a number"],
])("the reader refuses `%s`", (line, message) => {
  const text = `graph g\n  n1 = input name=x role=input : float[H]\n  n2 = ${line}\n`;
  expect(() => readGraph(text)).toThrow(message);
});

test("the attributes of every sample case fit their op", () => {
  for (const { name } of ROWS)
    for (const { title, attributes = {} } of CASES.get(name) ?? [])
      expect(misfit(name, attributes), `${name}, ${title}`).toBeNull();
});
