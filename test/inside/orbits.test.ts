// Where the steps of a cell lead, against a walk in plain numbers: fixed points, cycles, states on the way, energies.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { groupedBy } from "../../src/base/grouped.ts";
import { dotOfOrbits } from "../../src/draw/orbits.ts";
import { drawnOrbits, orbitsText } from "../../src/cli/orbits-text.ts";
import { firstPlaces, movesOf } from "../../src/cli/orbit-states.ts";
import { compile } from "../../src/index.ts";
import { orbits } from "../../src/orbits/orbits.ts";
import { drawn } from "../ops/arrays.ts";
import { recurra, temporaryFolder } from "../support/command.ts";

const HOPFIELD = readFileSync("specs/cells/hopfield.rec", "utf8");
const CONTINUOUS = readFileSync("examples/textbook/hopfield.rec", "utf8");
const PAIR = [
  [0, -1],
  [-1, 0],
];

type Place = readonly number[];

async function followed(
  text: string,
  cell: string,
  W: readonly Place[],
  options: { energy?: string; values?: Place } = {},
) {
  const model = await compile(text, { cell, target: "reference", weights: { W } });
  const moves = movesOf(model, {}, null);
  const found = await orbits(moves, firstPlaces(moves, null, options.values ?? [-1, 1]), {
    tolerance: 1e-4,
    ...options,
  });
  const { parts } = moves;
  model.dispose();
  return { ...found, name: cell, parts, ...options };
}

/** Symmetric, without a diagonal: the energy of such weights never rises. */
function symmetric(size: number): readonly Place[] {
  const { data } = drawn([size, size], 5, -1, 1);
  const of = (i: number, j: number): number => Math.round(100 * (data[i * size + j] ?? NaN)) / 100;
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_each, j) => (i === j ? 0 : of(Math.min(i, j), Math.max(i, j)))),
  );
}

function netOf(W: readonly Place[], y: Place): Place {
  return W.map((row) => row.reduce((sum, w, j) => sum + w * (y[j] ?? NaN), 0));
}

/** All units at once; one that gets nothing stays. */
function next(W: readonly Place[], y: Place): Place {
  return netOf(W, y).map((net, i) => (Math.abs(net) > 0 ? Math.sign(net) : (y[i] ?? NaN)));
}

test("one unit at a time: the fixed points are the states that no unit would leave, and no step goes uphill", async () => {
  const W = symmetric(5);
  const { states, transitions, attractors } = await followed(HOPFIELD, "Hopfield", W, { energy: "energy" });
  expect(states).toHaveLength(32);
  expect(transitions).toHaveLength(5 * 32);
  const fixed = states.flatMap(({ place }, index) => (String(next(W, place)) === String(place) ? [index] : []));
  expect(fixed.length).toBeGreaterThan(1);
  expect(attractors.map(({ kind, states: own }) => [kind, ...own])).toEqual(
    fixed.map((index) => ["fixed point", index]),
  );
  for (const { place, energy } of states)
    expect(energy).toBeCloseTo(-0.5 * netOf(W, place).reduce((sum, net, i) => sum + net * (place[i] ?? NaN), 0), 6);
  for (const { from, to, choice } of transitions) {
    const [before, after] = [states[from] ?? expect.fail("no state"), states[to] ?? expect.fail("no state")];
    expect(after.energy ?? NaN).toBeLessThanOrEqual((before.energy ?? NaN) + 1e-6);
    const unit = choice.get("k") ?? NaN;
    expect(after.place).toEqual(before.place.with(unit, next(W, before.place)[unit] ?? NaN));
  }
});

