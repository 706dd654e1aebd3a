// Sample operands for the ops that are not pointwise. An op without cases here fails test/ops.test.ts by name.
// Axes are written as in printed types: `float[time T, batch B, H]`, under SIZES.
import { parseType } from "../../src/shape/type.ts";
import { sizes } from "./arrays.ts";
import type { Attributes } from "../../src/graph/node.ts";

export interface Case {
  readonly title: string;
  /** Printed types of the operands. */
  readonly operands: readonly string[];
  readonly attributes?: Attributes;
  /** Values by operand, row-major; drawn at random where absent. */
  readonly values?: readonly (readonly number[] | undefined)[];
  /** The value depends on the operands, but no gradient may pass. */
  readonly stops?: boolean;
}

export const SIZES: ReadonlyMap<string, number> = new Map([
  ["T", 3],
  ["B", 2],
  ["H", 4],
  ["I", 5],
  ["S", 3],
]);

const SEQUENCE = "float[time T, batch B, H]";
const MEMORY = "float[batch B, memory S, H]";
/** More axes than some kernels take. */
const DEEP = "float[time T, batch B, 2, I, 2, H]";

function each(titles: readonly string[], attributes: Attributes = {}): readonly Case[] {
  return titles.map((type) => ({ title: type, operands: [type], attributes }));
}

function contraction(left: string, right: string, labels: string): Case {
  const [a = "", b = "", out = ""] = labels.split(/,|->/);
  return { title: labels, operands: [left, right], attributes: { left: a, right: b, out } };
}

const ALONG: readonly Case[] = [
  ...each([SEQUENCE, "float[H]", "float[batch B, H]"], { axis: -1 }),
  ...each([MEMORY], { axis: -2 }),
  ...each(["float[time T, batch B, I, H]", DEEP], { axis: -2 }),
];

const LENGTHS = [1, 3];

