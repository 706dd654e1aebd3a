// docs/reference agrees with the compiler's tables.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exampleOfCodes, referencePages } from "../../scripts/generate-reference.ts";
import { ROOT } from "../support/command.ts";

const pages = await referencePages();

test.each([...pages.keys()])("docs/reference/%s is current (npm run generate)", (name) => {
  expect(readFileSync(`${ROOT}docs/reference/${name}`, "utf8")).toBe(pages.get(name));
});

/** What they tell of depends on more files than the one that is checked. */
const OF_SEVERAL_FILES = ["unreadable-file", "cyclic-use"];

test("every code of a message has an example in test/golden", () => {
  const folder = `${ROOT}src/lang`;
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(`${folder}/${file}`, "utf8"));
  const codes = sources.flatMap((text) =>
    [...text.matchAll(/\b(?:error|warning)\(\s*"([\w-]+)"|\bcode: "([\w-]+)"/g)].map(
      ([, called, given]) => called ?? given ?? "",
    ),
  );
  expect(codes.length).toBeGreaterThan(40);
  expect(codes.filter((code) => !exampleOfCodes().has(code))).toEqual(OF_SEVERAL_FILES);
});
