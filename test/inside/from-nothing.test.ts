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

test("one text whose weights of steps are an input: it goes on from a prompt, and needs no weights", async () => {
  const DATA = "examples/textbook/translation.jsonl";
  const run = join(temporaryFolder(), "run");
  const data = ["--data", DATA, "--valid", DATA, "--epochs", "60", "--lr", "0.05", "--batch", "4"];
  const trained = await recurra("train", "examples/textbook/wirings.rec", "--model", "OneText", ...data, "--out", run);
  expect(trained.code, trained.err).toBe(0);
  const { out } = await recurra("generate", run, "--prompt", "ein Hund |", "--temperature", "0", "--length", "2");
  expect(out.trim()).toBe("ein Hund | a dog");
  const suggested = await recurra("suggest", run, "--prompt", "ein Hund |", "--top", "1");
  expect(suggested.out).toContain('"a"');
  const rows = join(temporaryFolder(), "rows.jsonl");
  writeFileSync(rows, '{"text": "ein Hund |"}\n');
  const each = await recurra("generate", run, "--input", rows, "--temperature", "0", "--length", "2");
  expect(each.err).toBe("");
  expect(JSON.parse(each.out)).toEqual({ text: "a dog" });
});

test("a text of rows that goes on from what it has read has no first symbol by itself", async () => {
  const run = join(temporaryFolder(), "run");
  const data = ["--data", "examples/textbook/hello.jsonl", "--valid", "examples/textbook/hello.jsonl"];
  await recurra(
    "train",
    "examples/textbook/sentences.rec",
    "--model",
    "Hello",
    ...data,
    "--updates",
    "1",
    "--out",
    run,
  );
  const { err, code } = await recurra("generate", run);
  expect(code).toBe(1);
  expect(err).toContain(
    "`Hello` predicts `text[t+1]` from the symbols before, so it needs a first one: give a `prompt`",
  );
});
