// Files of rows and texts in the forms that people have: other delimiters, and packed by gzip. All are read as the plain file is.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { fileData } from "../../src/data/data-file.ts";
import { rowsInFile } from "../../src/data/row-file.ts";
import { Rows } from "../../src/data/rows.ts";
import { numbers, problem, sourceOf, tokens } from "./sources.ts";

const FIELDS = [tokens("text", "char"), numbers("pair", [2]), numbers("total", [])];
const CELLS = [
  ["text", "other", "pair", "total"],
  ["a, b; c\td", "x", "[1,2]", "-1.5e2"],
  ['said "no"', "", "[3,4]", ".5"],
];

function separated(delimiter: string): string {
  const cell = (text: string): string => (/[",;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return CELLS.map((row) => `${row.map(cell).join(delimiter)}\n`).join("");
}

const folder = mkdtempSync(join(tmpdir(), "recurra-formats-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["data.csv", ";"],
  ["data.csv", "\t"],
  ["data.tsv", "\t"],
])("%s with %j between its cells", (name, delimiter) => {
  const plain = new Rows(rowsInFile(sourceOf("data.csv", separated(","))), FIELDS);
  const rows = new Rows(rowsInFile(sourceOf(name, separated(delimiter))), FIELDS);
  expect(rows.count).toBe(2);
  for (let row = 0; row < 2; row++) expect(rows.read(row)).toEqual(plain.read(row));
});

test("a file of tabs has tabs even where its first line has more commas", () => {
  const rows = new Rows(rowsInFile(sourceOf("data.tsv", "a,b,c\ttotal\nx\t3\n")), [numbers("total", [])]);
  expect(rows.read(0).get("total")).toMatchObject({ numbers: [3] });
});

test.each(["rows.csv.gz", "rows.tsv.gz", "rows.CSV.GZ"])("%s is unpacked", (name) => {
  const path = join(folder, name);
  writeFileSync(path, gzipSync(separated("\t")));
  const data = fileData(path);
  expect(data.layout).toBe("rows");
  const rows = new Rows(data.rows(), FIELDS);
  expect(rows.read(1).get("total")).toMatchObject({ numbers: [0.5] });
  rows.close();
});

test("a packed text is read as the text", () => {
  const path = join(folder, "book.txt.gz");
  writeFileSync(path, gzipSync("it was the best of times\n".repeat(5000)));
  const text = fileData(path).text("char");
  expect(text.length).toBe(125_000);
  text.close();
});

test("a damaged packed file is one error, which loses nothing", () => {
  const path = join(folder, "damaged.csv.gz");
  const packed = gzipSync(separated(","));
  for (const bytes of [packed.subarray(0, 30), Buffer.from("a,b\n1,2\n"), Buffer.alloc(0)]) {
    writeFileSync(path, bytes);
    expect(problem(() => fileData(path).rows())).toBe(
      `${path}: this file could not be unpacked: it is damaged, or gzip has not written it`,
    );
  }
});
