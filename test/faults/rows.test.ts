// Rows from real files: CSV of old programs, blanks around labels, duplicate keys, numbers that are too large, lines that are too long,
// labels in one string, and rows without anything to learn.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { beginRun, type Begun } from "../../src/cli/train-begin.ts";
import { trainAndSave } from "../../src/cli/train-run.ts";
import { recordsOf } from "../../src/data/records.ts";
import { Rows } from "../../src/data/rows.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { openMeasuredData } from "../../src/train/open-data.ts";
import { fileData } from "../../src/data/data-file.ts";
import { rowsInFile } from "../../src/data/row-file.ts";
import { jsonLines, numbers, sourceOf, tokens } from "../data/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "recurra-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

let count = 0;
/** A run of a model on the rows of a text. */
function begun(model: string, data: string, ending = "jsonl", valid?: string): Begun {
  count += 1;
  const path = file(`${count}.${ending}`, data);
  return beginRun(file(`${count}.rec`, model), {
    data: path,
    ...(valid === undefined ? {} : { valid: file(`${count} valid.${ending}`, valid) }),
    set: [],
    out: join(folder, String(count)),
    target: "reference",
    epochs: 1,
  });
}

async function said(run: Begun): Promise<string> {
  let text = "";
  await trainAndSave({ ...run, out: { write: (part: string) => (text += part) } }, referenceTarget());
  return text;
}

const CLASSES = `use RNN from "cells"
model Cls(E = 2, H = 2) {
  input text: seq word[V]
  target label: label[C]
  predict label from linear(last(RNN(H)(embed(text, E))), out = C)
}
`;

describe("CSV", () => {
  test("blanks around a label are no part of it, and training names the classes", async () => {
    const rows = ["good one,pos", "bad one,neg", "good one,pos", "fine one,Pos ", "worse one, neg", "bad one,\tneg"];
    const run = begun(CLASSES, ["text, label", ...rows, ""].join("\n"), "csv");
    expect(run.data.vocabularies.get("C")?.symbols).toEqual(["Pos", "neg", "pos"]);
    expect(await said(run)).toContain('C: "Pos", "neg", "pos"\n');
  });

  test.each([
    ["\\r", "\r"],
    ["\\n", "\n"],
    ["\\r\\n", "\r\n"],
  ])("lines that end in %s, with a line's end inside quotes", (_, end) => {
    const text = ["text,label", `"one${end}two",a`, "three,b", ""].join(end);
    const rows = new Rows(rowsInFile(sourceOf("data.csv", text)), [tokens("text", "word"), tokens("label", "label")]);
    expect(rows.count).toBe(2);
    expect(rows.read(0).get("text")).toMatchObject({ symbols: ["one", "two"] });
    expect(rows.read(1).get("label")).toMatchObject({ symbols: ["b"] });
  });

  test("the line's end is found after a first line that is longer than one read", () => {
    const text = `"${"a\n".repeat(50_000)}",b\r1,2\r3,4\r`;
    const first = `${"a\n".repeat(50_000)}`.trim();
    const rows = new Rows(rowsInFile(sourceOf("data.csv", text)), [numbers("b", [])]);
    expect([rows.count, first.length]).toEqual([2, 99_999]);
  });
});

describe("odd rows", () => {
  const FIELDS = [numbers("pairs", [2], { time: "T" }), numbers("total", [])];
  const problem = (text: string): string => {
    try {
      new Rows(rowsInFile(sourceOf("rows.jsonl", text)), FIELDS);
      return "taken";
    } catch (caught) {
      return caught instanceof Error ? (caught.message.split("\n")[1]?.trim() ?? caught.message) : String(caught);
    }
  };

  test.each([
    ['{"pairs": [[1, 1]], "pairs": [[2, 2]], "total": 1}', "rows.jsonl:1: `pairs` is in this row twice"],
    ['{"total": 1, "pairs": [], "total": 1}', "rows.jsonl:1: `total` is in this row twice"],
    ['{"pairs": [[1, 1]], "other": {"pairs": 1, "total": ["total"]}, "x": "total", "total": 1}', "taken"],
    ['{"pairs": [[1, 1]], "total": 1, "x": "\\"total\\": {"}', "taken"],
    [
      '{"pairs": [[1e400, 1]], "total": 1}',
      "rows.jsonl:1: `pairs[0][0]`: expected a number, found a number beyond 1.8e308, which is too large: at most 3.4e38",
    ],
    [
      '{"pairs": [[-1e39, 1]], "total": 1}',
      "rows.jsonl:1: `pairs[0][0]`: expected a number, found -1e+39, which is too large: at most 3.4e38",
    ],
  ])("%s", (text, expected) => {
    expect(problem(text)).toBe(expected);
  });

  test("an integer that JSON cannot represent exactly is not a label", () => {
    const rows = (text: string): Rows => new Rows(rowsInFile(sourceOf("rows.jsonl", text)), [tokens("l", "label")]);
    expect(() => rows('{"l": 9007199254740993}')).toThrow("`l`: expected a label, found 9007199254740992");
    expect(rows('{"l": "9007199254740993"}\n{"l": 1.5}\n{"l": -3}').count).toBe(3);
  });

  test("labels in one string: the message shows the array that was meant", () => {
    const rows = (): Rows =>
      new Rows(rowsInFile(sourceOf("rows.jsonl", '{"tags": "DT NN"}')), [tokens("tags", "label", { time: "T" })]);
    expect(rows).toThrow('`tags`: expected an array of labels, found "DT NN"; write one label for each step, such as ["DT","NN"]');
  });
});

