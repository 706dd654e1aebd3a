// If a file has no first value for a state, `verify` starts it as the spec says: at a number, at a weight, at 0.
import { describe, expect, test } from "vitest";
import type { CellGolden } from "../../src/golden/golden.ts";
import { readCellGolden } from "../support/golden.ts";
import { verify } from "../../src/golden/verify.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { definitionsOf } from "../support/specs.ts";

const SPEC = `cell Started(H) {
  input x: [H]
  state g: [H] = param ~ normal(0.1)
  state h: [H] = 3
  state k: [H]
  g = g[t-1] + x
  h = h[t-1] * x
  k = k[t-2] + x
  y = g + h + k
  output y
}`;

interface Values {
  readonly output: readonly number[];
  readonly final: Readonly<Record<string, number>>;
  readonly grads: object;
  readonly initial?: Readonly<Record<string, number>>;
}

/** One example of two steps, 2 and 5, whose first value of \`g\` is 10; the loss is the sum of all outputs. */
function golden({ output, final, grads, initial = {} }: Values): CellGolden {
  const array = (shape: readonly number[], data: readonly number[]): object => ({ shape, data });
  const each = (values: Readonly<Record<string, number>>): object =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, array([1, 1], [value])]));
  const file = {
    cell: "Started",
    args: { H: 1 },
    sizes: { B: 1, T: 2 },
    params: { "g.initial": array([1], [10]) },
    inputs: { x: array([1, 2, 1], [2, 5]) },
    initial: each(initial),
    output: array([1, 2, 1], output),
    final: each(final),
    cotangent: array([1, 2, 1], [1, 1]),
    grads,
  };
  return readCellGolden(JSON.stringify(file), "started.json");
}

function wrong(given: CellGolden): Promise<readonly string[]> {
  const [cell] = definitionsOf({ name: "started.rec", text: SPEC });
  const definition = cell?.definition ?? expect.fail("no cell");
  return verify(definition, given, referenceTarget()).then((all) =>
    all.flatMap(({ name, error }) => (error <= 1e-12 ? [] : [`${name}: ${error}`])),
  );
}

const byWeight = { "g.initial": { shape: [1], data: [2] } };

describe("first values that the file does not give", () => {
  test("are those of the spec, and the weight among them has a gradient", async () => {
    // g: 12, 17; h: 6, 30; k: 2, 5.
    const values = { output: [20, 52], final: { g: 17, h: 30, k: 5 }, grads: { params: byWeight } };
    expect(await wrong(golden(values))).toEqual([]);
    expect(await wrong(golden({ ...values, output: [20, 53] }))).toHaveLength(1);
  });

  test("are those of the spec beside one that the file gives", async () => {
    // h from 1: 2, 10; its first value counts 2 and 2 * 5.
    const grads = { params: byWeight, initial: { h: { shape: [1, 1], data: [12] } } };
    const values = { output: [16, 32], final: { g: 17, h: 10, k: 5 }, grads, initial: { h: 1 } };
    expect(await wrong(golden(values))).toEqual([]);
  });

  test("have no gradient in the file", async () => {
    const grads = { initial: { h: { shape: [1, 1], data: [12] } } };
    await expect(wrong(golden({ output: [20, 52], final: {}, grads }))).rejects.toThrow(
      "the file has a gradient with respect to the first `h`, but `initial` does not have that value",
    );
  });
});
