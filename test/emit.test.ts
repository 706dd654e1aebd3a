// The LSTM through every stage, as golden text: the walk in ARCHITECTURE.md reads these files.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lower, open, programOf } from "../src/compile.ts";
import { printGraph } from "../src/graph/print.ts";
import { readGraph } from "../src/graph/read.ts";
import { loadFromDisk, readSpec } from "../src/module/library.ts";
import { lookup } from "../src/base/invariant.ts";

const FOLDER = "test/golden/emit/lstm";

function stages(): ReadonlyMap<string, string> {
  const scope = open(readSpec("specs/cells/lstm.rec"), loadFromDisk);
  const texts = new Map<string, string>();
  const visit = (stage: string, graph: Parameters<typeof printGraph>[0]): void => {
    texts.set(stage, printGraph(graph));
  };
  const definition = lookup(scope.definitions, "LSTM", "test");
  const program = programOf(definition, new Map(), { ragged: false, training: true, states: "given" }, visit);
  const by = program.parameters.map((parameter) => parameter.name);
  lower(program.graph, { from: new Map([["output", "cotangent"]]), by }, visit);
  return texts;
}

describe("every stage of LSTM, as text", () => {
  for (const [stage, text] of stages()) {
    const file = join(FOLDER, `${stage}.txt`);
    test(`${stage} is as in ${file}`, () => {
      if (process.env["BLESS"] !== undefined) {
        mkdirSync(FOLDER, { recursive: true });
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
