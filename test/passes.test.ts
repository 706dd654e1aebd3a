// The passes: what each does to a tiny graph (test/golden/passes), and that none changes what a shipped cell computes.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lowerVerified } from "../src/compile.ts";
import type { Graph } from "../src/graph/graph.ts";
import { printGraph } from "../src/graph/print.ts";
import { readGraph } from "../src/ops/read.ts";
import { rewrite } from "../src/ops/rewrite.ts";
import { verifyGraph } from "../src/ops/verify.ts";
import { stageOf } from "../src/passes/list.ts";
import type { Pass } from "../src/passes/pass.ts";
import {
  CELLS,
  floatOutputs,
  LAYOUTS,
  MODELS,
  RAGGED,
  requestFor,
  shippedNamed,
  shippedProgram,
} from "./support/specs.ts";
import { ALL_PASSES, differing, lowerBy, PASS_NAMES, passNamed, resultsOf, without } from "./support/stages.ts";

/** float64 in another order of sums: rounding of some hundred terms of size 1. */
const TOLERANCE = 1e-9;

const isBlessing = process.env["BLESS"] === "1";

function golden(name: string): Graph {
  return readGraph(readFileSync(`test/golden/passes/${name}.txt`, "utf8"));
}

describe("each pass on a tiny graph", () => {
  for (const name of PASS_NAMES) {
    const pass = passNamed(name);

    test(`${name}: NAME.before.txt becomes NAME.after.txt, and computes the same`, () => {
      const before = golden(`${name}.before`);
      verifyGraph(before, `${name}.before`);
      const after = pass.run(before);
      verifyGraph(after, name);
      const path = `test/golden/passes/${name}.after.txt`;
      if (isBlessing) writeFileSync(path, printGraph(after));
      expect(printGraph(after)).toBe(readFileSync(path, "utf8"));
      expect(printGraph(after)).not.toBe(printGraph(name === "share" ? before : rewrite(before)));
      expect(differing(resultsOf(after), resultsOf(before), TOLERANCE)).toEqual([]);
    });

    test(`${name}: leaves NAME.still.txt as it is`, () => {
      const text = readFileSync(`test/golden/passes/${name}.still.txt`, "utf8");
      const still = readGraph(text);
      verifyGraph(still, `${name}.still`);
      expect(printGraph(pass.run(still))).toBe(text);
    });

    test(`${name}: a second time changes nothing but what is dead`, () => {
      const once = pass.run(golden(`${name}.before`));
      expect(printGraph(pass.run(once))).toBe(printGraph(rewrite(once)));
    });
  }
});

describe("every shipped cell and model", () => {
  for (const { name, definition } of [...CELLS, ...MODELS]) {
    for (const [layout, options] of LAYOUTS) {
      const program = shippedProgram(definition, options);
      const outputs = definition.definition.kind === "model" ? ["loss"] : floatOutputs(program);
      const request = requestFor(program, outputs);
      const bare = lowerBy({ early: [], late: [] }, program.graph, request);
      const expected = resultsOf(bare);

      test(`${name}, ${layout}: is well formed and computes the same after every stage, within ${TOLERANCE}`, () => {
        verifyGraph(program.graph, "graph");
        lowerVerified(program.graph, request, (stage, graph) => {
          const results = resultsOf(graph);
          const wanted = new Map([...expected].filter(([output]) => results.has(output)));
          expect(wanted.size, stage).toBe(graph.outputs.size);
          expect(differing(results, wanted, TOLERANCE), stage).toEqual([]);
        });
        lowerVerified(program.graph, null);
      });

      if (layout === "full") continue;
      test.each(PASS_NAMES)(`${name}, ${layout}: the same without the pass %s`, (left) => {
        const graph = lowerBy(without(left), program.graph, request, (stage, each) => verifyGraph(each, stage));
        expect(differing(resultsOf(graph), expected, TOLERANCE)).toEqual([]);
      });
    }
  }

  test.each(["simplify", "accumulate", "hoist", "arrange", "share"])(
    "%s finds nothing more to do in what all passes made of any cell",
    (name) => {
      for (const { definition } of CELLS) {
        const program = shippedProgram(definition, RAGGED);
        const graph = lowerBy(ALL_PASSES, program.graph, requestFor(program, ["output"]));
        expect(rewrite(passNamed(name).run(graph)).all().length).toBe(graph.all().length);
      }
    },
  );
});

