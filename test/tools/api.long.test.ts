// docs/reference/api.md agrees with the library's types and comments.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generateApi } from "../../scripts/generate-api.ts";
import { ROOT } from "../support/command.ts";

/** typedoc reads all types of the project: fifteen seconds on an idle core. */
const SLOW = 300_000;

test("docs/reference/api.md is current (npm run generate)", { timeout: SLOW }, async () => {
  expect(readFileSync(`${ROOT}docs/reference/api.md`, "utf8")).toBe(await generateApi());
});
