// Golden files of a wiring that runs from right to left, or adds what each layer is applied to; the numbers are sums made by hand.
import { expect, test } from "vitest";
import { lookup } from "../../src/base/invariant.ts";
import { open } from "../../src/compile.ts";
import { readGolden } from "../../src/golden/golden.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { verify } from "../../src/golden/verify.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";

/** A running sum, without weights. */
const SPEC = "cell Sum(H) {\n  input x: [H]\n  state h: [H]\n  h = h[t-1] + x\n}\n";

/** A file of 1, 2, 4 as input, and of what is to come out. */
async function errorsOf(wiring: object, output: readonly number[]): Promise<readonly number[]> {
  const array = (data: readonly number[]): object => ({ shape: [1, 3, 1], data });
  const text = JSON.stringify({
    cell: "Sum",
    args: { H: 1 },
    wiring: { layers: 2, bidirectional: false, ...wiring },
    sizes: { B: 1, T: 3, H: 1 },
    inputs: { x: array([1, 2, 4]) },
    output: array(output),
  });
  const scope = open({ name: "sum.rec", text: SPEC }, loadFromDisk);
  const golden = readGolden(text, "sum.json");
  const found = await verify(lookup(scope.definitions, "Sum", "test"), golden, referenceTarget());
  return found.map(({ error }) => error);
}

test("two layers: a sum of the sums 1, 3, 7", async () => {
  expect(await errorsOf({}, [1, 4, 11])).toEqual([0]);
});

test("`reverse`: both from right to left, 7, 6, 4", async () => {
  expect(await errorsOf({ reverse: true }, [17, 10, 4])).toEqual([0]);
  expect(await errorsOf({ reverse: false }, [17, 10, 4])).not.toEqual([0]);
});

test("`residual`: each layer adds what it is applied to", async () => {
  // The first: 1, 3, 7 + 1, 2, 4 = 2, 5, 11. The second: 2, 7, 18 + 2, 5, 11.
  expect(await errorsOf({ residual: true }, [4, 12, 29])).toEqual([0]);
  expect(await errorsOf({ residual: false }, [4, 12, 29])).not.toEqual([0]);
});
