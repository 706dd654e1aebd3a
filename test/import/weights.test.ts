// Weights of PyTorch and Keras in specs: what peers computed once is computed here. `peers.py` made the golden files.
import { describe, expect, test } from "vitest";
import { importWeights } from "../../src/library/import-weights.ts";
import { arraysOf, compileSpec, expectSame, SPECS, weightsOf, TOLERANCE } from "./peer-cases.ts";

describe(`outputs within ${TOLERANCE} of those of the peer`, () => {
  test.each(SPECS)("%s", async (name, spec) => {
    const model = await compileSpec(spec);
    const { x, lengths, full, ragged } = arraysOf(name);
    await importWeights(model, weightsOf(name));
    const given = { x: { shape: x.shape, data: x.data } };
    const found = await model.run(given);
    expectSame(found["y"] ?? expect.fail("no y"), full, `${name}, full`);
    const short = await model.run(given, { lengths: { x: lengths.data } });
    expectSame(short["y"] ?? expect.fail("no y"), ragged, `${name}, ragged`, lengths.data);
    model.dispose();
  });
});
