// The order of equations does not matter: a spec compiles in any order, to the same values and gradients.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CompileError } from "../../src/base/diagnostic.ts";
import { lowerVerified, programOf, type Wiring } from "../../src/compile.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { ScopedDefinition } from "../../src/lang/scope.ts";
import { verifyGraph } from "../../src/ops/verify.ts";
import { reordered, reversed, shuffled, type Order } from "../support/reorder.ts";
import type { Arrays } from "../support/run.ts";
import { CELLS, definitionsOf, FULL, MODELS, RAGGED, requestFor, shippedProgram } from "../support/specs.ts";
import { differing, resultsOf } from "../support/stages.ts";

/** float64 in another order of sums: rounding of some hundred terms of size 1. */
const TOLERANCE = 1e-9;

function definitionsIn(folder: string): typeof CELLS {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rec"));
  return files
    .sort()
    .flatMap((file) => definitionsOf({ name: `${folder}/${file}`, text: readFileSync(`${folder}/${file}`, "utf8") }));
}

const SHIPPED = new Set([...CELLS, ...MODELS].map(({ definition }) => definition));
const ALL = [
  ...CELLS,
  ...MODELS,
  ...definitionsIn("test/cells"),
  ...definitionsIn("test/wirings"),
  ...definitionsIn("test/faults"),
];

/** What a program computes, or what is wrong with it. */
type Outcome = { readonly results: Arrays } | { readonly errors: readonly string[] };

/** Whether a state belongs to a further application of one set of weights: these are numbered in the order in which they are computed. */
function isNumbered(name: string): boolean {
  return name.startsWith("final.") && /\.(two|shared)\./.test(name);
}

/** Outputs and their gradients by all weights, as training wants them; every graph on the way is well formed. */
function outcomeOf(make: () => Program): Outcome {
  let program: Program;
  try {
    program = make();
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem;
    return { errors: problem.diagnostics.map(({ code }) => code).sort() };
  }
  const { graph, parameters } = program;
  verifyGraph(graph, "graph");
  const [output] = graph.outputs.has("loss") ? ["loss"] : ["output"];
  const from = graph.output(output).type.dtype === "float" ? [output] : [];
  const request = { ...requestFor(program, from), by: parameters.map(({ name }) => name) };
  const results = new Map(resultsOf(lowerVerified(graph, request)));
  for (const name of graph.outputs.keys()) if (isNumbered(name)) results.delete(name);
  return { results };
}

function expectSame(outcome: Outcome, expected: Outcome, order: string): void {
  if ("errors" in outcome || "errors" in expected) {
    expect(outcome, order).toEqual(expected);
    return;
  }
  expect([...outcome.results.keys()].sort(), order).toEqual([...expected.results.keys()].sort());
  expect(differing(outcome.results, expected.results, TOLERANCE), order).toEqual([]);
}

const ORDERS: readonly (readonly [string, Order])[] = [
  ["reversed", reversed],
  ["shuffled", shuffled(1)],
];

const WIRINGS: readonly (readonly [string, Wiring])[] = [
  ["once", { layers: 1, bidirectional: false }],
  ["in two layers and both directions", { layers: 2, bidirectional: true }],
];

describe("the same values and gradients, or the same errors, in any order of equations", () => {
  for (const { name, definition } of ALL) {
    const isCell = definition.definition.kind === "cell";
    const isShipped = SHIPPED.has(definition);
    test.each(isCell ? WIRINGS : WIRINGS.slice(0, 1))(`${name}, %s`, (_, wiring) => {
      const states = name === "Outer" ? ("initial" as const) : FULL.states;
      const options = isCell ? ({ ...FULL, states, wiring } as const) : ({ ...RAGGED, states: "initial" } as const);
      const programIn = (each: ScopedDefinition): Program =>
        isShipped ? shippedProgram(each, options) : programOf(each, new Map(), options);
      const expected = outcomeOf(() => programIn(definition));
      for (const [order, places] of ORDERS)
        expectSame(
          outcomeOf(() => programIn(reordered(definition, places))),
          expected,
          order,
        );
    });
  }
});
