// The real command line: its output and its exit codes: 0 done, 1 a user's mistake, 2 a wrong call.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readGraph } from "../src/ops/read.ts";
import { loadCheckpoint } from "../src/checkpoint/checkpoint-files.ts";
import { readCellGolden } from "./support/golden.ts";
import { recurra, ROOT, temporaryFolder, type Ended } from "./support/command.ts";

const LSTM = "specs/cells/lstm.rec";
const CHARLM = "specs/models/charlm.rec";
const LSTM_GOLDEN = "test/fixtures/lstm.json";

function expectDone({ code, out, err }: Ended): string {
  expect(err).toBe("");
  expect(code).toBe(0);
  return out;
}

/** Told on standard error, in one sentence or a diagnostic, with nothing on standard output. */
function expectRefused(ended: Ended, code: 1 | 2): string {
  expect(ended.code, ended.err).toBe(code);
  expect(ended.out).toBe("");
  expect(ended.err).toMatch(/^error/);
  return ended.err;
}

function written(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

describe("recurra check", () => {
  test("a line for each file, and exit code 0", async () => {
    const out = expectDone(await recurra("check", LSTM, CHARLM));
    expect(out).toBe(`${LSTM}: 9 cells, no errors\n${CHARLM}: 1 model, no errors\n`);
  });

  test("a mistake is printed to standard error with its place; the other files are still checked", async () => {
    const wrong = written("wrong.rec", "cell C(H) {\n  input x\n  state h: [H]\n  h = tanh(linear(x, hh[t-1]))\n}\n");
    const { code, out, err } = await recurra("check", wrong, LSTM);
    expect(code).toBe(1);
    expect(out).toBe(`${wrong}: 1 error\n${LSTM}: 9 cells, no errors\n`);
    expect(err).toContain(`${wrong}:4:22`);
    expect(err).toContain("`hh`");
  });

  test("a missing file, a folder and invalid UTF-8 are reported in one sentence each", async () => {
    const folder = temporaryFolder();
    const [missing, latin1] = [join(folder, "nope.rec"), join(folder, "latin1.rec")];
    writeFileSync(latin1, Buffer.from([0x23, 0xe9, 0x0a]));
    const err = expectRefused(await recurra("check", missing, folder, latin1), 1);
    expect(err).toBe(
      [
        `error: ${missing}: there is no such file`,
        `error: ${folder}: that is a folder, but a spec file (NAME.rec) was expected`,
        `error: ${latin1}:1: this is not UTF-8 text: save the file in that encoding\n`,
      ].join("\n"),
    );
  });

  test("an empty file is reported", async () => {
    const empty = written("empty.rec", "");
    const { code, err } = await recurra("check", empty);
    expect(code).toBe(1);
    expect(err).toMatch(/^error/);
  });
});

describe("recurra emit", () => {
  test("--stage list names every stage, in order", async () => {
    const names = expectDone(await recurra("emit", "--stage", "list"))
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" ")[0] ?? "");
    expect(names.slice(0, 3)).toEqual(["source", "ast", "graph"]);
    expect(names.slice(-6)).toEqual(["once", "step", "plan", "wat", "c", "wgsl"]);
    expect(names).toContain("gradient");
  });

  test("a stage is a graph that can be read back, with the sizes that were set", async () => {
    const out = expectDone(await recurra("emit", "--stage", "final", "--cell", "PeepholeLSTM", "--set", "H=4", LSTM));
    expect(readGraph(out).name).toBe("PeepholeLSTM");
    expect(out).toContain("batch B, 4]");
    expect(out).not.toMatch(/[[, ]H[\],]/);
  });

  test.each([
    ["plan", /^loop 8 \{$/m, /gemm/],
    ["wat", /\(module/, /f32x4\.relaxed_madd/],
    ["wgsl", /^\/\/ \d+: loop by examples, 3 x 1 x 1 workgroups: shader \d+$/m, /storageBarrier\(\);/],
  ])("--stage %s prints what a target runs", async (stage, ...patterns) => {
    const out = expectDone(
      await recurra("emit", "--stage", stage, "--cell", "LSTM", "--set", "H=5", "--set", "B=3", "--length", "8", LSTM),
    );
    for (const pattern of patterns) expect(out).toMatch(pattern);
  });

  test("an unknown stage is refused with the nearest one", async () => {
    const err = expectRefused(await recurra("emit", "--stage", "gradent", LSTM), 1);
    expect(err).toBe("error: there is no stage `gradent`; did you mean `gradient`?\n");
  });

  test("an unknown cell and an unknown parameter are refused with the nearest name", async () => {
    const cell = expectRefused(await recurra("emit", "--stage", "ast", "--cell", "PeepholLSTM", LSTM), 1);
    expect(cell).toContain("lstm.rec has no cell `PeepholLSTM`; did you mean `PeepholeLSTM`?");
    const parameter = expectRefused(await recurra("emit", "--stage", "graph", "--set", "layer=2", CHARLM), 1);
    expect(parameter).toContain("`CharLM` has no parameter `layer`; did you mean `layers`?");
  });
});

describe("recurra verify", () => {
  test.each([["reference"], ["tfjs-wasm"]])("on %s: all of the LSTM agrees", async (target) => {
    const out = expectDone(
      await recurra("verify", LSTM, "--cell", "LSTM", "--against", LSTM_GOLDEN, "--target", target),
    );
    expect(out.trimEnd().split("\n").at(-1)).toMatch(/^verified: (\d+) of \1 within 1e-\d+$/);
  });

  test("one golden number that is wrong fails, and names its tensor and place", async () => {
    const golden = readCellGolden(readFileSync(join(ROOT, LSTM_GOLDEN), "utf8"), LSTM_GOLDEN);
    const c = golden.final["c"] ?? expect.fail("the golden file has no final c");
    const wrong = { ...c, data: c.data.map((value, index) => (index === 0 ? value + 0.01 : value)) };
    const changed = written("changed.json", JSON.stringify({ ...golden, final: { ...golden.final, c: wrong } }));
    const { code, out } = await recurra("verify", LSTM, "--against", changed);
    expect(code).toBe(1);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^final c: off by .*, most at \[0, 0, 0\]: got -?[\d.]+, expected /);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^failed: 17 of 18 within 1e-10$/);
  });

  test("a file that is not a golden file, and an unknown target, are refused", async () => {
    const json = expectRefused(await recurra("verify", LSTM, "--against", "package.json"), 1);
    expect(json).toContain("package.json: this is not a golden file");
    const target = expectRefused(await recurra("verify", LSTM, "--against", LSTM_GOLDEN, "--target", "gpu"), 1);
    expect(target).toBe(
      "error: there is no target `gpu`; there are reference, wasm, native, tfjs-wasm, tfjs-cpu, tfjs-webgpu, tfjs-webgl, tfjs-tensorflow, auto\n",
    );
  });
});

