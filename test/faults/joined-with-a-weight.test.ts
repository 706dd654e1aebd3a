// A weight joined with a state: it has no axis of examples, so the product on the joined value is not parted.
import { expect, test } from "vitest";
import { compiled } from "../library/models.ts";

const SPEC = `cell C(H) {
  input x: [2]
  state h: [H]
  param p: [H] ~ normal(0.5)
  h = tanh(linear(concat(h[t-1], p), out = H) + linear(concat(x, h[t-1]), out = H))
}
`;

test.each(["reference", "wasm"])("on %s a run is what its steps are", async (target) => {
  const cell = await compiled(SPEC, { target, set: { H: 3 }, seed: 5 });
  const x = [
    [0.5, -1],
    [2, 0.25],
    [-0.5, 1],
  ];
  const { output } = await cell.run({ x });
  const stream = cell.start();
  const steps = x.flatMap((each) => [...(stream.step({ x: each })["output"]?.data ?? [])]);
  expect(steps).toHaveLength(9);
  steps.forEach((value, index) => expect(value).toBeCloseTo(output?.data[index] ?? NaN, 5));
});
