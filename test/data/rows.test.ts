// Files of rows: the data of good ones, the messages for bad ones, and bounded memory.
import { describe, expect, test } from "vitest";
import type { FieldSpec } from "../../src/data/field.ts";
import { Rows } from "../../src/data/rows.ts";
import { formatOf } from "../../src/data/row-format.ts";
import { buildVocabulary } from "../../src/data/vocabulary.ts";
import { rowsInFile } from "../../src/data/row-file.ts";
import { jsonLines, numbers, problem, rowsOf, sourceOf, tokens } from "./sources.ts";

const TEXT = tokens("text", "char");
const LABEL = tokens("label", "label");
const PAIRS = numbers("pairs", [2], { time: "T.pairs" });
const TOTAL = numbers("total", []);

describe("good rows", () => {
  test("JSON Lines: text is cut into symbols, arrays are taken as they are, other fields do not matter", () => {
    const fields = [
      TEXT,
      LABEL,
      PAIRS,
      TOTAL,
      tokens("words", "word"),
      tokens("ids", "token"),
      numbers("image", ["M", 2]),
    ];
    const row = {
      text: "a😀",
      label: 3,
      pairs: [
        [1, 2],
        [3, 4.5],
      ],
      total: true,
      words: ["New York", "!"],
      ids: [7, 0],
      image: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      other: null,
    };
    const rows = rowsOf([row], fields);
    expect(Object.fromEntries(rows.read(0))).toEqual({
      text: { kind: "symbols", symbols: ["a", "😀"], steps: 2 },
      label: { kind: "symbols", symbols: ["3"], steps: 1 },
      pairs: { kind: "numbers", numbers: [1, 2, 3, 4.5], steps: 2 },
      total: { kind: "numbers", numbers: [1], steps: 1 },
      words: { kind: "symbols", symbols: ["New York", "!"], steps: 2 },
      ids: { kind: "ids", ids: [7, 0], steps: 2 },
      image: { kind: "numbers", numbers: [1, 2, 3, 4, 5, 6], steps: 1 },
    });
    expect(rows.sizes).toEqual(
      new Map([
        ["ids", 8],
        ["M", 3],
      ]),
    );
    expect([...rows.steps("T.pairs")]).toEqual([2]);
  });

  test("CSV and JSON Lines have the same result", () => {
    const fields = [TEXT, LABEL, PAIRS, TOTAL, tokens("tags", "label", { time: "T.tags" })];
    const csv = [
      "label,other,text,pairs,total,tags",
      'good,1,"said ""no""\nand left","[[1,2],[3,4]]",-1.5e2,"[""A"",2]"',
      'bad,,[sic] so,"[]",0,"[]"',
      'bad,,"[""ab"",""c""]","[[0,1]]",.5,"[]"',
    ].join("\r\n");
    const json = [
      {
        label: "good",
        text: 'said "no"\nand left',
        pairs: [
          [1, 2],
          [3, 4],
        ],
        total: -150,
        tags: ["A", 2],
      },
      { label: "bad", text: "[sic] so", pairs: [], total: 0, tags: [] },
      { label: "bad", text: ["ab", "c"], pairs: [[0, 1]], total: 0.5, tags: [] },
    ];
    const [a, b] = [new Rows(rowsInFile(sourceOf("data.csv", csv)), fields), rowsOf(json, fields)];
    expect(a.count).toBe(3);
    for (let row = 0; row < 3; row++) expect(a.read(row)).toEqual(b.read(row));
    expect([a.lineOf(0), a.lineOf(1), a.lineOf(2)]).toEqual([2, 4, 5]);
  });

  test("an optional field is in all rows or in none", () => {
    const fields = [TEXT, tokens("label", "label", { required: false })];
    expect(rowsOf([{ text: "a" }, { text: "b", label: null }], fields).fields.map(({ name }) => name)).toEqual([
      "text",
    ]);
    expect(rowsOf([{ text: "a", label: "x" }], fields).fields.map(({ name }) => name)).toEqual(["text", "label"]);
    expect(problem(() => rowsOf([{ text: "a" }, { text: "b", label: "x" }], fields))).toContain(
      "data.jsonl:2: `label` is here, but not in the rows before: it must be in all rows or in none",
    );
    expect(problem(() => rowsOf([{ text: "a", label: "x" }, { text: "b" }], fields))).toContain(
      "data.jsonl:2: `label` is missing: expected a label",
    );
  });
});