export const CASES: ReadonlyMap<string, readonly Case[]> = new Map<string, readonly Case[]>([
  [
    "constant",
    [
      { title: "a number", operands: [], attributes: { value: 2.5 } },
      { title: "a token", operands: [], attributes: { value: 3, integer: true } },
    ],
  ],
  ["size", [{ title: "2*H", operands: [], attributes: { dims: sizes("2*H") } }]],
  ["range", [{ title: "I", operands: [], attributes: { dims: sizes("I") } }]],
  ["eye", [{ title: "H", operands: [], attributes: { dims: sizes("H") } }]],
  [
    "literal",
    [
      { title: "one row", operands: [], attributes: { values: [1, -2.5, 0], dims: sizes("3") } },
      { title: "two rows", operands: [], attributes: { values: [1, 2, 3, 4, 5, 6e-7], dims: sizes("2", "3") } },
    ],
  ],
  [
    "formula",
    (["itself", "inverse", "expm"] as const).map((apply) => ({
      title: apply,
      operands: [],
      attributes: {
        steps: [
          ["range", [], 'dims=["d0"]', "float[d0]"],
          ["diag", [0], "", "float[d0, d0]"],
          ["eye", [], 'dims=["d0"]', "float[d0, d0]"],
          ["add", [1, 2], "", "float[d0, d0]"],
        ],
        apply,
        dims: sizes("H"),
        type: parseType("float[H, H]"),
      },
    })),
  ],
  [
    "mask",
    ["real", "last", "first", "moves"].flatMap((which): Case[] => [
      { title: `${which}, no lengths`, operands: [], attributes: { dims: sizes("T"), which } },
      {
        title: `${which}, lengths`,
        operands: ["int[batch B]"],
        attributes: { dims: sizes("T"), which },
        values: [LENGTHS],
      },
      {
        title: `${which}, empty examples`,
        operands: ["int[batch B]"],
        attributes: { dims: sizes("T"), which },
        values: [[0, 2]],
      },
      {
        title: `${which}, one step dropped`,
        operands: ["int[batch B]"],
        attributes: { dims: sizes("T"), which, drop: 1 },
        values: [LENGTHS],
      },
      {
        title: `${which}, of a memory, two axes behind`,
        operands: ["int[batch B]"],
        attributes: { dims: sizes("T"), which, memory: true, after: 2 },
        values: [LENGTHS],
      },
      {
        title: `${which}, an axis behind`,
        operands: ["int[batch B]"],
        attributes: { dims: sizes("T"), which, after: 1 },
        values: [LENGTHS],
      },
    ]),
  ],
  [
    "hold",
    [
      { title: "a sequence", operands: [SEQUENCE, "int[batch B]"], values: [undefined, LENGTHS] },
      { title: "scalars", operands: ["float[time T, batch B]", "int[batch B]"], values: [undefined, [2, 1]] },
      { title: "full examples", operands: [SEQUENCE, "int[batch B]"], values: [undefined, [3, 3]] },
      { title: "six axes", operands: [DEEP, "int[batch B]"], values: [undefined, LENGTHS] },
      {
        title: "tokens, an example without steps",
        operands: ["int[time T, batch B]", "int[batch B]"],
        values: [
          [4, 1, 3, 7, 2, 5],
          [0, 2],
        ],
      },
      {
        title: "the same for all examples",
        operands: ["float[time T, I, H]", "int[batch B]"],
        values: [undefined, LENGTHS],
      },
    ],
  ],
  [
    "borrow",
    [
      { title: "a value", operands: ["float[batch B, H]", "int[batch B]"], values: [undefined, LENGTHS] },
      { title: "a memory", operands: [MEMORY, "int[batch B]"], values: [undefined, LENGTHS] },
      {
        title: "lengths, an example without steps",
        operands: ["int[batch B]", "int[batch B]"],
        values: [
          [0, 2],
          [0, 2],
        ],
      },
    ],
  ],
  [
    "thinned",
    [2, 3].map((every) => ({
      title: `every ${every} steps`,
      operands: ["int[batch B]"],
      attributes: { dims: sizes("T"), every },
      values: [LENGTHS],
    })),
  ],
  ["stopgradient", each([SEQUENCE]).map((one) => ({ ...one, stops: true }))],
  [
    "contract",
    [
      contraction(SEQUENCE, "float[I, H]", "tbj,ij->tbi"),
      contraction("float[I, H]", SEQUENCE, "ij,tbj->tbi"),
      contraction("float[I, H]", "float[H]", "ij,j->i"),
      contraction("float[H]", "float[H]", "i,i->"),
      contraction("float[batch B, I]", "float[H]", "bi,j->bij"),
      contraction("float[H]", "float[I]", "i,j->ij"),
      contraction("float[H]", "float[I]", "i,j->ji"),
      contraction("float[batch B, H]", "float[I]", "bh,i->bhi"),
      contraction("float[I]", "float[batch B, H]", "i,bh->bhi"),
      contraction(SEQUENCE, "float[time T, batch B, I]", "tbh,tbi->hi"),
      contraction(SEQUENCE, "float[time T, batch B, I]", "tbh,tbi->ih"),
      contraction("float[time T, batch B]", SEQUENCE, "tb,tbj->j"),
      contraction(SEQUENCE, MEMORY, "tbh,bsh->tbs"),
      contraction("float[time T, batch B, memory S]", MEMORY, "tbs,bsh->tbh"),
      contraction("float[batch B, H]", "float[batch B, H]", "bh,bh->b"),
      contraction("float[batch B, I, H]", "float[batch B, H]", "bih,bh->bi"),
    ],
  ],
  [
    "sum",
    [
      ...each([SEQUENCE, "float[H]", "float[time T, batch B, I, H]"], { axes: [-1] }),
      { title: "time and batch", operands: [SEQUENCE], attributes: { axes: [-3, -2] } },
      { title: "batch alone", operands: [SEQUENCE], attributes: { axes: [-2] } },
      { title: "time and the last", operands: [SEQUENCE], attributes: { axes: [-3, -1] } },
      { title: "everything", operands: [SEQUENCE], attributes: { axes: [-3, -2, -1] } },
      { title: "a memory", operands: [MEMORY], attributes: { axes: [-2] } },
      { title: "two of six", operands: [DEEP], attributes: { axes: [-5, -2] } },
      { title: "two that lie apart", operands: ["float[batch B, I, 2, H]"], attributes: { axes: [-3, -1] } },
      { title: "two of a memory", operands: ["float[batch B, memory S, I, H]"], attributes: { axes: [-3, -1] } },
    ],
  ],
  ["reduce_max", ALONG],
  ["reduce_min", ALONG],
  ["argmax", ALONG],
  ["cumsum", [...ALONG, { title: "reversed", operands: [SEQUENCE], attributes: { axis: -1, reverse: true } }]],
  [
    "cummax",
    [
      ...ALONG,
      { title: "reversed", operands: [SEQUENCE], attributes: { axis: -1, reverse: true } },
      { title: "of negative numbers", operands: ["float[H]"], attributes: { axis: -1 }, values: [[-4, -3, -5, -2.5]] },
      { title: "reversed, of a memory", operands: [MEMORY], attributes: { axis: -2, reverse: true } },
    ],
  ],
  [
    "cumprod",
    [
      ...ALONG,
      { title: "reversed", operands: [SEQUENCE], attributes: { axis: -1, reverse: true } },
      { title: "one 0", operands: ["float[H]"], attributes: { axis: -1 }, values: [[2, -3, 0, 0.5]] },
      { title: "two 0s", operands: ["float[H]"], attributes: { axis: -1 }, values: [[2, 0, 3, 0]] },
      {
        title: "two 0s, reversed",
        operands: ["float[H]"],
        attributes: { axis: -1, reverse: true },
        values: [[0, 2, 0, 3]],
      },
    ],
  ],
  ["logsumexp", ALONG],
  ["softmax", ALONG],
  ["logsoftmax", ALONG],
  ["norm", ALONG],
  [
    "reshape",
    [
      { title: "split", operands: ["float[time T, batch B, 2*H]"], attributes: { dims: sizes("2", "H") } },
      { title: "merge", operands: ["float[batch B, H, I]"], attributes: { dims: sizes("H*I") } },
    ],
  ],
  [
    "unsqueeze",
    [
      ...each([SEQUENCE, "float[H]"], { axis: -1 }),
      ...each([SEQUENCE], { axis: -2 }),
      { title: "one that stretches", operands: ["float[H]"], attributes: { axis: -1, stretches: true } },
    ],
  ],
  [
    "broadcast",
    [
      { title: "to a sequence", operands: ["float[H]"], attributes: { type: parseType(SEQUENCE) } },
      { title: "a scalar", operands: ["float[]"], attributes: { type: parseType(SEQUENCE) } },
      { title: "over time alone", operands: ["float[batch B, H]"], attributes: { type: parseType(SEQUENCE) } },
      { title: "over batch alone", operands: ["float[time T, H]"], attributes: { type: parseType(SEQUENCE) } },
      { title: "an axis of size 1", operands: ["float[batch B, 1]"], attributes: { type: parseType(SEQUENCE) } },
      { title: "to six axes", operands: ["float[batch B, I, 1, H]"], attributes: { type: parseType(DEEP) } },
      {
        title: "over a memory",
        operands: ["float[batch B, H]"],
        attributes: { type: parseType("float[batch B, memory S, H]") },
      },
    ],
  ],
  [
    "permute",
    [
      { title: "two of four", operands: ["float[time T, batch B, I, H]"], attributes: { order: [-1, -2] } },
      { title: "three", operands: ["float[batch B, I, H, 2]"], attributes: { order: [-1, -3, -2] } },
      { title: "four of six", operands: [DEEP], attributes: { order: [-2, -4, -1, -3] } },
    ],
  ],
  [
    "concat",
    [
      { title: "last axis", operands: [SEQUENCE, "float[time T, batch B, I]"], attributes: { axis: -1 } },
      {
        title: "missing leading axes",
        operands: ["float[H]", SEQUENCE, "float[batch B, I]"],
        attributes: { axis: -1 },
      },
      { title: "six axes", operands: [DEEP, DEEP], attributes: { axis: -2 } },
      { title: "first of two", operands: ["float[I, H]", "float[2, H]"], attributes: { axis: -2 } },
      { title: "one", operands: ["float[I, H]"], attributes: { axis: -2 } },
      { title: "an empty part", operands: ["float[0, H]", "float[2, H]"], attributes: { axis: -2 } },
    ],
  ],
  [
    "slice",
    [
      {
        title: "last axis",
        operands: ["float[time T, batch B, 4*H]"],
        attributes: { axis: -1, dims: sizes("H", "2*H") },
      },
      { title: "inner", operands: ["float[batch B, I, H]"], attributes: { axis: -2, dims: sizes("1", "I - 1") } },
      { title: "all", operands: ["float[H]"], attributes: { axis: -1, dims: sizes("0", "H") } },
      { title: "steps", operands: ["float[time T, batch B, H]"], attributes: { axis: -3, dims: sizes("T-1", "T") } },
      { title: "nothing", operands: ["float[H]"], attributes: { axis: -1, dims: sizes("2", "2") } },
      { title: "of six axes", operands: [DEEP], attributes: { axis: -3, dims: sizes("1", "H") } },
    ],
  ],
  [
    "pad",
    [
      { title: "last axis", operands: [SEQUENCE], attributes: { axis: -1, dims: sizes("1", "2") } },
      { title: "inner", operands: ["float[batch B, I, H]"], attributes: { axis: -2, dims: sizes("0", "H") } },
      { title: "of six axes", operands: [DEEP], attributes: { axis: -2, dims: sizes("1", "2") } },
      { title: "from nothing", operands: ["float[batch B, 0]"], attributes: { axis: -1, dims: sizes("1", "2") } },
    ],
  ],
  [
    "at",
    [
      { title: "a step between", operands: [SEQUENCE], attributes: { dims: sizes("T-2") } },
      { title: "the first", operands: ["float[time T, batch B]"], attributes: { dims: sizes("0") } },
    ],
  ],
  [
    "every",
    [
      {
        title: "second of two",
        operands: ["float[time 2*T, batch B]"],
        attributes: { dims: sizes("T"), every: 2, offset: 1 },
      },
      { title: "with a rest", operands: ["float[time 2*T, H]"], attributes: { dims: sizes("1"), every: 3, offset: 0 } },
    ],
  ],
  [
    "weave",
    [
      { title: "two", operands: [SEQUENCE, SEQUENCE] },
      { title: "two of six axes", operands: [DEEP, DEEP] },
      { title: "three", operands: ["float[time T]", "float[time T]", "float[time T]"] },
    ],
  ],
  ["diag", each(["float[H]", "float[batch B, H]"])],
  ["diagonal", each(["float[H, H]", "float[batch B, H, H]"])],
  ["remember", each([SEQUENCE, "float[time T, batch B]", "float[time T, H]"])],
  ["recall", each([MEMORY, "float[batch B, memory S]", "float[memory S, H]"])],
  [
    "onehot",
    [
      {
        title: "some outside",
        operands: ["int[time T, batch B]"],
        attributes: { dims: sizes("H") },
        values: [[0, -1, 3, 4, 1, 1]],
      },
      { title: "one token", operands: ["int[]"], attributes: { dims: sizes("H") }, values: [[2]] },
    ],
  ],
  [
    "lookup",
    [
      { title: "rows", operands: ["float[I, H]", "int[time T, batch B]"], values: [undefined, [0, 4, 4, 2, 1, 0]] },
      { title: "a column", operands: ["float[I]", "int[batch B]"], values: [undefined, [3, 3]] },
      {
        title: "no token",
        operands: ["float[I, H]", "int[time T, batch B]"],
        values: [undefined, [0, -1, 4, -1, 1, 0]],
      },
      { title: "one token", operands: ["float[I, H]", "int[]"], values: [undefined, [3]] },
    ],
  ],
  ["float", [{ title: "tokens", operands: ["int[time T, batch B]"], values: [[0, -1, 3, 4, 1, 1]] }]],
]);

