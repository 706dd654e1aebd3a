// Targets of training: values that the loss accepts, and at least one target in a batch.
import { describe, expect, test } from "vitest";
import { UserError, type Arrays, type LibraryTrainer, type UpdateOptions } from "../../src/index.ts";
import { compiled } from "../library/models.ts";

const BINARY = `use GRU from "cells"
  model B(H = 2) {
    input x: seq []
    target y: seq [2]
    target z: []
    h = GRU(H)(linear(x, out = 2))
    predict y from linear(h, out = 2) by binary
    predict z from linear(last(h), out = []) by binary
  }`;
const AHEAD = `use GRU from "cells"
  model A(H = 2) {
    input x: seq []
    predict x[t+2] from linear(GRU(H)(linear(x, out = 2)), out = []) by binary
  }`;
const TEXT = `use GRU from "cells"
  model T(H = 2) {
    input k: seq token[3]
    target y: seq []
    h = GRU(H)(onehot(k))
    predict k[t+1] from linear(h, out = 3)
    predict y from linear(h, out = [])
  }`;

async function trainerOf(source: string): Promise<LibraryTrainer> {
  const model = await compiled(source, { target: "reference" });
  return model.trainer();
}

async function refusal(trainer: LibraryTrainer, arrays: Arrays, options: UpdateOptions = {}): Promise<string> {
  const problem: unknown = await trainer.update(arrays, options).catch((each: unknown) => each);
  expect(trainer.updates).toBe(0);
  return problem instanceof UserError ? problem.message : expect.fail("no UserError");
}

describe("by binary", () => {
  test("targets are from 0 to 1; another is reported with its place", async () => {
    const trainer = await trainerOf(BINARY);
    const good = {
      x: [1, 2],
      y: [
        [0, 1],
        [0.5, 1],
      ],
      z: 1,
    };
    expect(
      await refusal(trainer, {
        ...good,
        y: [
          [0, 1],
          [0, 2],
        ],
      }),
    ).toBe("`y` is predicted `by binary`, so its values are from 0 to 1, but `y[1][1]` is 2");
    expect(await refusal(trainer, { ...good, z: -1 })).toBe(
      "`z` is predicted `by binary`, so its values are from 0 to 1, but `z` is -1",
    );
    const batch = {
      x: [
        [1, 2],
        [1, 9],
      ],
      y: [
        [
          [0, 1],
          [0, 1],
        ],
        [
          [0, 1],
          [7, 1],
        ],
      ],
      z: [0, 1.5],
    };
    expect(await refusal(trainer, batch, { lengths: { x: [2, 1] } })).toBe(
      "`z` is predicted `by binary`, so its values are from 0 to 1, but `z[1]` is 1.5",
    );
    expect((await trainer.update(good)).loss).toBeGreaterThan(0);
  });

  test("of steps ahead, only targets are checked", async () => {
    const trainer = await trainerOf(AHEAD);
    expect(await refusal(trainer, { x: [5, -5, 0, 3] })).toBe(
      "`x` is predicted `by binary`, so its values are from 0 to 1, but `x[3]` is 3",
    );
    expect((await trainer.update({ x: [5, -5, 0, 1] })).loss).toBeGreaterThan(0);
  });

  test("padding may hold anything", async () => {
    const model = await compiled(BINARY, { target: "reference" });
    const batch = {
      x: [
        [1, 2],
        [1, 9],
      ],
      y: [
        [
          [0, 1],
          [0, 1],
        ],
        [
          [0, 1],
          [7, -1],
        ],
      ],
      z: [0, 1],
    };
    expect((await (await model.trainer()).update(batch, { lengths: { x: [2, 1] } })).loss).toBeGreaterThan(0);
  });
});

describe("a batch without any target is refused, not a loss of 0", () => {
  test("all examples are too short for what lies ahead", async () => {
    const trainer = await trainerOf(AHEAD);
    expect(
      await refusal(
        trainer,
        {
          x: [
            [0, 1, 1],
            [1, 0, 1],
          ],
        },
        { lengths: { x: [2, 1] } },
      ),
    ).toBe("there is nothing to learn: no example of this batch is long enough to have `x[t+2]`");
    expect(await refusal(trainer, { x: [0, 1] })).toBe(
      "`x` has 2 steps, but a prediction lies 2 ahead: give 3 steps or more",
    );
    expect(
      (
        await trainer.update(
          {
            x: [
              [0, 1, 1],
              [1, 0, 1],
            ],
          },
          { lengths: { x: [3, 0] } },
        )
      ).loss,
    ).toBeGreaterThan(0);
  });

  test("all examples are empty; one that has some of several targets is learnt from", async () => {
    const trainer = await trainerOf(TEXT);
    expect(await refusal(trainer, { k: [[0, 1]], y: [[0, 1]] }, { lengths: { k: [0] } })).toBe(
      "there is nothing to learn: no example of this batch is long enough to have `k[t+1]` or `y`",
    );
    expect((await trainer.update({ k: [[0, 1]], y: [[1, 1]] }, { lengths: { k: [1] } })).loss).toBeGreaterThan(0);
  });
});