describe("a pass that breaks a graph is named", () => {
  const program = shippedProgram(shippedNamed("GRU"), LAYOUTS[1][1]);
  const request = requestFor(program, ["output"]);

  /** The passes with one more, in the place of the fourth. */
  function withBroken(broken: Pass): typeof ALL_PASSES {
    return { early: ALL_PASSES.early, late: ALL_PASSES.late.toSpliced(3, 0, broken) };
  }

  /** The first stage that is ill formed, or whose results differ from those of the stage before. */
  function culprit(passes: typeof ALL_PASSES): string {
    const expected = resultsOf(lowerBy({ early: [], late: [] }, program.graph, request));
    let found = "none";
    lowerBy(passes, program.graph, request, (stage, graph) => {
      const wanted = new Map([...expected].filter(([output]) => graph.outputs.has(output)));
      if (found === "none" && differing(resultsOf(graph), wanted, TOLERANCE).length > 0) found = stage;
    });
    return found;
  }

  test("each pass of the list has a stage of its own, and one more pass renames no stage", () => {
    const stages = ALL_PASSES.late.map((pass) => stageOf("late", pass));
    expect(new Set(stages).size).toBe(stages.length);
    const flip: Pass = { name: "flip", doc: "", run: (graph) => graph };
    expect(withBroken(flip).late.map((pass) => stageOf("late", pass))).toEqual(stages.toSpliced(3, 0, "late-flip"));
  });

  test("the actual order has no culprit", () => expect(culprit(ALL_PASSES)).toBe("none"));

  test("one that flips the sign of a product is found by what it computes", () => {
    const flip: Pass = {
      name: "flip",
      doc: "wrong",
      run: (graph) => {
        const victim = graph.all().findLast((node) => node.op === "mul" && node.region !== null);
        const negated = (id: string): boolean => id === victim?.id;
        return rewrite(graph, {
          rule: (node, operands, build) =>
            negated(node.id) ? build.op("neg", [build.op("mul", operands)]) : undefined,
        });
      },
    };
    expect(culprit(withBroken(flip))).toBe("late-flip");
  });

  test("one that returns an ill-formed graph is found by the verifier", () => {
    const broken: Pass = {
      name: "broken",
      doc: "wrong",
      run: (graph) =>
        readGraph(
          printGraph(graph).replace(/ = tanh (n\d+) : float\[batch B, H\]/, " = tanh $1 : float[batch B, 2*H]"),
        ),
    };
    const verified = (): Graph =>
      lowerBy(withBroken(broken), program.graph, request, (stage, graph) => verifyGraph(graph, stage));
    expect(verified).toThrow(
      /^internal: late-broken: n\d+ = tanh: has type float\[batch B, 2\*H\], but float\[batch B, H\] was expected$/,
    );
  });
});

describe("the verifier names the stage and the node", () => {
  const input = (name: string, type: string): string => `input name=${name} role=input : ${type}`;
  const scan = (body: string, after = ""): string => `graph g
  n1 = ${input("x", "float[time T, batch B]")}
  n2 = ${input("h", "float[batch B]")}
  n3 = scan n1 n2 time=T reverse=false sequences=1 states=1 {
    n4 = port kind=state index=0 : float[batch B]
    n5 = port kind=sequence index=0 : float[batch B]
${body}
  }
${after}`;
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "too many operands",
      `graph g\n  n1 = ${input("x", "float[]")}\n  n2 = tanh n1 n1 : float[]\n  output n2   # y`,
      "n2 = tanh: has 2 operands, not 1",
    ],
    [
      "an input within a scan",
      scan(`    n6 = ${input("y", "float[]")}\n    n7 = yield n4`),
      "n6 = input: stands inside a scan",
    ],
    [
      "shapes that do not fit",
      `graph g\n  n1 = ${input("x", "float[H]")}\n  n2 = ${input("y", "float[I]")}\n  n3 = add n1 n2 : float[H]\n  output n3   # y`,
      "n3 = add: sizes differ",
    ],
    [
      "an operand across a scan's border",
      scan("    n6 = add n4 n2 : float[batch B]\n    n7 = yield n6"),
      "n6 = add: reads n2 across the border of a scan",
    ],
    [
      "a body without a yield",
      scan("    n6 = add n4 n5 : float[batch B]"),
      "n3 = scan: its body does not end in a yield",
    ],
    ["a body that yields too little", scan("    n6 = yield"), "n3 = scan: its body yields too few states"],
    [
      "a state that becomes another type",
      scan('    n6 = broadcast n5 type="float[batch B, H]" : float[batch B, H]\n    n7 = yield n6'),
      "n3 = scan: the next value of state 0 has type float[batch B, H], but float[batch B] was expected",
    ],
    [
      "a port of another type",
      scan("    n6 = yield n4").replace(
        "kind=sequence index=0 : float[batch B]",
        "kind=sequence index=0 : float[time T, batch B]",
      ),
      "n5 = port: has type float[time T, batch B], but float[batch B] was expected",
    ],
    [
      "a port of nothing",
      scan("    n6 = port kind=invariant index=0 : float[H]\n    n7 = yield n4"),
      "n6 = port: there is no operand for it",
    ],
    [
      "a result that does not exist",
      scan("    n6 = yield n4", "  n7 = project n3 index=1 : float[time T, batch B]"),
      "n7 = project: there is no result 1",
    ],
    [
      "an output inside a scan",
      scan("    n6 = tanh n4 : float[batch B]\n    n7 = yield n6", "  output n6   # y"),
      "the output y stands inside a scan",
    ],
  ];
  test.each(cases)("%s", (_, text, message) => {
    expect(() => verifyGraph(readGraph(text), "late-test")).toThrow(`internal: late-test: ${message}`);
  });
});
