// Cells as arguments mean what one would write without them: the same graph, with the same names of weights. A cell that is given from outside
// stays with the model: in checkpoints, in compiled modules, and in every command.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { check, programOf, open as openSource } from "../../src/compile.ts";
import { compile, open, save, type CompileOptions } from "../../src/index.ts";
import { printGraph } from "../../src/graph/print.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { recurra, recurraIn, temporaryFolder } from "../support/command.ts";
import { programFrom } from "../support/specs.ts";

/** What a compiled module gives. */
interface CompiledModule {
  readonly run: (arrays: { readonly x: typeof X }) => Readonly<Record<string, { readonly data: ArrayLike<number> }>>;
}

const CELLS = `use GRU, LSTM from "cells"
cell Residual(C: cell) {
  input x
  y = C(x) + x
  output y
}
cell Smooth(C: cell, p) {
  input x
  state h: [?]
  new = C(x, h = h[t-1])
  h = p * h[t-1] + (1 - p) * new
}
cell Named(C: cell, H) {
  input x
  y = C(H)(x)
  output y
}
cell PlainResidual(H) {
  input x
  y = GRU(H)(x) + x
  output y
}
cell PlainTwice(H) {
  input x
  y = PlainResidual(H)(x) + x
  output y
}
cell PlainSmooth(H, p) {
  input x
  state h: [?]
  new = GRU(H)(x, h = h[t-1])
  h = p * h[t-1] + (1 - p) * new
}
cell PlainNamed(H) {
  input x
  y = LSTM(H)(x)
  output y
}
`;

const model = (cell: string): string => `model M(H = 3) {
  input xs: seq [3]
  target y: seq [3]
  a = ${cell}
  predict y from linear(a, out = 3)
}
`;

describe("a cell as an argument: the same graph as without it", () => {
  test.each([
    ["Residual(GRU(H))(xs)", "PlainResidual(H)(xs)"],
    ["Residual(Residual(GRU(H)))(xs)", "PlainTwice(H)(xs)"],
    ["Residual(C = GRU(H))(xs)", "PlainResidual(H)(xs)"],
    ["xs |> Residual(GRU(H))", "PlainResidual(H)(xs)"],
    ["Smooth(GRU(H), 0.2)(xs)", "PlainSmooth(H, 0.2)(xs)"],
    ["Named(LSTM, H)(xs)", "PlainNamed(H)(xs)"],
    ["stack(Residual(GRU(H)), 2)(xs)", "stack(PlainResidual(H), 2)(xs)"],
    ["bidirectional(Smooth(GRU(H), 0.2))(xs)", "bidirectional(PlainSmooth(H, 0.2))(xs)"],
  ])("%s is %s", (given, plain) => {
    const options = { ragged: true, training: true, states: "initial" } as const;
    const graphOf = (cell: string): string => printGraph(programFrom(`${model(cell)}${CELLS}`, options).graph);
    expect(graphOf(given)).toBe(graphOf(plain));
  });
});

const SPEC = `use LSTM from "cells"
model Reader(Cell: cell = LSTM, H = 4) {
  input x: seq [2]
  target y: []
  h = Cell(H)(x)
  predict y from linear(last(h), out = [])
}
`;
const MINE = `cell Mine(H) {
  input x
  state h: [H] = 0.5
  h = cos(linear(x, h[t-1]))
}
`;
const fixed = SPEC.replace("LSTM from", "GRU, LSTM from").replace("Cell(H)(x)", "GRU(H)(x)");
const X = { shape: [1, 3, 2], data: Float32Array.of(0.1, -0.4, 0.7, 0.2, -0.9, 0.5) };

/** What it predicts for `X`. */
async function valueOf(spec: string, options: CompileOptions): Promise<number> {
  const compiled = await compile(spec, { seed: 7, ...options });
  try {
    return (await compiled.run({ x: X }))["y"]?.data[0] ?? NaN;
  } finally {
    compiled.dispose();
  }
}

const loader = (path: string): string | undefined => (path === "./mine.rec" ? MINE : undefined);

