// Beam search on the command line: it is refused together with options of sampling, does not prefer the empty output because it is
// short, and prints the best candidates with their scores.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { recurra, temporaryFolder, type Ended } from "../support/command.ts";

const SPEC = `use GRU from "cells"
model T(H = 4) {
  input source: seq char[S]
  target output: seq char[V]
  c = last(GRU(H)(onehot(source)))
  predict output from linear(GRU(H)(onehot(output[t-1]), h = c), out = V)
}
`;

function expectDone({ code, out, err }: Ended): string {
  expect(code, err).toBe(0);
  return out;
}

function expectRefused({ code, out, err }: Ended, expected: number): string {
  expect(code).toBe(expected);
  expect(out).toBe("");
  return err;
}

const CANDIDATES = z.object({
  candidates: z.array(z.object({ output: z.string(), logProbability: z.number(), score: z.number() })),
});

test("`generate --beam`", { timeout: 240_000 }, async () => {
  const folder = temporaryFolder();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const run = join(folder, "run");
  const spec = file("t.rec", SPEC);
  const rows = file("rows.jsonl", '{"source": "abc", "output": "cba"}\n'.repeat(30));
  const input = file("in.jsonl", '{"source": "abc"}\n');
  expectDone(await recurra("train", spec, "--data", rows, "--updates", "3", "--out", run));
  const generate = ["generate", run, "--input", input, "--length", "6"];

  const both = await recurra(...generate, "--beam", "3", "--temperature", "0.5");
  expect(expectRefused(both, 2)).toContain("option '--beam <n>' cannot be used with option '--temperature <x>'");
  const alone = await recurra(...generate, "--best", "3");
  expect(expectRefused(alone, 1)).toBe("error: --best is for beam search: add --beam N\n");
  const tooMany = await recurra(...generate, "--beam", "2", "--best", "3");
  expect(expectRefused(tooMany, 1)).toBe(
    "error: `best` is 3, but `beam` keeps only 2 candidates: give `beam: 3` or more\n",
  );

  const plain: unknown = JSON.parse(expectDone(await recurra(...generate, "--beam", "3")));
  const search = async (...more: readonly string[]): Promise<z.infer<typeof CANDIDATES>["candidates"]> =>
    CANDIDATES.parse(JSON.parse(expectDone(await recurra(...generate, "--beam", "8", "--best", "3", ...more))))
      .candidates;
  const [unnormalised, normalised] = [await search("--length-penalty", "0"), await search()];
  expect(plain).toEqual({ output: expect.any(String) });
  for (const candidates of [unnormalised, normalised]) {
    expect(candidates).toHaveLength(3);
    expect(new Set(candidates.map(({ output }) => output)).size).toBe(3);
  }
  // After three updates no output is likely: by probability alone the empty one wins.
  expect(unnormalised[0]?.output).toBe("");
  expect(unnormalised[0]?.score).toBe(unnormalised[0]?.logProbability);
  expect(normalised[0]?.output).not.toBe("");
  expect(normalised[0]?.score).toBeGreaterThan(normalised[0]?.logProbability ?? NaN);
});
