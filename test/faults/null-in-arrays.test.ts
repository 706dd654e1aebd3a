// `null` in targets of the library: as in rows, such a step does not count in the loss.
import { expect, test } from "vitest";
import { compile, type Weights } from "../../src/index.ts";

const SGD = { optimizer: { kind: "sgd", lr: 0.1 } } as const;
const NUMBERS = "model M {\n  input x: seq [2]\n  target y: seq []\n  predict y from linear(x, out = [])\n}\n";
const PAIRS = "model M {\n  input x: seq [2]\n  target y: seq [2]\n  predict y from linear(x, out = 2)\n}\n";
const X = [
  [1, 0],
  [0, 1],
  [1, 1],
];

/** The losses of updates, one after the other, and the weights after them. */
async function trained(
  source: string,
  batches: readonly Parameters<Trainer["update"]>[0][],
): Promise<readonly number[]> {
  const model = await compile(source, { target: "reference" });
  const trainer = await model.trainer(SGD);
  const losses: number[] = [];
  for (const batch of batches) losses.push((await trainer.update(batch)).loss);
  const weights: Weights = await model.weights();
  const numbers = weights instanceof Map ? [...weights.values()].flatMap(({ data }) => [...data]) : [];
  model.dispose();
  return [...losses, ...numbers];
}

type Trainer = Awaited<ReturnType<Awaited<ReturnType<typeof compile>>["trainer"]>>;

function expectAlike(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBeGreaterThan(2);
  expect(found).toHaveLength(expected.length);
  found.forEach((number, index) => expect(number).toBeCloseTo(expected[index] ?? NaN, 10));
}

test("numbers: also where only a later batch has null, and one after it has none again", async () => {
  const [whole, second] = [
    { x: X, y: [1, 2, 3] },
    { x: X.slice(1), y: [0, 1] },
  ];
  const cut = await trained(NUMBERS, [whole, { x: [X[0] ?? [], X[2] ?? []], y: [1, 2] }, second]);
  expectAlike(await trained(NUMBERS, [whole, { x: X, y: [1, null, 2] }, second]), cut);
});

test("a null stands for all numbers of a step, also the first", async () => {
  const cut = await trained(PAIRS, [
    {
      x: X.slice(1),
      y: [
        [1, 2],
        [3, 4],
      ],
    },
  ]);
  expectAlike(await trained(PAIRS, [{ x: X, y: [null, [1, 2], [3, 4]] }]), cut);
});

test("in a batch", async () => {
  const cut = await trained(NUMBERS, [{ x: [X.slice(0, 2)], y: [[1, 2]] }]);
  expectAlike(
    await trained(NUMBERS, [
      {
        x: [X.slice(0, 2), X.slice(1)],
        y: [
          [1, 2],
          [null, null],
        ],
      },
    ]),
    cut,
  );
});

test("is refused in inputs, and if no target is left", async () => {
  const model = await compile(NUMBERS, { target: "reference" });
  const trainer = await model.trainer(SGD);
  await expect(trainer.update({ x: [[1, null]], y: [1] })).rejects.toThrow("`x` needs numbers, but null was given");
  await expect(trainer.update({ x: X, y: [null, null, null] })).rejects.toThrow(
    "`y` is null at every step of this batch",
  );
  model.dispose();
});