describe("a line that is too long", () => {
  const long = `{"a": 1}\n{"a": [${"1,".repeat(2000)}1]}\n`;

  test("is an error that names it, whether it is read whole or not, at the end or not", () => {
    const read = (text: string, piece: number): unknown[] => [
      ...recordsOf(sourceOf("rows.jsonl", text), { ends: "lines", piece, longest: 1024 }),
    ];
    for (const piece of [64, 1024, 1 << 20])
      for (const text of [long, long.trimEnd(), `${long}{"a": 1}\n`])
        expect(() => read(text, piece)).toThrow(/^rows\.jsonl:2: this row is too long: it has more than .* MiB/);
    expect(read('{"a": 1}\n{"a": 2}\n', 4)).toHaveLength(2);
  });

  test("of 40 MB is refused without being taken for JSON, holding little more than its limit", () => {
    const source = sourceOf("rows.jsonl", `{"pairs": [${"[0.1,1],".repeat(5_000_000)}[0.1,1]], "total": 1}\n`);
    expect(() => new Rows(rowsInFile(source), [numbers("total", [])])).toThrow(
      "rows.jsonl:1: this row is too long: it has more than 32 MiB; a row is one line; is the whole file on one line?",
    );
    expect(source.largest).toBeLessThanOrEqual(1 << 25);
  });
});

describe("rows from which nothing can be learned", () => {
  const SUM = "model M {\n  input x: seq [1]\n  target y: []\n  predict y from linear(sum(x), out = [])\n}\n";
  const AHEAD = "model M {\n  input x: seq [1]\n  predict x[t+3] from linear(x, out = 1)\n}\n";
  const rows = (each: unknown): string => jsonLines(Array.from({ length: 20 }, () => each));

  test.each([
    ["all are empty", SUM, { x: [], y: 1 }, "nothing can be learned from these rows: `x` has no step in any row"],
    [
      "all labels are null",
      SUM,
      { x: [[1]], y: null },
      "nothing can be learned from these rows: `y` is null in every row",
    ],
    [
      "all targets lie behind the end",
      AHEAD,
      { x: [[1], [2], [3]] },
      "nothing can be learned from these rows: `x[t+3]` lies behind the end of every row: the longest has 3 steps",
    ],
  ])("%s: an error", (_, model, row, why) => {
    expect(() => begun(model, rows(row))).toThrow(why);
  });

  test("nor measured: for a file it is an error, for the last tenth there is a note and no loss", async () => {
    const good = rows({ x: [[1], [2]], y: 1 });
    const bad = rows({ x: [[1], [2]], y: null });
    const run = begun(SUM, good);
    expect(() => openMeasuredData(run.model, fileData(file("bad.jsonl", bad)), run.settings, run.data)).toThrow(
      "nothing can be measured from these rows: `y` is null in every row",
    );
    run.data.close();
    expect(() => begun(SUM, good, "jsonl", bad)).toThrow("nothing can be measured");
    const lines = [
      ...Array.from({ length: 18 }, () => ({ x: [[1]], y: 1 })),
      { x: [[1]], y: null },
      { x: [[1]], y: null },
    ];
    const text = await said(begun(SUM, jsonLines(lines)));
    expect(text).toContain("of the held-out rows nothing is measured: `y` is null in every row");
    expect(text).not.toContain("held out: loss");
  });

  test("a text that is shorter than what is predicted ahead", () => {
    const model =
      "model M(E = 2) {\n  input text: seq char[V]\n  predict text[t+9] from linear(embed(text, E), out = V)\n  train { batch 2 }\n}\n";
    expect(() => begun(model, "abcdefghij", "txt")).toThrow("but 2 streams need at least 20");
  });
});

describe("by binary", () => {
  const SIDE =
    "model M {\n  input x: seq [2]\n  target side: seq [2]\n  predict side from linear(x, out = 2) by binary\n}\n";

  test("accepts numbers from 0 to 1 only: others are reported with row and place", () => {
    const row = (side: number): unknown => ({ x: [[1, 2]], side: [[0.5, side]] });
    expect(() => begun(SIDE, jsonLines([row(1), row(1), row(2)]))).toThrow(
      /\.jsonl:3: `side\[0\]\[1\]`: expected a number from 0 to 1 \(it is predicted `by binary`\), found 2/,
    );
    expect(() => begun(SIDE, jsonLines([row(1), row(-0.1)]))).toThrow("found -0.1");
  });

  test("has an accuracy only where each target is 0 or 1", async () => {
    const row = (side: number): unknown => ({ x: [[1, 2]], side: [[1, side]] });
    const rows = (side: number): string => jsonLines(Array.from({ length: 20 }, () => row(side)));
    expect(await said(begun(SIDE, rows(0)))).toContain("accuracy");
    const soft = await said(begun(SIDE, rows(0.3)));
    expect(soft).toContain("held out: loss");
    expect(soft).not.toContain("accuracy");
  });
});