/** Operand types of pointwise ops of one, two and three operands. */
export const POINTWISE_OPERANDS: Readonly<Record<number, readonly (readonly string[])[]>> = {
  1: [[SEQUENCE], ["float[]"], ["float[batch B, memory S]"]],
  2: [
    [SEQUENCE, SEQUENCE],
    [SEQUENCE, "float[H]"],
    ["float[]", SEQUENCE],
    ["float[time T, H]", "float[batch B, H]"],
    ["float[time T, batch B]", SEQUENCE],
    ["float[batch B, 1]", "float[batch B, H]"],
    ["float[batch B, H]", MEMORY],
    ["float[batch B, memory S, I, 1]", "float[H]"],
    ["float[batch B, memory S, 1]", "float[batch B, 1, H]"],
    ["float[time T, batch B, 1, H]", "float[I, 1]"],
    ["float[time T]", "float[batch B, I, H]"],
    [DEEP, "float[H]"],
    ["float[time T, 2, 1, 2, 1]", "float[batch B, 1, I, 1, H]"],
  ],
  3: [
    [SEQUENCE, SEQUENCE, SEQUENCE],
    [SEQUENCE, "float[]", "float[]"],
    ["float[batch B]", SEQUENCE, "float[H]"],
    ["float[time T, batch B]", "float[H]", "float[]"],
    ["float[batch B]", DEEP, "float[]"],
  ],
};