describe("recurra graph", () => {
  test("an SVG is written, its folder made; --unroll 3 draws three steps", async () => {
    const path = join(temporaryFolder(), "new", "charlm.svg");
    const out = expectDone(await recurra("graph", CHARLM, "-o", path, "--unroll", "3"));
    expect(out).toBe(`wrote ${path}\n`);
    const svg = readFileSync(path, "utf8");
    expect(svg).toMatch(/^<\?xml .*<svg .*<\/svg>\s*$/s);
    for (const step of [1, 2, 3]) expect(svg).toContain(`>t = ${step}<`);
    expect(svg).not.toContain(">t = 4<");
  });

  test("the model of a file is drawn, although a cell precedes it; --cell selects the cell", async () => {
    const text = "cell C(H) {\n  input x\n  state h: [H]\n  h = linear(x, h[t-1])\n}\n";
    const model = "model M(H = 2) {\n  input x: seq [2]\n  predict x[t+1] from C(H)(x)\n}\n";
    const [spec, path] = [written("both.rec", text + model), join(temporaryFolder(), "both.dot")];
    expectDone(await recurra("graph", spec, "-o", path, "--unroll", "2", "--fold", "--weights"));
    const dot = readFileSync(path, "utf8");
    expect(dot).toMatch(/^digraph "model M\(H = 2\), 2 steps"/);
    expect(dot).toMatch(/"[^"]*\/cell@0" -> "[^"]*\/cell@1"/);
    expectDone(await recurra("graph", spec, "-o", path, "--cell", "C"));
    expect(readFileSync(path, "utf8")).toMatch(/^digraph "cell C\(H\)"/);
  });

  test("another kind of picture is refused, and nothing is written", async () => {
    const path = join(temporaryFolder(), "charlm.png");
    const err = expectRefused(await recurra("graph", CHARLM, "-o", path), 1);
    expect(err).toBe(`error: ${path}: a picture is an .svg or a .dot file\n`);
    expect(existsSync(path)).toBe(false);
  });
});

