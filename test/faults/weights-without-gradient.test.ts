// A weight that no gradient reaches is not trained: no optimiser moves it or its slots, and none lets it decay.
import { describe, expect, test } from "vitest";
import { updateGraph } from "../../src/train/update.ts";
import { compiled } from "../library/models.ts";
import { programFrom } from "../support/specs.ts";

const SPEC = `model M {
  input x: seq [2]
  target y: seq [2]
  param p, q: [2] ~ constant(0.5)
  h = Side()(x)
  predict y from p * stopgradient(q) * h
}
cell Side() {
  input x: [2]
  param w, u: [2] ~ constant(0.5)
  state h, g: [2]
  h = w * x + h[t-1]
  g = u * h + g[t-1]
}`;

const TRAINED = ["h.w", "p"];
const BATCH = {
  x: [
    [1, 2],
    [3, 4],
  ],
  y: [
    [1, -1],
    [2, 0],
  ],
};

describe.each(["sgd", "momentum", "rmsprop", "adam", "adamw"] as const)("%s", (kind) => {
  test.each([false, true])("moves the others only, the state carried: %s", async (carriesState) => {
    const model = await compiled(SPEC, { target: "reference" });
    const trainer = await model.trainer({ optimizer: { kind }, carriesState });
    for (let update = 0; update < 2; update++) await trainer.update(BATCH);
    const weights = await model.weights();
    const moved = [...weights].flatMap(([name, { data }]) => (data.some((value) => value !== 0.5) ? [name] : []));
    expect(moved.sort()).toEqual(TRAINED);
    trainer.dispose();
  });

  test("gives no next value for the others, nor for their slots", () => {
    const program = programFrom(SPEC, { ragged: false, training: true, states: "carried" });
    const graph = updateGraph(program, { optimizer: { kind, values: new Map() }, clip: {} });
    const updated = [...graph.outputs.keys()].filter((name) => /^(param|slot)\./.test(name));
    expect(updated.filter((name) => !TRAINED.some((each) => name.endsWith(`.${each}`)))).toEqual([]);
    expect(updated.filter((name) => name.startsWith("param.")).sort()).toEqual(TRAINED.map((each) => `param.${each}`));
  });
});
