// `recurra show` and `recurra words`: pictures of attention and gates, neighbours, analogies, maps.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { cosineOf, mapOf, neighboursOf } from "../../src/maps/embeddings.ts";
import { recurra, temporaryFolder } from "../support/command.ts";

function trainedOn(spec: string, data: string, ...more: readonly string[]): Promise<{ run: string; folder: string }> {
  const folder = temporaryFolder();
  const run = join(folder, "run");
  const file = join(folder, spec.includes("charlm") ? "data.txt" : "data.jsonl");
  writeFileSync(file, data);
  return recurra("train", spec, "--data", file, "--out", run, "--epochs", "1", "--batch", "2", ...more).then(
    (ended) => {
      expect(ended.err.includes("error"), ended.err).toBe(false);
      expect(ended.code).toBe(0);
      return { run, folder };
    },
  );
}

const ROWS = ["abc", "cab", "bca", "acb"].map((source) =>
  JSON.stringify({ source, output: [...source].reverse().join("") }),
);

test("attention is drawn over the symbols of both texts; a translation is predicted first", async () => {
  const { run, folder } = await trainedOn(
    "specs/models/translate.rec",
    ROWS.join("\n"),
    "--set",
    "H=4",
    "--set",
    "E=3",
  );
  const [row, out] = [join(folder, "row.json"), join(folder, "attention.svg")];
  writeFileSync(row, '{ "source": "cab", "output": "bac" }');
  const { err, code } = await recurra("show", run, "--inputs", row, "--what", "dec.a", "-o", out);
  expect(err).toBe("");
  expect(code).toBe(0);
  const picture = readFileSync(out, "utf8");
  const texts = [...picture.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text);
  expect(texts).toEqual(expect.arrayContaining(["c", "a", "b", "&lt;end&gt;"]));
  // Four steps, with the end, over three symbols.
  expect(picture.match(/aria-roledescription="rect mark"|class="mark-rect role-mark/g)?.length).toBeGreaterThan(0);
  writeFileSync(row, '{ "source": "cab" }');
  expect((await recurra("show", run, "--inputs", row, "--what", "dec.a", "-o", out)).code).toBe(0);
  const wrong = await recurra("show", run, "--inputs", row, "--what", "dec.b", "-o", out);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toContain("dec.b");
});

test("gates have a line for each element, in pictures and as coloured text; embeddings have neighbours and a map", async () => {
  const sizes = ["--set", "H=3", "--set", "E=4"];
  const { run, folder } = await trainedOn("specs/models/charlm.rec", "to be, or not to be\n".repeat(30), ...sizes);
  const [row, page, picture, map] = ["row.json", "gates.html", "gates.svg", "map.svg"].map((name) =>
    join(folder, name),
  );
  if (row === undefined || page === undefined || picture === undefined || map === undefined) return;
  writeFileSync(row, '{ "text": "to be" }');
  for (const out of [page, picture])
    expect((await recurra("show", run, "--inputs", row, "--what", "h.layer0.f", "-o", out)).err).toBe("");
  const text = readFileSync(page, "utf8");
  expect(text.match(/<tr>/g)).toHaveLength(3);
  expect(
    text
      .match(/<td [^>]*>([^<])<\/td>/g)
      ?.slice(0, 5)
      .map((cell) => cell.slice(-6, -5)),
  ).toEqual(["t", "o", "␣", "b", "e"]);
  expect((await recurra("show", run, "--inputs", row, "--what", "h", "-o", "x.png")).err).toContain(
    "NAME.svg or NAME.html",
  );
  const near = await recurra("words", run, "--neighbours", "t", "--top", "3");
  expect(near.out.trim().split("\n")).toHaveLength(4);
  const sum = await recurra("words", run, "--analogy", "t - o + e", "--top", "2");
  expect(sum.out).not.toMatch(/"[toe]"/);
  for (const by of ["pca", "umap"]) {
    expect((await recurra("words", run, "--out", map, "--by", by)).err).toBe("");
    expect(readFileSync(map, "utf8")).toContain("&lt;unk&gt;");
  }
  expect((await recurra("words", run, "--neighbours", "q")).err).toContain("has no symbol `q`");
  expect((await recurra("words", run)).err).toContain("nothing to show");
});

test("a map by principal components keeps the distances of points of a plane; neighbours are the nearest by angle", async () => {
  const rows = [
    [0, 0, 0],
    [3, 0, 0],
    [0, 4, 0],
    [1, 1, 0],
  ];
  const points = await mapOf(rows, "pca");
  const distance = (a: number, b: number): number =>
    Math.hypot(...[0, 1].map((i) => (points[a]?.[i] ?? NaN) - (points[b]?.[i] ?? NaN)));
  expect(distance(0, 1)).toBeCloseTo(3, 10);
  expect(distance(1, 2)).toBeCloseTo(5, 10);
  expect(cosineOf([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 12);
  const found = neighboursOf(
    [
      [1, 0],
      [0, 1],
      [2, 0.1],
      [-1, 0],
    ],
    0,
    2,
  );
  expect(found.map(({ row }) => row)).toEqual([2, 1]);
});

test("umap is the same each time, and keeps two groups apart", async () => {
  const rows = Array.from({ length: 24 }, (_, row) => [row % 2 === 0 ? 10 : -10, Math.sin(row), Math.cos(row)]);
  const points = await mapOf(rows, "umap");
  expect(await mapOf(rows, "umap")).toEqual(points);
  const nearest = points.map(([x, y], own) => {
    const others = points.map(([a, b], index) => ({
      index,
      away: index === own ? Infinity : Math.hypot(a - x, b - y),
    }));
    return others.reduce((best, each) => (each.away < best.away ? each : best)).index;
  });
  expect(nearest.every((index, own) => index % 2 === own % 2)).toBe(true);
});

test("a trace says along which input each axis goes", async () => {
  const text =
    'use GRU, AttentionDecoder from "cells"\nmodel M {\n  input source: seq [2]\n  input x: seq [1]\n  enc = GRU(3)(source)\n  dec = AttentionDecoder(3)(x, memory = enc)\n  output dec.a, dec\n}';
  const model = await compile(text, { target: "reference" });
  const { values } = await model.trace(
    {
      source: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      x: [[1], [2]],
    },
    { show: ["enc"] },
  );
  const along = Object.fromEntries(values.map((value) => [value.name, value.along]));
  expect(along).toMatchObject({ enc: ["source", null], "dec.a": ["x", "source"], dec: ["x", null] });
});

const LOOKING = `use AttentionDecoder from "cells"

model Looking(H = 3) {
  input image: seq [1]
  target words: seq char[V]
  a = AttentionDecoder(H)(embed(words[t-1], 2), memory = image)
  predict words from linear(a, out = V)
}
`;

test("attention over a picture is a picture for each symbol", async () => {
  const folder = temporaryFolder();
  const spec = join(folder, "looking.rec");
  writeFileSync(spec, LOOKING);
  const image = [[0], [1], [1], [0], [1], [0]];
  const rows = ["ab", "ba", "aa", "bb"].map((words) => JSON.stringify({ image, words }));
  const { run } = await trainedOn(spec, rows.join("\n"));
  const [row, out] = [join(folder, "row.json"), join(folder, "looked.svg")];
  writeFileSync(row, JSON.stringify({ image, words: "ab" }));
  const show = (...more: readonly string[]): ReturnType<typeof recurra> =>
    recurra("show", run, "--inputs", row, "--what", "a.a", "-o", out, ...more);
  expect((await show("--picture", "2x3")).err).toBe("");
  const picture = readFileSync(out, "utf8");
  for (const title of ["a.a at a", "a.a at b", "a.a at &lt;end&gt;"]) expect(picture).toContain(`>${title}<`);
  expect(picture).not.toContain(">a.a at 3<");
  expect((await show("--picture", "2x2")).err).toContain(
    "`a.a` has 6 elements at a step, which are no picture of 2 x 2",
  );
  expect((await show("--picture", "6")).err).toContain("expected lines and columns, as in `7x7`");
});