/** A file, the fields, and what is said of it behind `data.jsonl:`. */
const BAD: readonly (readonly [title: string, content: string, fields: readonly FieldSpec[], message: string])[] = [
  ["no JSON", "{", [TEXT], "1: this line is not JSON"],
  ["no object", "[1]", [TEXT], '1: expected an object such as {"name": …}'],
  ["a missing field", "{}", [TEXT], "1: `text` is missing: expected text, or an array of characters"],
  ["a field that is null", '{"total":null}', [TOTAL], "1: `total`: expected a number, found null"],
  ["an inherited name", "{}", [tokens("constructor", "label")], "1: `constructor` is missing: expected a label"],
  ["a wrong type", '{"total":"3"}', [TOTAL], '1: `total`: expected a number, found "3"'],
  ["an object for text", '{"text":{}}', [TEXT], "1: `text`: expected text, or an array of characters, found {}"],
  ["a number among characters", '{"text":["a",1]}', [TEXT], "1: `text[1]`: expected one character, found 1"],
  [
    "text for labels",
    '{"l":"ab"}',
    [tokens("l", "label", { time: "T" })],
    '1: `l`: expected an array of labels, found "ab"; write one label for each step, such as ["ab"]',
  ],
  [
    "two characters for one",
    '{"c":"ab"}',
    [tokens("c", "char", { time: null })],
    '1: `c`: expected one character, found "ab"',
  ],
  ["an array for a label", '{"label":["a"]}', [LABEL], '1: `label`: expected a label, found ["a"]'],
  ["a broken id", '{"k":[1.5]}', [tokens("k", "token")], "1: `k[0]`: expected a token number, found 1.5"],
  [
    "an id without room",
    '{"k":[1,5]}',
    [tokens("k", "token", { most: 5 })],
    "1: `k[1]`: expected a token number below 5, found 5",
  ],
  ["a number for an array", '{"pairs":3}', [PAIRS], "1: `pairs`: expected an array of arrays of 2 numbers, found 3"],
  ["a wrong size", '{"pairs":[[1,2],[1]]}', [PAIRS], "1: `pairs[1]`: expected 2 elements, found 1"],
  ["a flat array", '{"pairs":[1,2]}', [PAIRS], "1: `pairs[0]`: expected an array of 2 numbers, found 1"],
  ["text in an array", '{"pairs":[[1,"a"]]}', [PAIRS], '1: `pairs[0][1]`: expected a number, found "a"'],
  [
    "a number too large",
    '{"total":1e39}',
    [TOTAL],
    "1: `total`: expected a number, found 1e+39, which is too large: at most 3.4e38",
  ],
  [
    "a ragged array",
    '{"m":[[1,2],[3]]}',
    [numbers("m", ["R", "C"])],
    "1: `m[1]`: expected 2 elements (C, as before it in this row), found 1",
  ],
  [
    "a size unlike the first",
    '{"v":[1,2]}\n{"v":[1]}',
    [numbers("v", ["D"])],
    "2: `v`: expected 2 elements (D, as in line 1), found 1",
  ],
  [
    "sequences that are not aligned",
    '{"w":["a","b"],"t":["N"]}',
    [tokens("w", "word", { time: "T" }), tokens("t", "label", { time: "T" })],
    "1: `t` has 1 step, but `w` has 2: the numbers must be equal",
  ],
];

