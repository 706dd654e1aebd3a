// Lists of user data that are longer than the arguments that a call can take: about 120,000 overflow the stack of a default Node.
import { expect, test } from "vitest";
import { table } from "../../src/cli/table.ts";
import { Batches } from "../../src/data/batches.ts";
import { rowsOf, tokens } from "../data/sources.ts";

const COUNT = 200_000;

test("a table of 200,000 rows", () => {
  const lines = table(Array.from({ length: COUNT }, (_, index) => [String(index), "x"])).split("\n");
  expect(lines).toHaveLength(COUNT);
  expect([lines[0], lines.at(-1)]).toEqual(["     0  x", "199999  x"]);
});

test("a batch of 200,000 rows", () => {
  const rows = rowsOf(
    Array.from({ length: COUNT }, () => ({ k: [1] })),
    [tokens("k", "token")],
  );
  const none = { vocabularies: new Map(), sizes: new Map() };
  const { arrays } = new Batches({ rows, from: 0, to: COUNT }, none, { batch: COUNT, seed: null }).at(0, 0);
  expect(arrays.get("k")?.shape).toEqual([1, COUNT]);
});
