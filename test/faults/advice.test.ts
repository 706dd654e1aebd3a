// The advice when numbers are no longer finite: a smaller learning rate only if the learning rate is the cause.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { beginRun } from "../../src/cli/train-begin.ts";
import { trainAndSave } from "../../src/cli/train-run.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";

const folder = mkdtempSync(join(tmpdir(), "recurra-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SPEC = join(folder, "ratio.rec");
writeFileSync(
  SPEC,
  `model Ratio {
  input x: seq [1]
  target y: []
  predict y from linear(last(x / (x - 2)), out = [])
  train { optimizer sgd(lr = 0.01); batch 1; epochs 1; seed 3 }
}
`,
);

let runs = 0;
async function messageOf(rows: readonly (readonly number[])[], lr: number): Promise<string> {
  const data = join(folder, `${(runs += 1)}.jsonl`);
  writeFileSync(data, rows.map((x) => `${JSON.stringify({ x: x.map((each) => [each]), y: 1 })}\n`).join(""));
  const run = beginRun(SPEC, { data, target: "reference", set: [], out: join(folder, `run ${runs}`), lr });
  const ended = await trainAndSave({ ...run, out: { write: () => {} } }, referenceTarget()).then(
    () => "no error",
    (problem: unknown) => String(problem),
  );
  return ended;
}

const FINE = Array.from({ length: 30 }, (_, row) => [3 + (row % 4), 5]);

test("a row for which the spec is not finite: not the learning rate, at whatever update it comes", async () => {
  for (const at of [0, 10, 20]) {
    const rows = FINE.with(at, [5, 2]);
    expect(await messageOf(rows, 0.01)).toMatch(
      /^UserError: update \d+: the loss is (NaN|Infinity).*\. The last saved state is kept\. It is not the learning rate: with the weights of the start this batch gives no finite number either\. Look in the spec for a division by 0 or a logarithm of 0$/,
    );
  }
});

test("a learning rate that is too large: a smaller one", async () => {
  expect(await messageOf(FINE, 1e30)).toMatch(/^UserError: update [^1]\d*: .*Try a smaller learning rate \(--lr\)/);
});
