// `recurra import --into`: what it writes, where, and what it leaves alone.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors } from "../../src/checkpoint/safetensors.ts";
import { open } from "../../src/index.ts";
import { recurraIn, ROOT, temporaryFolder } from "../support/command.ts";
import { arraysOf, expectSame, GOLDEN, SPECS } from "./peer-cases.ts";

const NAME = "pytorch-gru";
const FILE = join(ROOT, GOLDEN, `${NAME}.safetensors`);

function folderWithSpec(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "mine.rec"), SPECS.find(([name]) => name === NAME)?.[1] ?? "");
  return folder;
}

test("a folder is a trained model, which is not replaced", async () => {
  const folder = folderWithSpec();
  const call = ["import", FILE, "--into", "mine.rec", "-o", "run"];
  const { code, out } = await recurraIn(folder, call);
  expect(code).toBe(0);
  expect(out).toContain("y.layer1.z.b  rnn.bias_ih_l1 + rnn.bias_hh_l1\n");
  expect(out).toContain(`${join("run", "weights.safetensors")}\n`);
  const model = await open(join(folder, "run"));
  const { x, full } = arraysOf(NAME);
  expectSame((await model.run({ x: { shape: x.shape, data: x.data } }))["y"] ?? expect.fail("no y"), full, "y");
  model.dispose();
  const before = readFileSync(join(folder, "run/weights.safetensors"));
  const again = await recurraIn(folder, call);
  expect([again.code, again.err]).toEqual([
    1,
    "error: run already holds a trained model (weights.safetensors): name another folder with -o\n",
  ]);
  expect(readFileSync(join(folder, "run/weights.safetensors"))).toEqual(before);
});

test("a file has the names of the spec, and `compile --weights` takes it", async () => {
  const folder = folderWithSpec();
  const { code } = await recurraIn(folder, ["import", FILE, "--into", "mine.rec", "-o", "mine.safetensors"]);
  expect(code).toBe(0);
  const { tensors } = readSafetensors(readFileSync(join(folder, "mine.safetensors")), "mine.safetensors");
  expect(tensors.get("y.layer0.u.h")?.shape).toEqual([4, 4]);
  const compiled = await recurraIn(folder, ["compile", "mine.rec", "--weights", "mine.safetensors", "-o", "mine.mjs"]);
  expect(compiled.code).toBe(0);
});

test("nothing is written if something is left, or if no place is given", async () => {
  const folder = folderWithSpec();
  const left = await recurraIn(folder, ["import", FILE, "--into", "mine.rec", "--map", "fc=", "-o", "run"]);
  expect(left.code).toBe(1);
  expect(left.err).toContain("the file has nothing for 2 weights of the spec");
  const nowhere = await recurraIn(folder, ["import", FILE, "--into", "mine.rec"]);
  expect([nowhere.code, nowhere.err]).toEqual([1, "error: say where to write: -o NAME.safetensors or -o FOLDER\n"]);
  const neither = await recurraIn(folder, ["import", FILE]);
  expect(neither.err).toContain("--into SPEC puts its weights into a spec, --spec writes a spec");
  expect((await recurraIn(folder, ["import", FILE, "--spec", "--into", "mine.rec"])).code).toBe(2);
  expect(readdirSync(folder)).toEqual(["mine.rec"]);
  expect(existsSync(join(folder, "run"))).toBe(false);
});