test("all units at once: fixed points and cycles of two, with all states that lead to each", async () => {
  const W = symmetric(5);
  const { states, attractors } = await followed(HOPFIELD, "SynchronousHopfield", W);
  const endOf = (place: Place): string => {
    let end = place;
    for (let step = 0; step < 64; step++) end = next(W, end);
    return [String(end), String(next(W, end))].sort().join(" | ");
  };
  const ends = groupedBy(states, ({ place }) => endOf(place));
  expect(attractors).toHaveLength(ends.size);
  expect(new Set(attractors.map(({ kind }) => kind))).toEqual(new Set(["fixed point", "cycle"]));
  for (const { states: own, reachedFrom, onlyFrom, kind } of attractors) {
    const passed = own.map((index) => String(states[index]?.place));
    const leading = ends.get([passed[0] ?? "", passed[1] ?? passed[0] ?? ""].sort().join(" | "));
    expect([own.length, kind]).toEqual(own.length === 1 ? [1, "fixed point"] : [2, "cycle"]);
    expect([reachedFrom, onlyFrom]).toEqual([leading?.length, leading?.length]);
  }
});

test("continuous units come to rest where tanh(W tanh(u)) says; what comes from both sides is one fixed point", async () => {
  const W = [
    [0, 2],
    [2, 0],
  ];
  const found = await followed(CONTINUOUS, "Continuous", W, { values: [-1, 0.5, 1] });
  let u = 1;
  for (let step = 0; step < 200; step++) u = 2 * Math.tanh(u);
  const ends = found.attractors.map(({ states: [index = 0] }) => found.states[index]?.place ?? []);
  const right = [
    [0, 0],
    [-u, -u],
    [u, u],
  ];
  expect(ends).toHaveLength(3);
  for (const place of right)
    expect(ends.some((end) => end.every((value, i) => Math.abs(value - (place[i] ?? NaN)) < 1e-4))).toBe(true);
  expect(found.attractors.reduce((sum, { reachedFrom }) => sum + reachedFrom, 0)).toBe(9);
  // The picture leaves out what lies between: nine first states, three ends.
  const picture = drawnOrbits(found);
  expect(picture.states).toHaveLength(12);
  expect(picture.steps.filter(({ label }) => /^\d+ steps$/.test(label))).toHaveLength(9);
});

test("the worked pair: its table, and a picture in which energies are levels", async () => {
  const found = await followed(HOPFIELD, "Hopfield", PAIR, { energy: "energy" });
  expect(orbitsText(found)).toMatchInlineSnapshot(`
    "Hopfield: 4 first states of y
                 length  states  energy  reached from  only
    fixed point       1  -1 1    -1                 3     1
    fixed point       1  1 -1    -1                 3     1"
  `);
  const dot = dotOfOrbits(drawnOrbits(found));
  expect(dot).toContain("{ rank=same; e0; s0; s3 }");
  expect(dot).toContain("{ rank=same; e1; s1; s2 }");
  expect(dot).toContain('s0 -> s2 [label="k = 0"]');
});

test("the command draws, and says what it lacks", async () => {
  const plot = join(temporaryFolder(), "orbits.svg");
  const pair = ["specs/cells/hopfield.rec", "--weights", "examples/textbook/pair-weights.json"];
  const drawnOnes = await recurra("orbits", ...pair, "--cell", "SynchronousHopfield", "--plot", plot);
  expect(drawnOnes.out).toMatch(/^cycle +2 +-1 -1 → 1 1 +2 +2$/m);
  expect(readFileSync(plot, "utf8")).toContain(">SynchronousHopfield: where its states lead<");
  for (const [args, why] of [
    [["specs/cells/rnn.rec", "--cell", "RNN"], "the size H of `h` is not known: say it, as in --set H=2"],
    [
      ["specs/cells/rnn.rec", "--cell", "RNN", "--set", "H=16", "--set", "I=2"],
      "2 values of 16 numbers make 65536 states",
    ],
    [
      ["examples/textbook/hopfield.rec", "--cell", "Stored", "--set", "N=3"],
      "`patterns` is a memory: give it by --inputs",
    ],
    [[...pair, "--cell", "Hopfield", "--energy", "net"], "`net` is not one number for each state"],
  ] as const) {
    const { code, err } = await recurra("orbits", ...args);
    expect(err).toContain(why);
    expect(code).toBe(1);
  }
});
