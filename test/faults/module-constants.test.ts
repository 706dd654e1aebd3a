// What a step of a module reads and constants alone decide is computed once. It was never computed where it has no input and no free size.
import { expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { importedModule } from "../module/modules.ts";

test.each([
  ["constants alone", "y = tanh(linear(x, out = 3)) * (1 + 0.2 * range(3)) + 0.5"],
  ["constants and weights", "y = tanh(linear(x, out = 3)) * (1 + 0.2 * range(3)) * softmax(w) + 0.5"],
])("steps of a module: %s", async (_, equation) => {
  const model = await compile(`cell A { input x: [2]; param w: [3] ~ uniform(0, 1); ${equation} + 0 * w; output y }`);
  const module = await importedModule(model);
  const given = { x: { shape: [2], data: [0.3, -0.7] } };
  const [own, expected] = [module.start().step(given), model.start().step(given)];
  const values = Array.from(expected.output?.data ?? expect.fail("no output"));
  expect(new Set(values).size).toBe(3);
  values.forEach((value, index) => expect(own.output?.data[index]).toBeCloseTo(value, 6));
});
