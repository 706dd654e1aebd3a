// A model without inputs writes from its start symbol, or goes on from a prompt.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recurra, temporaryFolder } from "../support/command.ts";

test("without --input and --prompt it writes what a row without fields gives", async () => {
  const folder = temporaryFolder();
  const [run, rows] = [join(folder, "run"), join(folder, "nothing.jsonl")];
  writeFileSync(rows, "{}\n");
  const data = ["--data", "examples/textbook/tunes.jsonl", "--epochs", "3", "--lr", "0.02"];
  const trained = await recurra("train", "examples/textbook/wirings.rec", "--model", "Music", ...data, "--out", run);
  expect(trained.code, trained.err).toBe(0);
  const write = async (...args: readonly string[]): Promise<string> => {
    const { out, err, code } = await recurra("generate", run, "--length", "5", "--temperature", "0", ...args);
    expect(err).toBe("");
    expect(code).toBe(0);
    return out.trim();
  };
  const nothing = await write();
  expect(nothing.length).toBeGreaterThan(0);
  expect(JSON.parse(await write("--input", rows))).toEqual({ notes: nothing });
  expect(await write("--prompt", "C D")).toMatch(/^C D \S/);
});
