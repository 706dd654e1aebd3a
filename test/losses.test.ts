// Golden values of losses with arguments, weights and sums (test/losses), from torch.nn in float64: ragged batches, on several targets,
// predictions, losses and gradients.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { open } from "../src/compile.ts";
import { readGolden } from "../src/golden/golden.ts";
import { verify } from "../src/golden/verify.ts";
import { loadFromDisk } from "../src/shipped/specs.ts";
import { withTarget } from "../src/targets/registry.ts";

const FOLDER = "test/losses";
const source = { name: "losses.rec", text: readFileSync(`${FOLDER}/losses.rec`, "utf8") };
const { definitions } = open(source, loadFromDisk);
const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));

test("every loss of the folder has golden values", () => {
  expect(files.map((file) => file.replace(".json", "")).toSorted()).toEqual([...definitions.keys()].toSorted());
});

for (const [target, tolerance] of [
  // Both sides are float64 and differ in the order of sums only.
  ["reference", 1e-10],
  // float32: sums of some dozen numbers of order 1
  ["wasm", 1e-5],
  ["tfjs-cpu", 1e-5],
] as const)
  test.each(files)(`${target}: %s within ${tolerance}`, async (file) => {
    const golden = readGolden(readFileSync(`${FOLDER}/${file}`, "utf8"), file);
    const name = file.replace(".json", "");
    const definition = definitions.get(name) ?? expect.fail(`no model ${name}`);
    const comparisons = await withTarget(target, (device) => verify(definition, golden, device));
    // The loss, the prediction, and the gradient by each weight.
    expect(comparisons.length).toBeGreaterThanOrEqual(4);
    for (const each of comparisons) expect(each.error, `${file}: ${each.name}`).toBeLessThan(tolerance);
  });
