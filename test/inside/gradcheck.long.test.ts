// Every shipped cell and model is certified. What targets compute is tested with more programs elsewhere.
import { expect, test } from "vitest";
import { certify } from "../../src/gradcheck/certify.ts";
import { ALL_CELLS, MODELS } from "../support/specs.ts";

for (const { name, definition } of [...ALL_CELLS, ...MODELS]) {
  test(name, async () => {
    const { checks } = await certify({
      definition,
      statics: new Map(),
      sizes: new Map(),
      targets: [],
    });
    const wrong = checks.flatMap(({ name: check, compared }) =>
      compared.filter(({ error, limit }) => !(error <= limit)).map((each) => ({ check, ...each })),
    );
    expect(wrong).toEqual([]);
    expect(checks.slice(0, 4).every(({ compared }) => compared.length > 0)).toBe(true);
  });
}
