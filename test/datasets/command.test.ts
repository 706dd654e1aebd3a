// `recurra data`: the list, the files that it writes, and what it refuses.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DATA_SETS } from "../../src/datasets/list.ts";
import { recurra, recurraIn, temporaryFolder } from "../support/command.ts";

test("without a name it lists all data sets with their source, licence and size", async () => {
  const { out, code } = await recurra("data");
  expect(code).toBe(0);
  const [heading, ...rows] = out.trim().split("\n");
  expect(heading).toMatch(/^name +what the files hold +from +licence +size$/);
  expect(rows.map((row) => row.split(" ")[0])).toEqual(DATA_SETS.map(({ name }) => name));
  expect(rows.find((row) => row.startsWith("phonemes"))).toMatch(/ cmu-pronouncing-dictionary +ISC +8 MB$/);
});

test("rows go to three files, in data/NAME unless -o says where", async () => {
  const folder = temporaryFolder();
  const { out, err, code } = await recurraIn(folder, ["data", "phonemes", "--rows", "20"]);
  expect([err, code]).toEqual(["", 0]);
  expect(out).toContain("licence ISC");
  expect(out).toContain("fields: letters: seq char[L]; phonemes: seq label[P]");
  expect(out).toContain(`${join("data", "phonemes", "train.jsonl")}: 20 rows, `);
  const lines = readFileSync(join(folder, "data/phonemes/train.jsonl"), "utf8").trim().split("\n");
  expect(lines).toHaveLength(20);
  for (const line of lines) expect(line).toMatch(/^\{"letters":"[a-z']+","phonemes":\[("[A-Z]+",?)+\]\}$/);
  await recurraIn(folder, ["data", "moby-dick", "-o", "book"]);
  expect(["train", "valid", "test"].map((part) => existsSync(join(folder, "book", `${part}.txt`)))).toEqual([
    true,
    true,
    true,
  ]);
});

test.each([
  [["tags", "--length", "3"], 1, "error: `tags` does not take --length\n"],
  [["mnist"], 2, "Allowed choices are moby-dick, "],
])("%s is refused", async (args, expected, message) => {
  const { code, err } = await recurraIn(temporaryFolder(), ["data", ...args]);
  expect(code).toBe(expected);
  expect(err).toContain(message);
});
