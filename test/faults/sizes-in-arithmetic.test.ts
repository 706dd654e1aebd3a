// A size in arithmetic is a number. What it gives need not be whole, whether the size is given with the spec or comes with the data.
import { describe, expect, test } from "vitest";
import { compile } from "../../src/index.ts";

const EXPRESSIONS = [
  "2 * pi / H",
  "H / 2",
  "(H + 1) / 4 + 1 / (2 * H)",
  "H ^ 2 / 3 - H",
  "0.1 * H * I / (H * H)",
  "sqrt(H) / (H - 1.5)",
  "-range(H) * (0.5 / H)",
  "I / H * (H / I)",
];
const SIZES = [
  { H: 3, I: 2 },
  { H: 4, I: 5 },
];

describe.each(["reference", "wasm", "tfjs-cpu"])("%s", (target) => {
  test.each(EXPRESSIONS)("%s", async (expression) => {
    const spec = `cell A(H, I) { input x: [H]; input y: [I]; state h: [H]; h = x * (${expression}) + 0.5 * h[t-1] + 0 * sum(y) }`;
    for (const sizes of SIZES) {
      const inputs = {
        x: { shape: [1, 2, sizes.H], data: Array.from({ length: 2 * sizes.H }, (_, index) => index - 1) },
        y: { shape: [1, 2, sizes.I], data: Array.from({ length: 2 * sizes.I }, () => 1) },
      };
      const [given, free] = await Promise.all(
        [{ set: sizes }, {}].map(async (options) => {
          const model = await compile(spec, { target, ...options });
          const { output } = await model.run(inputs);
          model.dispose();
          return Array.from(output?.data ?? expect.fail("no output"));
        }),
      );
      expect(free).toHaveLength(2 * sizes.H);
      free?.forEach((value, index) => {
        expect(value).toBeCloseTo(given?.[index] ?? NaN, 5);
      });
    }
  });
});
