// Golden values of torch.nn (test/fixtures): every cell on every target, and that a wrong number in a file is found and named.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { numbersOf } from "../src/golden/golden-arrays.ts";
import type { CellGolden, GoldenArray, GoldenData } from "../src/golden/golden.ts";
import type { Comparison } from "../src/golden/compare.ts";
import { verify } from "../src/golden/verify.ts";
import { referenceTarget } from "../src/targets/reference/target.ts";
import type { Target } from "../src/targets/target.ts";
import { withTarget } from "../src/targets/registry.ts";
import { readCellGolden } from "./support/golden.ts";
import { shippedNamed } from "./support/specs.ts";

/** Both sides are float64 and differ in the order of sums only, over at most 40 steps. */
const EXACT = 1e-10;
/** float32 against float64: ARCHITECTURE.md, "Numbers". */
const FORWARD = 1e-5;
const GRADIENT = 1e-4;
/** What one number of a file is changed by, and how much of it must show. */
const CHANGE = 1e-3;
const SHOWS = 1e-5;
/** Each of some thirty tensors is a run of its own, in milliseconds; on a slow machine they add up. */
const SLOW = 60_000;

const files = readdirSync("test/fixtures")
  .filter((name) => name.endsWith(".json"))
  .sort();
const goldens = files.map((file) => ({ file, golden: read(file) }));

function read(file: string): CellGolden {
  return readCellGolden(readFileSync(`test/fixtures/${file}`, "utf8"), file);
}

function compare<T>(golden: CellGolden, target: Target<T>): Promise<readonly Comparison[]> {
  return verify(shippedNamed(golden.cell), golden, target);
}

/** How many tensors a file has to compare with. */
function countOf({ final, grads }: CellGolden): number {
  const groups = [final, grads.params, grads.inputs, grads.memories, grads.initial];
  return groups.reduce((sum, group) => sum + Object.keys(group).length, 1);
}

describe(`reference: every tensor of every golden file within ${EXACT}`, () => {
  test.each(goldens)("$file", async ({ golden }) => {
    const comparisons = await compare(golden, referenceTarget());
    expect(comparisons.length).toBe(countOf(golden));
    expect(comparisons.filter(({ error }) => !(error <= EXACT))).toEqual([]);
  });
});

for (const name of ["wasm", "tfjs-wasm", "tfjs-cpu"]) {
  describe(`${name}: every golden file within ${FORWARD} forward, ${GRADIENT} in gradients`, () => {
    test.each(goldens)("$file", async ({ golden }) => {
      const comparisons = await withTarget(name, (target) => compare(golden, target));
      expect(comparisons.length).toBe(countOf(golden));
      const tolerance = (each: Comparison): number => (each.name.startsWith("gradient") ? GRADIENT : FORWARD);
      expect(comparisons.filter((each) => !(each.error <= tolerance(each)))).toEqual([]);
    });
  });
}

type Tensors = Readonly<Record<string, GoldenArray>>;

function numeric(data: Readonly<Record<string, GoldenData>>): Tensors {
  return Object.fromEntries(Object.entries(data).map(([name, each]) => [name, numbersOf(name, each)]));
}

/** One tensor of a file: how `verify` calls it (null for what goes in), and the file with other numbers in it. */
interface Place {
  readonly title: string;
  readonly name: string | null;
  readonly array: GoldenArray;
  readonly replaced: (array: GoldenArray) => CellGolden;
}

function placesIn(golden: CellGolden): readonly Place[] {
  const { grads, cotangent } = golden;
  const group = (
    title: string,
    tensors: Tensors,
    name: ((key: string) => string) | null,
    put: (tensors: Record<string, GoldenArray>) => CellGolden,
  ): readonly Place[] =>
    Object.entries(tensors).map(([key, array]) => ({
      title: `${title} ${key}`,
      name: name === null ? null : name(key),
      array,
      replaced: (other) => put({ ...tensors, [key]: other }),
    }));
  const inGrads = (part: Partial<CellGolden["grads"]>): CellGolden => ({ ...golden, grads: { ...grads, ...part } });
  const gradient = (key: string): string => `gradient of ${key}`;
  return [
    { title: "output", name: "output", array: golden.output, replaced: (output) => ({ ...golden, output }) },
    ...(cotangent === undefined
      ? []
      : [
          {
            title: "cotangent",
            name: null,
            array: cotangent,
            replaced: (other: GoldenArray): CellGolden => ({ ...golden, cotangent: other }),
          },
        ]),
    ...group("params", golden.params, null, (params) => ({ ...golden, params })),
    ...group("inputs", numeric(golden.inputs), null, (inputs) => ({ ...golden, inputs })),
    ...group("memories", numeric(golden.memories), null, (memories) => ({ ...golden, memories })),
    ...group("initial", golden.initial, null, (initial) => ({ ...golden, initial })),
    ...group(
      "final",
      golden.final,
      (key) => `final ${key}`,
      (final) => ({ ...golden, final }),
    ),
    ...group("grads.params", grads.params, gradient, (params) => inGrads({ params })),
    ...group("grads.inputs", grads.inputs, gradient, (inputs) => inGrads({ inputs })),
    ...group("grads.memories", grads.memories, gradient, (memories) => inGrads({ memories })),
    ...group(
      "grads.initial",
      grads.initial,
      (key) => `gradient of the first ${key}`,
      (initial) => inGrads({ initial }),
    ),
  ];
}

/** The first number of a tensor is a real step of the first example, which is never padding. */
function changed(array: GoldenArray, at = 0): GoldenArray {
  return { ...array, data: array.data.map((value, index) => (index === at ? value + CHANGE : value)) };
}

describe(`a number of a golden file that is wrong by ${CHANGE} is found and named`, () => {
  test.each(goldens)("$file: one number of each tensor", { timeout: SLOW }, async ({ golden }) => {
    for (const { title, name, array, replaced } of placesIn(golden)) {
      const comparisons = await compare(replaced(changed(array)), referenceTarget());
      const differing = comparisons.filter(({ error }) => error > SHOWS).map((each) => each.name);
      expect(differing.length, title).toBeGreaterThan(0);
      if (name !== null) expect(differing, title).toEqual([name]);
    }
  });

  test("any number of any tensor of the RNN's file, with its place in the tensor", { timeout: SLOW }, async () => {
    const { golden } = goldens.find(({ file }) => file === "rnn.json") ?? expect.fail("rnn.json is gone");
    for (const { title, name, array, replaced } of placesIn(golden)) {
      if (name === null) continue;
      for (let index = 0; index < array.data.length; index++) {
        const comparisons = await compare(replaced(changed(array, index)), referenceTarget());
        const differing = comparisons.filter(({ error }) => error > SHOWS);
        expect(
          differing.map((each) => each.name),
          `${title}, number ${index}`,
        ).toEqual([name]);
        const place = differing[0]?.worst.index ?? [];
        const offset = place.reduce((sum, each, axis) => sum * (array.shape[axis] ?? 1) + each, 0);
        expect(offset, `${title}: place`).toBe(index);
      }
    }
  });
});
