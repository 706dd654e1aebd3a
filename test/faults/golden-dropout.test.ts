// Dropout is off in a comparison with a golden file: no other system draws the same elements.
import { expect, test } from "vitest";
import { verify } from "../../src/golden/verify.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { readCellGolden } from "../support/golden.ts";
import { definitionsOf } from "../support/specs.ts";

/** A running sum. */
const SPEC = "cell Dropped(H) {\n  input x: [H]\n  state h: [H]\n  h = h[t-1] + dropout(x, 0.5)\n}\n";

test("a cell with `dropout`: its output, last state and gradient are those without it", async () => {
  const steps = (data: readonly number[]): object => ({ shape: [1, 3, 1], data });
  const file = {
    cell: "Dropped",
    args: { H: 1 },
    sizes: { B: 1, T: 3, H: 1 },
    inputs: { x: steps([1, 2, 4]) },
    output: steps([1, 3, 7]),
    final: { h: { shape: [1, 1], data: [7] } },
    cotangent: steps([1, 1, 1]),
    grads: { inputs: { x: steps([3, 2, 1]) } },
  };
  const [cell] = definitionsOf({ name: "dropped.rec", text: SPEC });
  const definition = cell?.definition ?? expect.fail("no cell");
  const golden = readCellGolden(JSON.stringify(file), "dropped.json");
  const found = await verify(definition, golden, referenceTarget());
  expect(found.map(({ name, error }) => [name, error])).toEqual([
    ["output", 0],
    ["final h", 0],
    ["gradient of x", 0],
  ]);
});
