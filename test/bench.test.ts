// The benchmark's own parts, without measuring: what it credits, what it keeps, what it writes.
import { describe, expect, test } from "vitest";
import { repeated, type Contestant } from "../bench/contestant.ts";
import { runFlops, trainingFlops } from "../bench/flops.ts";
import { agree, ceilingOf, chosenBy, measureTogether, rowOf, type Entry } from "../bench/measure.ts";
import { stacked, transposed } from "../bench/stacked.ts";
import { RESULTS, ROW, type Results } from "../bench/results.ts";
import { tablesOf, withTables } from "../bench/table.ts";
import { caseName, OUTPUTS, weightsOf, type Workload } from "../bench/workload.ts";

const LOAD: Workload = { cell: "LSTM", B: 2, T: 5, I: 3, H: 4 };
const { B, T, I, H } = LOAD;

/** A contestant whose repetitions take no time and give these values. */
function still(who: string, values: readonly number[]): Contestant {
  const one = repeated({ who, threads: 1, once: async () => 0, compared: 0, dispose: () => {} });
  return { ...one, first: async () => values, sample: async (times) => 2 * times };
}

function entry(contestant: Contestant): Entry {
  return { case: caseName(LOAD), what: "train", contestant, flops: 4e6 };
}

describe("floating-point operations of an LSTM", () => {
  /** Steps of all examples. */
  const steps = T * B;
  /** 2·m·n·k of W x and of U h, each for four gates. */
  const [input, state] = [2 * steps * 4 * H * I, 2 * steps * 4 * H * H];

  test("run: two products; bias, sum of both, four functions, three products and a sum, tanh(c)", () => {
    // W x + b and U h + (W x + b): 8 H; σ σ tanh σ: 4 H; f c, i g, their sum, tanh c, o tanh c: 5 H. Once: the zeros of the first state.
    expect(runFlops(LOAD)).toBe(input + state + steps * (8 + 4 + 5) * H + B * H);
  });

  test("train: each product once forward, for its weights' gradient, and but for x for its operand's", () => {
    const dense = 2 * steps * H * OUTPUTS;
    const products = input * 2 + state * 3 + dense * 3;
    const rest = trainingFlops(LOAD) - products;
    // By hand 17 H forward and about 35 H back (two for each function, two for each product, sums, biases), and a few for each output.
    expect(rest).toBeGreaterThan(steps * 17 * H);
    expect(rest).toBeLessThan(steps * (80 * H + 10 * OUTPUTS));
  });

  test("they are proportional to time and batch", () => {
    const double = { ...LOAD, B: 2 * B };
    expect(runFlops(double)).toBe(2 * runFlops(LOAD));
    expect(runFlops({ ...LOAD, T: 2 * T }) - B * H).toBe(2 * (runFlops(LOAD) - B * H));
  });
});

