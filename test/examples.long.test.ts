// The examples on real data: the small run of each works and gives the figure in the table; pages and lists have the same commands.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { describe, expect, test } from "vitest";
import { figureOf, layOut, readExamples } from "../scripts/examples/example.ts";
import { keyOf, PAGE_FILE, pageOf, readResults } from "../scripts/examples/results.ts";
import { check } from "../src/compile.ts";
import { loadFromDisk } from "../src/shipped/specs.ts";
import { commandCall, ROOT, temporaryFolder } from "./support/command.ts";

const EXAMPLES = readExamples();
const RESULTS = readResults();
/** The same seed gives the same run; passes that sum in another order may change later digits, and with them what a few rows get. */
const TOLERANCE = 0.05;
const SMALL = EXAMPLES.flatMap((example) =>
  example.runs.flatMap(({ model, small }) =>
    small === undefined ? [] : [{ name: example.name, example, model, small }],
  ),
);

test.each(SMALL)("$name, $model: the small run gives the figure in the table", async ({ example, model, small }) => {
  const folder = temporaryFolder();
  layOut(folder);
  const figure = await figureOf(example, small, { folder, call: commandCall });
  const expected = RESULTS[keyOf(example, model, "small")]?.figure ?? NaN;
  expect(Math.abs(figure / expected - 1), `${figure}, expected ${expected}`).toBeLessThan(TOLERANCE);
});

describe.each(EXAMPLES)("$name", (example) => {
  const folder = join(ROOT, "examples", example.name);

  test("each model has a full figure, and one of them a small run", () => {
    expect(example.runs.some(({ small }) => small !== undefined)).toBe(true);
    const lacking = example.runs.filter(({ model }) => RESULTS[keyOf(example, model, "full")] === undefined);
    expect(lacking).toEqual([]);
  });

  test("the commands of its page are commands of full runs, and it trains a model", () => {
    const page = readFileSync(join(folder, "README.md"), "utf8");
    const written = [...page.matchAll(/^recurra (?:data|train|evaluate) .*$/gm)].map(([line]) => line);
    const full = example.runs.flatMap((run) => run.full);
    expect(written.filter((line) => !full.includes(line))).toEqual([]);
    expect(written.filter((line) => line.startsWith("recurra train ")).length).toBeGreaterThan(0);
  });

  test("nothing is wrong with its specs", () => {
    const specs = readdirSync(folder).filter((name) => name.endsWith(".rec"));
    expect(specs.length).toBeGreaterThan(0);
    for (const spec of specs) {
      const name = join(folder, spec);
      expect(check({ name, text: readFileSync(name, "utf8") }, loadFromDisk)).toEqual([]);
    }
  });
});

test("examples/README.md is the table of all figures", async () => {
  const page = await format(pageOf(EXAMPLES, RESULTS), { parser: "markdown" });
  expect(readFileSync(PAGE_FILE, "utf8")).toBe(page);
});
