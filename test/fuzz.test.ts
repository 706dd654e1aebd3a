// Wrong specs, made from the shipped ones by a seed: each has a message, or compiles to a verified graph with its gradient.
// Nothing throws, and nothing hangs. To try others and more:
// FUZZ_RUNS=20000 FUZZ_SEED=7 nice -n 19 npx vitest run test/fuzz.test.ts
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompileError, type Diagnostic } from "../src/base/diagnostic.ts";
import { renderDiagnostics } from "../src/base/render.ts";
import type { Source } from "../src/base/source.ts";
import { checkFile, lower, programOf } from "../src/compile.ts";
import type { Graph } from "../src/graph/graph.ts";
import { printGraph } from "../src/graph/print.ts";
import type { Program } from "../src/lang/elaborate/program.ts";
import type { ScopedDefinition } from "../src/lang/scope.ts";
import { loadFromDisk } from "../src/shipped/specs.ts";
import { verifyGraph } from "../src/ops/verify.ts";
import { edits, mutated, specs } from "./support/mutate.ts";
import { requestFor } from "./support/specs.ts";

const SEED = Number(process.env["FUZZ_SEED"] ?? 20261);
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);
/** Milliseconds of this process for one file, the whole way: a hundred times what the slowest shipped one takes. */
const LONGEST = 5000;
/** Larger graphs (a hundred layers, say) end with their elaboration: the passes would take seconds for nothing new. */
const LARGEST = 1000;

const CODE = /^[a-z]+(-[a-z]+)*$/;
/** Words of the compiler itself: its variables (`?3`), the names it gives to sizes (`T.x`), values of JavaScript. */
const NOT_FOR_USERS = /^$|internal|\bundefined\b|\bNaN\b|\[object|\?\d|\b[IT]\.\p{L}|\bstart\./u;
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
  const badlyTold = diagnostics.filter((diagnostic) => {
    const { code, span } = diagnostic;
    const isPlace = span === undefined || (span.end >= span.start && span.end <= span.source.text.length + 1);
    return !CODE.test(code) || wordsOf(diagnostic).some((text) => NOT_FOR_USERS.test(text)) || !isPlace;
  });
  if (badlyTold.length > 0) expect(badlyTold).toEqual([]);
  if (STACK.test(renderDiagnostics(diagnostics, { color: false }))) expect.fail("a stack trace");
  if (diagnostics.some(({ severity }) => severity === "error")) return [];
  return [...scope.definitions.values()].filter((each) => each.scope === scope).map(programFor);
}

/** Everything that a diagnostic says; what it repeats of the source is the user's. */
function wordsOf({ title, label, labels, notes, help }: Diagnostic): readonly string[] {
  return [title, ...[label, help].filter((text) => text !== undefined), ...labels.map(({ text }) => text), ...notes];
}

describe("mutated specs", () => {
  test(
    `${RUNS} of them: diagnostics, or a verified graph with its gradient`,
    { timeout: 600_000 + 1000 * RUNS },
    () => {
      const met = new Set<string>();
      let right = 0;
      fc.assert(
        fc.property(fc.nat({ max: specs.length - 1 }), edits, (which, list) => {
          const began = process.cpuUsage();
          const source = { name: "mutant.rec", text: mutated(specs, which, list) };
          try {
            const programs = compiled(source);
            right += programs.length;
            programs.forEach((program) => differentiate(program, met));
            const { user } = process.cpuUsage(began);
            if (user / 1000 > LONGEST) expect.fail(`${user / 1000} ms`);
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
    },
  );
});
