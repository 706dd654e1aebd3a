// The LSTM through every stage, and a model that writes in its two parts, as golden text: ARCHITECTURE.md reads these files.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lower, open, programOf } from "../src/compile.ts";
import { printGraph } from "../src/graph/print.ts";
import { readGraph } from "../src/ops/read.ts";
import { loadFromDisk, readSpec } from "../src/shipped/specs.ts";
import { lookup } from "../src/base/invariant.ts";
import { constant } from "../src/shape/dim.ts";
import { stepsOfFeedback } from "../src/train/session.ts";
import { stepParts } from "../src/train/stepper.ts";
import { shippedNamed } from "./support/specs.ts";

function stages(): ReadonlyMap<string, string> {
  const scope = open(readSpec("specs/cells/lstm.rec"), loadFromDisk);
  const texts = new Map<string, string>();
  const visit = (stage: string, graph: Parameters<typeof printGraph>[0]): void => {
    texts.set(stage, printGraph(graph));
  };
  const definition = lookup(scope.definitions, "LSTM", "test");
  const program = programOf(definition, new Map(), { ragged: false, training: true, states: "given" }, visit);
  const by = program.parameters.map((parameter) => parameter.name);
  lower(program.graph, { from: new Map([["output", { kind: "cotangent", of: null }]]), by }, visit);
  return texts;
}

/** What is run once for each source: the encoder in both directions. At each step: the decoder alone, with T.output = 1. */
function writingParts(): ReadonlyMap<string, string> {
  const sizes = new Map([
    ["E", constant(4)],
    ["H", constant(8)],
  ]);
  const program = programOf(shippedNamed("Translate"), sizes, { ragged: true, training: false, states: "carried" });
  const { before, step } = stepParts(program, stepsOfFeedback(program));
  return new Map([
    ["once", printGraph(before)],
    ["step", printGraph(step)],
  ]);
}

const GOLDEN = [
  ["every stage of LSTM", "test/golden/emit/lstm", stages()],
  ["Translate as it writes", "test/golden/emit/translate", writingParts()],
] as const;

describe.each(GOLDEN)("%s, as text", (_, folder, texts) => {
  for (const [stage, text] of texts) {
    const file = join(folder, `${stage}.txt`);
    test(`${stage} is as in ${file}`, () => {
      if (process.env["BLESS"] !== undefined) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, text);
      }
      expect(existsSync(file)).toBe(true);
      expect(text).toBe(readFileSync(file, "utf8"));
    });
    test(`${stage} is read back as it was printed`, () => {
      expect(printGraph(readGraph(text))).toBe(text);
    });
  }
});
