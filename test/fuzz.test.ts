// Ten thousand wrong specs, made of the shipped ones by a seed: each is either told what is wrong with it, in words, or goes the
// whole way to a graph with its gradient, verified. Nothing throws, nothing hangs.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompileError } from "../src/base/diagnostic.ts";
import { renderDiagnostics } from "../src/base/render.ts";
import type { Source } from "../src/base/source.ts";
import { checkFile, lower, programOf } from "../src/compile.ts";
import type { Graph } from "../src/graph/graph.ts";
import { printGraph } from "../src/graph/print.ts";
import type { Program } from "../src/lang/elaborate/program.ts";
import type { ScopedDefinition } from "../src/lang/scope.ts";
import { loadFromDisk } from "../src/module/library.ts";
import { verifyGraph } from "../src/ops/verify.ts";
import { edits, mutated, specs } from "./support/mutate.ts";
import { requestFor } from "./support/specs.ts";

const SEED = 20261;
const RUNS = 10_000;
/** Milliseconds for one file to its diagnostics: a hundred times what the slowest shipped one takes, on a machine that is busy. */
const LONGEST = 5000;
/** Larger graphs (a hundred layers, say) end with their elaboration: the passes would take seconds for nothing new. */
const LARGEST = 300;

const CODE = /^[a-z]+(-[a-z]+)*$/;
const NOT_FOR_USERS = /^$|internal|\bundefined\b|\bNaN\b|\[object|\?\d/;
const STACK = /^\s+at .*:\d+/m;

function programFor(definition: ScopedDefinition): Program {
  const states = definition.definition.kind === "cell" ? "given" : "initial";
  return programOf(definition, new Map(), { ragged: true, training: true, states });
}

/** Gradient and passes, for each graph that was not met before: a comment that changes is nothing new to them. */
function differentiate({ graph, ...program }: Program, met: Set<string>): void {
  const text = printGraph(graph);
  if (met.has(text) || sizeOf(graph) > LARGEST) return;
  met.add(text);
  const output = ["loss", "output"].find((name) => graph.outputs.has(name));
  const isFloat = output !== undefined && graph.output(output).type.dtype === "float";
  const lowered = lower(graph, isFloat ? requestFor({ graph, ...program }, [output]) : null);
  verifyGraph(lowered, "the last stage");
}

function sizeOf(graph: Graph): number {
  return graph.all().length;
}

/** The programs of a file without mistakes; none of one with mistakes, which are told as they should be. */
function compiled(source: Source): readonly Program[] {
  const { scope, diagnostics } = checkFile(source, loadFromDisk);
  const badlyTold = diagnostics.filter(({ code, title, span }) => {
    const isPlace = span === undefined || (span.end >= span.start && span.end <= span.source.text.length + 1);
    return !CODE.test(code) || NOT_FOR_USERS.test(title) || !isPlace;
  });
  if (badlyTold.length > 0) expect(badlyTold).toEqual([]);
  if (STACK.test(renderDiagnostics(diagnostics, { color: false }))) expect.fail("a stack trace");
  if (diagnostics.some(({ severity }) => severity === "error")) return [];
  return [...scope.definitions.values()].filter((each) => each.scope === scope).map(programFor);
}

describe("mutated specs", () => {
  test(`${RUNS} of them: diagnostics, or a verified graph with its gradient`, { timeout: 600_000 }, () => {
    const met = new Set<string>();
    let right = 0;
    fc.assert(
      fc.property(fc.nat({ max: specs.length - 1 }), edits, (which, list) => {
        const began = performance.now();
        const source = { name: "mutant.rec", text: mutated(specs, which, list) };
        try {
          const programs = compiled(source);
          const took = performance.now() - began;
          if (took > LONGEST) expect.fail(`${took} ms`);
          right += programs.length;
          programs.forEach((program) => differentiate(program, met));
        } catch (problem) {
          if (!(problem instanceof CompileError)) throw problem;
          expect.fail(`refused after a clean check: ${problem.message}`);
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // Enough of them are right, in many different ways, for the later stages to be met.
    expect(right).toBeGreaterThan(RUNS / 20);
    expect(met.size).toBeGreaterThan(RUNS / 50);
  });
});