describe("weights for others", () => {
  const weights = weightsOf(LOAD);

  test("gates are stacked in the order asked for", () => {
    const [f, i] = [weights.get("h.f.b"), weights.get("h.i.b")];
    expect([...stacked(weights, ["i", "f"], "b")]).toEqual([...(i?.data ?? []), ...(f?.data ?? [])]);
    expect([...stacked(weights, [["f", "b"]], "x")]).toEqual([1, 1, 1, 1]);
  });

  test("[2, 3] transposed is [3, 2]", () => {
    expect([...transposed([1, 2, 3, 4, 5, 6], 2)]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});

describe("rows", () => {
  test("milliseconds are the median of samples; the ceiling is a share of GFLOP/s", () => {
    const row = rowOf(entry(still("recurra-wasm-1t", [])), [1, 9, 2], 4);
    expect(row).toEqual({
      case: "lstm-2-5-3-4",
      what: "train",
      who: "recurra-wasm-1t",
      threads: 1,
      ms: 2,
      samples: 3,
      gflops: 2,
      ceiling: 0.5,
    });
    expect(ROW.parse(row)).toEqual(row);
    expect(ROW.safeParse({ ...row, ms: Number.NaN }).success).toBe(false);
  });

  test("a contestant with other results has no row, and is reported", async () => {
    const contestants = [still("a", [1, 2]), still("b", [1.00001, 2.01]), still("c", [1.1, 2]), still("d", [])];
    const problems: string[] = [];
    const budget = { warmUp: 0, sample: 1, each: 0, fewest: 2, most: 2 };
    const ceilings = [{ kind: "native" as const, contestant: still("ceiling-1t", []), flops: 8e6 }];
    const measuring = { chosen: chosenBy(), budget, ceilings, ceilingRates: new Map(), problems };
    const rows = await measureTogether(contestants.map(entry), measuring);
    expect(rows.map(({ who, ms, ceiling }) => [who, ms, ceiling])).toEqual([
      ["a", 2, 0.5],
      ["b", 2, 0.5],
      ["d", 2, 0.5],
    ]);
    expect(problems).toEqual(["train lstm-2-5-3-4, c: computed 1.1, 2, but others computed 1, 2"]);
    expect(agree([Number.NaN], [1])).toBe(false);
  });

  test("what runs in WebAssembly is compared with its ceiling, all else with that of native code", () => {
    const names = [
      "recurra-wasm-1t",
      "tfjs-layers-wasm",
      "jax-js-wasm",
      "recurra-native-1t",
      "torch-native-1t",
      "ort-node",
    ];
    expect(names.map((who) => ceilingOf({ who, threads: 1 }))).toEqual([
      ...Array.from({ length: 3 }, () => "wasm 1t"),
      ...Array.from({ length: 3 }, () => "native 1t"),
    ]);
  });

  test("measures the contestants that are chosen, and gives up the others", async () => {
    const given: string[] = [];
    const contestants = ["torch-native-1t", "recurra-native-1t", "recurra-wasm-1t"].map((who) => ({
      ...still(who, [1]),
      dispose: async () => void given.push(who),
    }));
    const budget = { warmUp: 0, sample: 1, each: 0, fewest: 2, most: 2 };
    const chosen = chosenBy("lstm,gru", "recurra-native,wasm");
    const measuring = { chosen, budget, ceilings: [], ceilingRates: new Map(), problems: [] };
    const rows = await measureTogether(contestants.map(entry), measuring);
    expect(rows.map(({ who }) => who)).toEqual(["recurra-native-1t", "recurra-wasm-1t"]);
    expect(given.toSorted()).toEqual(contestants.map(({ who }) => who).toSorted());
    expect(["lstm-32", "slstm-32", "mgu-32"].map(chosen.isCase)).toEqual([true, true, false]);
  });
});

const RESULT: Results = {
  machine: "a machine × 2",
  commit: "abc",
  date: "2026-11-21",
  versions: { Node: "20" },
  ceiling: [{ name: "wasm 1t", gflops: 57.25 }],
  missing: [{ who: "torch", install: "apt-get install -y python3-torch" }],
  problems: [],
  rows: [
    { case: "a", what: "train", who: "x", threads: 1, ms: 12.34, samples: 5, gflops: 40.11, ceiling: 0.7 },
    { case: "b", what: "train", who: "y", threads: 1, ms: 1234.5, samples: 1, gflops: 2, ceiling: 0.035 },
    { case: "a", what: "compile", who: "x", threads: 1, ms: 55.5, samples: 5, gflops: null, ceiling: null },
  ],
  launches: {
    commit: "def",
    date: "2026-11-22",
    rows: [
      { case: "c", who: "fused", launches: 80 },
      { case: "c", who: "layers", launches: 8000 },
    ],
  },
};

describe("tables", () => {
  test("a row for each case, a column for each contestant, an empty cell where a contestant has no result", () => {
    expect(RESULTS.parse(JSON.parse(JSON.stringify(RESULT)))).toEqual(RESULT);
    const tables = tablesOf(RESULT);
    expect(tables).toContain("| case | x | y |\n| --- | ---: | ---: |\n| a | 12.3 (40.1, 70 %) |  |\n");
    expect(tables).toContain("| b |  | 1235 (2.00, 4 %) |");
    expect(tables).toContain("| a | 55.5 |");
    expect(tables).toContain("Commit def, 2026-11-22.\n\n| case | fused | layers |");
    expect(tables).toContain("| c | 80 | 8000 (100 ×) |");
    expect(tablesOf({ ...RESULT, launches: null })).not.toContain("Kernels");
    expect(tables).toContain("Missing peers: torch (`apt-get install -y python3-torch`).");
  });

  test("only the generated block of the page changes", () => {
    const page =
      "before\n<!-- generated by `npm run bench`: begin -->\nold\n<!-- generated by `npm run bench`: end -->\nafter\n";
    const once = withTables(page, "| new |");
    expect(once).toMatch(/^before\n[^]*\| new \|[^]*\nafter\n$/);
    expect(once).not.toContain("old");
    expect(withTables(once, "| new |")).toBe(once);
    expect(() => withTables("nothing", "")).toThrow("no generated block");
  });
});