describe("bad rows", () => {
  test.each(BAD)("%s", (_, content, fields, message) => {
    const said = problem(() => new Rows(rowsInFile(sourceOf("data.jsonl", content)), fields));
    expect(said.split("\n").at(-1)).toBe(`  data.jsonl:${message}`);
  });

  test("bytes that are not UTF-8", () => {
    const content = Buffer.concat([Buffer.from('{"text":"a"}\n{"text":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    expect(problem(() => new Rows(rowsInFile(sourceOf("data.jsonl", content)), [TEXT]))).toBe(
      "data.jsonl: 1 row is wrong, of 2\n  data.jsonl:2: this row is not UTF-8",
    );
  });

  test("a label that a trained model does not know; a character becomes unknown", () => {
    const vocabulary = buildVocabulary("label", ["x"], { start: false, end: false, minCount: 1 });
    const text = buildVocabulary("char", ["a"], { start: false, end: false, minCount: 1 });
    const vocabularies = new Map([
      ["label", vocabulary],
      ["text", text],
    ]);
    const known = { vocabularies, sizes: new Map() };
    expect(problem(() => rowsOf([{ text: "b", label: "y" }], [TEXT, LABEL], { known }))).toContain(
      'data.jsonl:1: `label`: the label "y" does not occur in the training data',
    );
    expect(rowsOf([{ text: "b", label: "x" }], [TEXT, LABEL], { known }).count).toBe(1);
  });

  test("a size that differs from the trained model's", () => {
    const known = {
      vocabularies: new Map(),
      sizes: new Map([
        ["D", 3],
        ["k", 4],
      ]),
    };
    expect(problem(() => rowsOf([{ v: [1] }], [numbers("v", ["D"])], { known }))).toContain(
      "data.jsonl:1: `v`: expected 3 elements (D, as in the model), found 1",
    );
    expect(problem(() => rowsOf([{ k: [4] }], [tokens("k", "token")], { known }))).toContain(
      "data.jsonl:1: `k[0]`: expected a token number below 4, found 4",
    );
  });

  test("the first ten are reported and the rest counted; with skipping they are only counted", () => {
    const rows = [{ v: [1, 2] }, ...Array.from({ length: 12 }, () => ({ v: "no" })), { v: [1, 2] }];
    const said = problem(() => rowsOf(rows, [numbers("v", ["D"])])).split("\n");
    expect([said.length, said[0], said[1], said[11]]).toEqual([
      12,
      "data.jsonl: 12 rows are wrong, of 14",
      '  data.jsonl:2: `v`: expected an array of D numbers, found "no"',
      "  and 2 more",
    ]);
    const kept = rowsOf(rows, [numbers("v", ["D"])], { skipBad: true });
    expect([kept.count, kept.skipped.count, kept.skipped.first.length, kept.lineOf(1)]).toEqual([2, 12, 10, 14]);
  });

  test("a file without rows, and one in which all are wrong", () => {
    expect(problem(() => rowsOf([], [TEXT]))).toBe("data.jsonl: there are no rows in this file");
    expect(problem(() => rowsOf([{}], [TEXT], { skipBad: true }))).toContain(
      "data.jsonl: there are no good rows in this file, of 1\n  data.jsonl:1: `text` is missing",
    );
  });

  test.each([
    ["an unknown ending", "data.txt", "a", "data.txt: rows are read from JSON Lines (.jsonl) or CSV (.csv, .tsv)"],
    ["an empty CSV", "data.csv", "", "data.csv: the file is empty; its first line names the columns"],
    ["equal columns", "data.csv", "a,a\n", "data.csv:1: two columns have the same name"],
    ["a column that is missing", "data.csv", "a,b\n1,2", "data.csv:1: there is no column `text`; the columns are a, b"],
    ["too few cells", "data.csv", "text,b\n1", "  data.csv:2: expected 2 cells, as in the first line, found 1"],
    ["an open quote", "data.csv", 'text\nx\n"a\nb', "  data.csv:3: this is not a row of CSV: a quote is not closed"],
    [
      "a quote inside a cell",
      "data.csv",
      'text\na"b"',
      "  data.csv:2: this is not a row of CSV: a cell that is not quoted has a quote in it",
    ],
    [
      "something behind a quote",
      "data.csv",
      'text\n"a"b',
      "  data.csv:2: this is not a row of CSV: something follows a closing quote",
    ],
  ] as const)("CSV and files: %s", (_, name, content, message) => {
    expect(
      problem(() => new Rows(rowsInFile(sourceOf(name, content)), [TEXT]))
        .split("\n")
        .at(-1),
    ).toBe(message);
  });

  test("CSV: an empty cell is a missing value, but empty text for a sequence; arrays must be JSON", () => {
    const rows = new Rows(rowsInFile(sourceOf("data.csv", 'text,label\n"",x')), [TEXT, LABEL]);
    expect(rows.read(0).get("text")?.steps).toBe(0);
    expect(problem(() => new Rows(rowsInFile(sourceOf("data.csv", "total,b\n,1")), [TOTAL]))).toContain(
      "data.csv:2: `total` is missing: expected a number",
    );
    expect(problem(() => new Rows(rowsInFile(sourceOf("data.csv", "total\nabc")), [TOTAL]))).toContain(
      'expected a number, found "abc"',
    );
    expect(problem(() => new Rows(rowsInFile(sourceOf("data.csv", "pairs\n1;2")), [PAIRS]))).toContain('found "1;2"');
  });

  test("a file that changes after it was checked is refused", () => {
    let content = jsonLines([{ text: "ab" }]);
    const source = {
      ...sourceOf("data.jsonl", content),
      read: (at: number, size: number) => Buffer.from(content).subarray(at, at + size),
    };
    const rows = new Rows(rowsInFile(source), [TEXT]);
    content = jsonLines([{ text: "a" }]) + " ";
    expect(problem(() => rows.read(0))).toBe("data.jsonl: the file has changed since it was opened; start again");
  });
});

describe("large files", () => {
  test("5 MB are checked and read in pieces of 16 KiB, each byte once; a row costs its own bytes", () => {
    const rows = Array.from({ length: 25_000 }, (_, index) => ({ text: `${index} `.repeat(30), label: index % 3 }));
    const content = jsonLines(rows);
    expect(content.length).toBeGreaterThan(4_500_000);
    const source = sourceOf("data.jsonl", content);
    const read = new Rows(rowsInFile(source), [TEXT, LABEL], { piece: 1 << 14 });
    expect(read.count).toBe(rows.length);
    expect(source.largest).toBeLessThanOrEqual(1 << 14);
    expect(source.total).toBeLessThan(content.length + 100);
    const before = source.total;
    expect(read.read(20_000).get("text")).toMatchObject({ symbols: [..."20000 ".repeat(30)] });
    expect(source.total - before).toBeLessThan(300);
  });

  test("formats are chosen by the ending alone", () => {
    expect(formatOf(sourceOf("A.JSONL", "")).ends).toBe("lines");
    expect(formatOf(sourceOf("a.b.csv", "x")).ends).toBe("quoted");
  });
});
