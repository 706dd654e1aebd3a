// Writes data for models of rows, as JSON Lines: `npx tsx demo/data.ts NAME FILE [--rows N]`.
// `adding`: the adding problem (Hochreiter & Schmidhuber 1997), 50 steps. `reversed`: words of Moby Dick and their reverse.
// `sentences`: three thousand labelled sentences (Kotzias et al. 2015) from the package `sentiment`.
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { z } from "zod";
import { permutation, uniformAt } from "../src/base/random.ts";
import { writeAtomically } from "../src/files/files.ts";
import { bookText } from "./book.ts";

const SEED = 1;
const STEPS = 50;
const LONGEST = 8;

function adding(rows: number): readonly unknown[] {
  return Array.from({ length: rows }, (_, row) => {
    const chance = (index: number): number => uniformAt(SEED, `adding ${row}`, index);
    const marked = [Math.floor((chance(0) * STEPS) / 2), Math.floor(((1 + chance(1)) * STEPS) / 2)];
    const numbers = Array.from({ length: STEPS }, (_unused, step) => Math.round(chance(step + 2) * 1e4) / 1e4);
    const total = marked.reduce((sum, step) => sum + (numbers[step] ?? 0), 0);
    return { pairs: numbers.map((number, step) => [number, marked.includes(step) ? 1 : 0]), total };
  });
}

function reversed(): readonly unknown[] {
  const words = [
    ...new Set(
      bookText()
        .toLowerCase()
        .match(/[a-z]+/g) ?? [],
    ),
  ].filter(({ length }) => length <= LONGEST);
  return shuffled(words).map((source) => ({ source, output: [...source].reverse().join("") }));
}

function sentences(): readonly unknown[] {
  const require = createRequire(import.meta.url);
  const FILE = z.array(z.object({ text: z.string(), class: z.number().nullable() }));
  const all = ["amazon", "imdb", "yelp"].flatMap((name) => FILE.parse(require(`sentiment/test/fixtures/${name}.json`)));
  // Each file ends with one without a class.
  return shuffled(all.filter((each) => each.class !== null)).map(({ text, class: label }) => ({
    words: text,
    label: label === 1 ? "good" : "bad",
  }));
}

function shuffled<T>(values: readonly T[]): readonly T[] {
  return [...permutation(values.length, SEED, "rows")].flatMap((index) => values[index] ?? []);
}

const MAKERS: ReadonlyMap<string, (rows: number) => readonly unknown[]> = new Map([
  ["adding", adding],
  ["reversed", reversed],
  ["sentences", sentences],
]);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: "string", default: "8000" } },
});
const [name = "", file] = positionals;
const make = MAKERS.get(name);
if (make === undefined || file === undefined) {
  console.error(`usage: npx tsx demo/data.ts ${[...MAKERS.keys()].join("|")} FILE [--rows N]`);
  process.exitCode = 2;
} else {
  const rows = make(Number(values.rows)).slice(0, Number(values.rows));
  writeAtomically(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  console.log(`${file}: ${rows.length} rows`);
}