describe("recurra train, evaluate, generate", () => {
  const TINY = ["--set", "H=8", "--set", "E=4", "--batch", "4", "--steps", "8", "--updates", "3"];

  test("three updates leave a checkpoint for evaluate and generate, the same for the same seed", async () => {
    const folder = temporaryFolder();
    const [data, run] = [join(folder, "text.txt"), join(folder, "run")];
    writeFileSync(data, "the whale and the sea; ".repeat(40));
    const trained = expectDone(
      await recurra("train", CHARLM, "--data", data, "--target", "tfjs-cpu", "--out", run, ...TINY),
    );
    expect(trained).toContain("the last tenth of the data is held out");
    expect(trained).toContain("after 3 updates, held out: loss ");
    expect(trained).not.toContain("\r");
    expect(loadCheckpoint(run).description).toMatchObject({ model: "CharLM", updates: 3, target: "tfjs-cpu" });
    for (const file of ["settings.json", "curve.svg"]) expect(existsSync(join(run, file)), file).toBe(true);

    const measured: unknown = JSON.parse(expectDone(await recurra("evaluate", run, "--data", data, "--json")));
    expect(measured).toMatchObject({
      loss: expect.any(Number),
      predictions: [{ name: "text", kind: "token", perplexity: expect.any(Number), count: 919 }],
    });

    const generate = ["generate", run, "--prompt", "the ", "--length", "30", "--seed", "7"];
    const first = expectDone(await recurra(...generate));
    expect(first).toMatch(/^the [a-z; ]{30}\n$/);
    expect(expectDone(await recurra(...generate, "--target", "reference"))).toBe(first);
  });

  test("an empty, a too short and a missing text are refused, and nothing is saved", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const [empty, short] = [join(folder, "empty.txt"), join(folder, "short.txt")];
    writeFileSync(empty, "");
    writeFileSync(short, "abc");
    const train = (data: string): Promise<Ended> => recurra("train", CHARLM, "--data", data, "--out", run, ...TINY);
    expect(expectRefused(await train(empty), 1)).toBe(`error: ${empty}: this file is empty\n`);
    expect((await train(short)).err).toMatch(/^error: .*short.txt has 2 symbols, but 4 streams need at least 8/);
    expect(expectRefused(await train(join(folder, "no")), 1)).toContain("there is no such file");
    expect(existsSync(run)).toBe(false);
  });

  test("a folder without a checkpoint, and one that is damaged, are refused by name", async () => {
    const folder = temporaryFolder();
    const weights = join(folder, "weights.safetensors");
    expect(expectRefused(await recurra("generate", folder), 1)).toBe(`error: ${weights}: there is no such file\n`);
    writeFileSync(weights, "not weights at all");
    expect(expectRefused(await recurra("evaluate", folder, "--data", "README.md"), 1)).toContain(
      `${weights}: this is not a safetensors file`,
    );
  });

  test("a folder in place of a text or of a spec is reported", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "spec.rec"));
    expect(expectRefused(await recurra("train", CHARLM, "--data", folder), 1)).toContain(`${folder}: that is a folder`);
    expect(expectRefused(await recurra("train", join(folder, "spec.rec"), "--data", "README.md"), 1)).toContain(
      "that is a folder, but a spec file (NAME.rec) was expected",
    );
  });
});

describe("calls", () => {
  test("help lists every command, with an example of each", async () => {
    const out = expectDone(await recurra("--help"));
    for (const name of ["check", "emit", "verify", "graph", "train", "evaluate", "generate"])
      expect(out).toMatch(new RegExp(`^ {2}${name} `, "m"));
    expect(expectDone(await recurra("generate", "--help"))).toContain("recurra generate runs/book --prompt");
  });

  test.each<[string, readonly string[], string]>([
    ["no command", [], "Usage: recurra"],
    ["an unknown command", ["chek", LSTM], "Did you mean check?"],
    ["an unknown option", ["check", "--strickt", LSTM], "unknown option '--strickt'"],
    ["a file that is missing from the call", ["emit", "--stage", "ast"], "missing required argument 'file'"],
    ["an option that is missing from the call", ["graph", LSTM], "required option '-o, --out <file.svg>'"],
    ["a value that is no number", ["train", CHARLM, "--data", "README.md", "--lr", "fast"], "a number above 0"],
    ["an assignment that is none", ["emit", "--stage", "graph", "--set", "H", LSTM], "expected NAME=VALUE"],
  ])("%s is a wrong call: exit code 2", async (_, args, message) => {
    const { code, out, err } = await recurra(...args);
    expect(err).toContain(message);
    expect(out).toBe("");
    expect(code).toBe(2);
  });
});
