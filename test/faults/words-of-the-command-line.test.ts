// Errors that the command line shares with the library advise options of the command line, not those of the library.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { recurra, temporaryFolder } from "../support/command.ts";

test.each([
  [["specs/cells/gru.rec", "--cell", "GRU"], "the size H of the weight `r.x` is not known: add `--set H=…`"],
  [["specs/models/charlm.rec"], "the size V of the weight `e.table` is not known: add `--set V=…`"],
])("an open size of %j asks for an option of the command line", async (args, message) => {
  const { code, err } = await recurra("compile", ...args, "-o", join(temporaryFolder(), "x.mjs"));
  expect([code, err]).toEqual([1, `error: ${message}\n`]);
});

test("a weight that is not finite is named, without an option of the library", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "w.safetensors");
  const tensors = new Map([["r.b", { dtype: "F32" as const, shape: [2], data: Float32Array.of(1, NaN) }]]);
  writeFileSync(file, writeSafetensors({ tensors, metadata: {} }));
  const sizes = ["--set", "H=2", "--set", "I=1", "--weights", file, "-o", join(folder, "x.mjs")];
  const { code, err } = await recurra("compile", "specs/cells/gru.rec", "--cell", "GRU", ...sizes);
  expect([code, err]).toEqual([1, "error: `r.b[1]` is NaN, which is not a finite number\n"]);
});
