// Random expressions over what a sequence is at each step and all together: a stream refuses those that read at a step what only all
// steps tell, and gives of all others what `run` over the first k steps gives. The reader of the expression says which are which.
import { describe, expect, test } from "vitest";
import { uniformAt } from "../../src/base/random.ts";
import { UserError } from "../../src/index.ts";
import { compiled, expectNear, numbers, stepOf } from "../library/models.ts";

interface Written {
  readonly text: string;
  /** Whether something is read at a step that is known only after the last one. */
  readonly looksAhead: boolean;
}

class Writer {
  readonly #seed: number;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  #of<T>(all: readonly T[], otherwise: T): T {
    this.#count += 1;
    return all[Math.floor(all.length * uniformAt(this.#seed, "steps", this.#count))] ?? otherwise;
  }

  /** A value at each step, `seq [2]`. */
  sequence(depth: number): Written {
    const leaf: Written = { text: this.#of(["x", "h", "h[t-1]"], "x"), looksAhead: false };
    if (depth === 0) return leaf;
    const inner = this.sequence(depth - 1);
    switch (this.#of(["cumsum", "cell", "sum", "first", "whole"], "cell")) {
      case "cumsum":
        return { ...inner, text: `cumsum(${inner.text}, axis = time)` };
      case "cell":
        return { ...inner, text: `D(2)(${inner.text})` };
      case "sum":
        return both(inner, this.sequence(depth - 1), "+");
      case "first":
        return { ...inner, text: `(x - first(${inner.text}))` };
      default: {
        const whole = this.whole(depth - 1);
        return { ...both(inner, whole, "*"), looksAhead: inner.looksAhead || !whole.isFirst || whole.looksAhead };
      }
    }
  }

  /** A value for the whole, `[2]`; `isFirst`: the first step tells it. */
  whole(depth: number): Written & { readonly isFirst: boolean } {
    const name = this.#of(["mean", "sum", "max", "min", "last", "first", "two", "cell"], "mean");
    if (name === "two" && depth > 0) {
      const [a, b] = [this.whole(depth - 1), this.whole(depth - 1)];
      return { ...both(a, b, "-"), isFirst: a.isFirst && b.isFirst };
    }
    const inner = this.sequence(depth);
    if (name === "cell" || name === "two") return { ...inner, text: `tanh(last(D(2)(${inner.text})))`, isFirst: false };
    return { ...inner, text: `${name}(${inner.text})`, isFirst: name === "first" };
  }
}

function both(a: Written, b: Written, operator: string): Written {
  return { text: `(${a.text} ${operator} 0.5 * ${b.text})`, looksAhead: a.looksAhead || b.looksAhead };
}

const STEPS = 4;
const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

describe("random expressions", () => {
  const outcomes = { refused: 0, right: 0 };

  test.each(SEEDS)("%i", async (seed) => {
    const { text, looksAhead } = new Writer(seed).whole(3);
    const model = await compiled(
      `model M { input x: seq [2]; target y: [2]; h = stack(D(2), 2, shared = true)(x); predict y from ${text} }
       cell D(N) { input x: [N]; state h: [N] = 0.2; h = tanh(0.8 * h[t-1] + x) }`,
      { target: "reference" },
    );
    outcomes[looksAhead ? "refused" : "right"] += 1;
    if (looksAhead) return expect(() => model.start(), text).toThrow(UserError);
    const x = numbers(`x ${seed}`, [3, STEPS, 2]);
    const stream = model.start({ batch: 3 });
    for (let t = 0; t < STEPS; t++) {
      const rows = [0, 1, 2].flatMap((b) => [...x.data].slice(b * STEPS * 2, (b * STEPS + t + 1) * 2));
      const { y } = await model.run({ x: { shape: [3, t + 1, 2], data: Float64Array.from(rows) } });
      expectNear(stream.step({ x: stepOf(x, t, true) })["y"], y, 1e-12);
    }
    stream.dispose();
  });

  test("of both kinds there are enough", () => {
    expect(Math.min(outcomes.refused, outcomes.right)).toBeGreaterThan(15);
  });
});