describe("a cell from outside", () => {
  test("is that of the spec, or else of the shipped library", async () => {
    const gru = await valueOf(fixed, {});
    expect(await valueOf(SPEC, { set: { Cell: "GRU" } })).toBe(gru);
    expect(await valueOf(SPEC, {})).not.toBe(gru);
    const own = `${SPEC}${MINE.replace("Mine", "GRU")}`;
    expect(await valueOf(own, { set: { Cell: "GRU" } })).not.toBe(gru);
  });

  test("may be in a file, and hides no name of the spec", async () => {
    const mine = await valueOf(SPEC.replace("Cell(H)(x)", "Mine(H)(x)") + MINE, {});
    const set = { Cell: "./mine.rec:Mine" };
    expect(await valueOf(SPEC, { set, loader })).toBe(mine);
    expect(await valueOf(SPEC + MINE.replace("cos", "sin"), { set, loader })).toBe(mine);
  });

  test("may have arguments, also sizes of the model", async () => {
    const spec = SPEC.replace("Cell(H)(x)", "Cell(x)").replace("= LSTM", "= LSTM(H)");
    const gru = await valueOf(fixed, {});
    expect(await valueOf(spec, { set: { Cell: "GRU(4)" } })).toBe(gru);
    expect(await valueOf(spec, { set: { Cell: "GRU(H)" } })).toBe(gru);
  });

  test("stays with the model in a checkpoint, without its file", async () => {
    const trained = await compile(SPEC, { set: { Cell: "./mine.rec:Mine", H: 5 }, loader });
    const before = (await trained.run({ x: X }))["y"]?.data[0];
    const folder = temporaryFolder();
    await save(trained, folder);
    trained.dispose();
    const opened = await open(folder);
    expect((await opened.run({ x: X }))["y"]?.data[0]).toBe(before);
    expect(opened.parameters.map(({ name }) => name)).toContain("h.h.x");
    opened.dispose();
  });

  test("stays with a compiled module", async () => {
    const compiled = await compile(SPEC, { set: { Cell: "GRU" }, seed: 3 });
    const folder = temporaryFolder();
    for (const { name, content } of await compiled.compile()) writeFileSync(join(folder, name), content);
    const loaded: { readonly load: () => Promise<CompiledModule> } = await import(
      pathToFileURL(join(folder, "Reader.mjs")).href
    );
    const inModule = (await loaded.load()).run({ x: X });
    expect(inModule["y"]?.data[0]).toBeCloseTo((await compiled.run({ x: X }))["y"]?.data[0] ?? NaN, 6);
    compiled.dispose();
  });

  test.each([
    [{ Cell: 3 }, "the parameter Cell is 3, but it must be a cell"],
    [{ H: "GRU" }, 'the parameter H is "GRU", but it must be a number'],
    [{ Cell: "GRUU" }, "did you mean `GRU`?"],
    [{ Cell: "x + 1" }, "it must be a cell: `GRU`, `GRU(64)` or `./file.rec:Name`"],
    [{ Cell: "GRU(" }, "`(` is never closed"],
    [{ Cell: "./mine.rec:Min" }, "did you mean `Mine`?"],
    [{ Cell: "./other.rec:Mine" }, 'there is no file "./other.rec"'],
    [{ Cell: "GRU(4)" }, "`Cell` is `GRU(4)`, which has its arguments already"],
    [{ Cell: "Reader" }, "`Reader` is a model, but only cells can be applied"],
    [{ Cells: "GRU" }, "did you mean `Cell`?"],
  ])("%o is refused", async (set, why) => {
    await expect(compile(SPEC, { set, loader })).rejects.toThrow(why);
  });
});

describe("definitions that need a cell", () => {
  const source = {
    name: "open.rec",
    text: "cell Open(C: cell) {\n  input x\n  y = C(x) + tanh(x) + C(64)(x)\n  output y\n}\n",
  };

  test("are checked without one", () => {
    expect(check(source, loadFromDisk)).toEqual([]);
    const wrong = { ...source, text: source.text.replace("tanh(x)", "tanhh(x)") };
    expect(check(wrong, loadFromDisk).map(({ title }) => title)).toEqual(["unknown name `tanhh`"]);
  });

  test("are not compiled without one", () => {
    const definition = openSource(source, loadFromDisk).definitions.get("Open") ?? expect.fail();
    const options = { ragged: false, training: false, states: "initial" } as const;
    expect(() => programOf(definition, new Map(), options)).toThrow("`Open` needs a cell for `C`");
  });
});

describe("on the command line", () => {
  test("a run keeps the cell that it began with, also if its file is gone", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "reader.rec"), SPEC);
    writeFileSync(join(folder, "mine.rec"), MINE);
    const rows = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify({
        x: [
          [i / 20, 1],
          [0.5, -i / 20],
        ],
        y: i / 20,
      }),
    );
    writeFileSync(join(folder, "rows.jsonl"), rows.join("\n"));
    const train = [
      "train",
      "reader.rec",
      "--data",
      "rows.jsonl",
      "--out",
      "run",
      "--updates",
      "2",
      "--set",
      "Cell=./mine.rec:Mine",
    ];
    expect(await recurraIn(folder, train)).toMatchObject({ code: 0 });
    rmSync(join(folder, "mine.rec"));
    const more = await recurraIn(folder, ["train", "--resume", "--out", "run", "--updates", "4"]);
    expect(more.err).toBe("");
    expect(more.code).toBe(0);
    expect(await recurraIn(folder, ["evaluate", "run", "--data", "rows.jsonl"])).toMatchObject({ code: 0 });
    expect(await recurraIn(folder, ["compile", "run", "-o", "reader.c", "--format", "c"])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, "reader.c"), "utf8")).toContain("cos");
  });

  test("paths are those of `use`", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "specs"));
    writeFileSync(join(folder, "specs", "reader.rec"), SPEC);
    writeFileSync(join(folder, "mine.rec"), MINE);
    const explain = (...more: readonly string[]): ReturnType<typeof recurra> =>
      recurraIn(folder, ["explain", "specs/reader.rec", "--json", "--set", "Cell=../mine.rec:Mine", ...more]);
    expect((await explain()).err).toContain('"../mine.rec" is outside of the folder of specs/reader.rec');
    expect(await explain("--include", ".")).toMatchObject({ code: 0 });
  });
});
