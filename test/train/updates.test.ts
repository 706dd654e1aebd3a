// Three updates of every optimiser and every way to clip, against formulas written by hand.
import { describe, expect, test } from "vitest";
import type { ClipSettings, OptimizerSetting } from "../../src/lang/elaborate/settings.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { Target } from "../../src/targets/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { programFrom } from "../support/specs.ts";
import { expectNear, setting, updatedBy } from "../support/training.ts";

const wasm = await wasmTarget();
const reference = referenceTarget();

// The loss is Σ x w² + Σ x v, so the gradient by w is 2 x w and that by v is x. All numbers are exact in float32.
const QUADRATIC = `model Quadratic(N = 2) {
  input x: [N]
  param w: [N] ~ constant(0.5)
  param v: [N] ~ constant(-0.25)
  minimize sum(x * w^2) + sum(x * v)
}
`;
const START = { w: 0.5, v: -0.25 };
/** x at each of three updates: the second one's gradient has another sign. */
const XS = [
  [1.5, -2],
  [-0.75, 0.5],
  [0.25, 3],
];

interface Values {
  readonly w: readonly number[];
  readonly v: readonly number[];
}

const quadratic = programFrom(QUADRATIC, { ragged: false, training: true, states: "carried" });

async function updated<T>(target: Target<T>, optimizer: OptimizerSetting, clip: ClipSettings = {}) {
  const { results, weights } = await updatedBy(target, quadratic, { optimizer, clip }, XS);
  const values = (name: string): readonly number[] => [...(weights.get(name)?.data ?? expect.fail(`no ${name}`))];
  return { results, w: values("w"), v: values("v") };
}

/** One number's way through the updates: its next value from its gradient, with whatever it keeps in `slots`. */
type Rule = (value: number, gradient: number, slots: number[], step: number) => number;

function byHand(rule: Rule, limit = (gradients: readonly number[]) => gradients): Values {
  let [w, v] = [XS[0]?.map(() => START.w) ?? [], XS[0]?.map(() => START.v) ?? []];
  const slots = [...w, ...v].map((): number[] => []);
  XS.forEach((x, index) => {
    const gradients = limit([...x.map((each, i) => 2 * each * (w[i] ?? NaN)), ...x]);
    const next = [...w, ...v].map((value, i) => rule(value, gradients[i] ?? NaN, slots[i] ?? [], index + 1));
    [w, v] = [next.slice(0, x.length), next.slice(x.length)];
  });
  return { w, v };
}

function keep(slots: number[], index: number, next: (before: number) => number): number {
  return (slots[index] = next(slots[index] ?? 0));
}

const LR = 0.125;

const adamStep: Rule = (_, g, slots, step) => {
  const m = keep(slots, 0, (before) => 0.75 * before + 0.25 * g) / (1 - 0.75 ** step);
  const s = keep(slots, 1, (before) => 0.875 * before + 0.125 * g * g) / (1 - 0.875 ** step);
  return m / (Math.sqrt(s) + 0.0625);
};

const ADAM = { lr: LR, beta1: 0.75, beta2: 0.875, epsilon: 0.0625 };

const RULES: readonly [string, Readonly<Record<string, number>>, Rule][] = [
  ["sgd", { lr: LR }, (w, g) => w - LR * g],
  ["momentum", { lr: LR, momentum: 0.75 }, (w, g, slots) => w - LR * keep(slots, 0, (velocity) => 0.75 * velocity + g)],
  [
    "rmsprop",
    { lr: LR, decay: 0.75, epsilon: 0.0625 },
    (w, g, slots) => w - (LR * g) / (Math.sqrt(keep(slots, 0, (s) => 0.75 * s + 0.25 * g * g)) + 0.0625),
  ],
  ["adam", ADAM, (w, g, slots, step) => w - LR * adamStep(w, g, slots, step)],
  ["adamw", { ...ADAM, decay: 0.25 }, (w, g, slots, step) => w - LR * (adamStep(w, g, slots, step) + 0.25 * w)],
];

describe("three updates are the formula's", () => {
  test.each(RULES)("%s", async (kind, values, rule) => {
    const expected = byHand(rule);
    const exact = await updated(reference, setting(kind, values));
    expectNear(exact.w, expected.w, 12);
    expectNear(exact.v, expected.v, 12);
    const single = await updated(wasm, setting(kind, values));
    expectNear(single.w, expected.w, 5);
    expectNear(single.v, expected.v, 5);
  });

  test.each([
    ["adam", { lr: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }],
    ["sgd", { lr: 0.1 }],
    ["momentum", { lr: 0.05, momentum: 0.9 }],
    ["rmsprop", { lr: 0.002, decay: 0.9, epsilon: 1e-8 }],
    ["adamw", { lr: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 }],
  ])("%s without values has the defaults that its documentation says", async (kind, values) => {
    expect(await updated(reference, setting(kind, {}))).toEqual(await updated(reference, setting(kind, values)));
  });

  test("the loss and the gradient's norm are those before the update", async () => {
    const { results } = await updated(reference, setting("sgd", { lr: LR }));
    const [x = []] = XS;
    const gradients = [...x.map((each) => 2 * each * START.w), ...x];
    expect(results[0]?.loss).toBeCloseTo(
      x.reduce((sum, each) => sum + each * (START.w ** 2 + START.v), 0),
      12,
    );
    expect(results[0]?.norm).toBeCloseTo(Math.hypot(...gradients), 12);
  });
});

describe("clipping", () => {
  const sgd: Rule = (w, g) => w - LR * g;
  const normed =
    (most: number) =>
    (gradients: readonly number[]): readonly number[] => {
      const norm = Math.hypot(...gradients);
      return norm <= most ? gradients : gradients.map((each) => (each * most) / norm);
    };

  test.each([[0.5], [2.5], [100]])(
    "clip norm %d scales the whole gradient down to it, and reports the norm before",
    async (most) => {
      const expected = byHand(sgd, normed(most));
      const { w, v, results } = await updated(reference, setting("sgd", { lr: LR }), { norm: most });
      expectNear(w, expected.w, 12);
      expectNear(v, expected.v, 12);
      expect(results[0]?.norm).toBeCloseTo(Math.hypot(1.5, -2, 1.5, -2), 12);
    },
  );

  test("clip value clamps each element, before the norm is taken", async () => {
    const clamped = (gradients: readonly number[]): readonly number[] =>
      normed(1.5)(gradients.map((each) => Math.max(-1, Math.min(1, each))));
    const expected = byHand(sgd, clamped);
    const { w, v } = await updated(reference, setting("sgd", { lr: LR }), { value: 1, norm: 1.5 });
    expectNear(w, expected.w, 12);
    expectNear(v, expected.v, 12);
  });
});
