// `recurra cells`, `recurra targets` and diagnostics as data.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { diagnosticData } from "../../src/base/diagnostic-data.ts";
import { libraryCells } from "../../src/cli/library.ts";
import { check } from "../../src/compile.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { TARGET_NAMES, TARGETS, type TargetRow } from "../../src/targets/registry.ts";
import { choose, probe } from "../../src/targets/probe.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { ALL_CELLS } from "../support/specs.ts";

describe("recurra cells", () => {
  const cells = libraryCells();

  test("every shipped cell, each with its paper", () => {
    expect(cells.map(({ name }) => name)).toEqual(ALL_CELLS.map(({ name }) => name));
    for (const { name, source, citation } of cells) {
      expect(source, name).toMatch(/^\p{Lu}.*: .*(?:19|20)\d\d\b.*\.$/u);
      expect(citation, name).toMatch(/^(?:van der )?\p{Lu}.*(?:19|20)\d\d\)?$/u);
    }
  });

  test("weights at H = I = 128, by the papers' own count", () => {
    const found = new Map(cells.map(({ name, weights }) => [name, weights]));
    const layer = 128 * 128 + 128 * 128 + 128;
    expect(found.get("LSTM")).toBe(4 * layer);
    expect(found.get("PeepholeLSTM")).toBe(4 * layer + 3 * 128);
    // The product on h inside the candidate has a bias of its own.
    expect(found.get("GRU")).toBe(3 * layer + 128);
    expect(found.get("RNN")).toBe(layer);
  });

  test("states and parameters", () => {
    expect(cells.find(({ name }) => name === "LSTM")).toMatchObject({
      states: ["h", "c"],
      parameters: ["H"],
      class: "C",
    });
    expect(cells.find(({ name }) => name === "Dilated")).toMatchObject({ states: [], parameters: ["H", "d"] });
  });

  test("as a table and as JSON", async () => {
    const { code, out } = await recurra("cells");
    expect(code).toBe(0);
    expect(out).toMatch(/^LSTM +C +131 584 {2}H +h, c +Gers et al\. 2000$/m);
    expect(out).toMatch(/\n\nState space models\nHiPPO /);
    const json: unknown = JSON.parse((await recurra("cells", "--json")).out);
    expect(json).toEqual(cells);
  });

  test("a search in names, families, descriptions and papers", async () => {
    const named = (text: string): readonly string[] => libraryCells(text).map(({ name }) => name);
    expect(named("mut")).toEqual(["MUT1", "MUT2", "MUT3"]);
    expect(named("XLSTM")).toEqual(["SLSTM", "MLSTM"]);
    expect(named("Bahdanau")).toEqual(["AdditiveDecoder", "LocationSensitiveDecoder"]);
    const { code, out } = await recurra("cells", "--search", "no such cell");
    expect([code, out]).toEqual([0, "no shipped cell has `no such cell` in its description\n"]);
  });
});

describe("recurra targets", () => {
  test("each is tried, in order", async () => {
    const { code, out } = await recurra("targets", "--json");
    expect(code).toBe(0);
    const found = z
      .array(
        z.object({ name: z.string(), runs: z.boolean(), reason: z.string().nullable(), auto: z.string().nullable() }),
      )
      .parse(JSON.parse(out));
    expect(found.map(({ name }) => name)).toEqual(TARGET_NAMES);
    // These need a page, a GPU or a package that no plain install brings.
    const optional = new Map([
      ["tfjs-webgpu", /^no GPU was found|`npm i @tensorflow\/tfjs @tensorflow\/tfjs-backend-webgpu webgpu`$/],
      ["tfjs-webgl", /^it runs in browsers only: there is no WebGL in Node$/],
      ["tfjs-tensorflow", /`npm i -P @tensorflow\/tfjs-node-gpu` or `npm i -P @tensorflow\/tfjs-node`$/],
    ]);
    for (const { name, runs, reason } of found) {
      if (runs || !optional.has(name)) expect([name, runs, reason]).toEqual([name, true, null]);
      else expect(reason, name).toMatch(optional.get(name) ?? /^$/);
    }
  });

  test("auto is a GPU where there is one, or else the default, and says why", async () => {
    const base = TARGETS[0] ?? expect.fail("no target");
    const row = (name: string, more: Partial<TargetRow>): TargetRow => ({ ...base, name, ...more });
    const gone = row("gone", { lacks: () => "it is not here", lacksGpu: async () => null });
    const slow = row("slow", { lacksGpu: async () => "it is drawn by the processor" });
    const fast = row("fast", { lacksGpu: async () => null });
    const against = [
      { name: "gone", reason: "it is not here" },
      { name: "slow", reason: "it is drawn by the processor" },
    ];
    expect(await choose([base, gone, slow, fast], "wasm")).toEqual({ name: "fast", against });
    expect(await choose([base, gone, slow], "wasm")).toEqual({ name: "wasm", against });
  });

  const good = TARGETS[0] ?? expect.fail("no target");
  const rows: readonly (readonly [string, Partial<TargetRow>, string])[] = [
    ["what the machine lacks", { lacks: () => "there is no GPU" }, "there is no GPU"],
    [
      "what opening it says",
      { open: () => Promise.reject(new Error("internal: gpu: no adapter\n  at …")) },
      "gpu: no adapter",
    ],
    [
      "that it computes something else",
      {
        open: (use) =>
          use({
            ...referenceTarget(),
            download: () => Promise.resolve({ dtype: "float", shape: [2], data: Float64Array.of(1, 2) }),
          }),
      },
      "it computes [1, 2; 3, 4] · [1, 1] as [1, 2]",
    ],
  ];
  test.each(rows)("one that does not run says why: %s", async (_, row, reason) => {
    expect(await probe({ ...good, ...row })).toMatchObject({ runs: false, reason });
  });
});

describe("diagnostics as data", () => {
  const text = "cell C(H) {\n  input x\n  state h: [H]\n  h = tanh(linear(x, hh[t-1]))\n}\n";

  test("file, line, column, message, label, notes", () => {
    const [found, ...others] = check({ name: "wrong.rec", text }, loadFromDisk).map(diagnosticData);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      file: "wrong.rec",
      line: 4,
      column: 22,
      endLine: 4,
      severity: "error",
      code: "unknown-name",
    });
    expect(found?.message).toContain("`hh`");
    expect(found?.notes).toEqual([]);
  });

  test("recurra check --json: one list for all files, nothing on standard error, and the same exit code", async () => {
    const folder = temporaryFolder();
    const [wrong, right, missing] = [join(folder, "wrong.rec"), join(folder, "right.rec"), join(folder, "missing.rec")];
    writeFileSync(wrong, text);
    writeFileSync(right, "cell C {\n  input x\n  y = x\n  output y\n}\n");
    const { code, out, err } = await recurra("check", "--json", wrong, right, missing);
    expect([code, err]).toEqual([1, ""]);
    expect(JSON.parse(out)).toMatchObject([
      { file: wrong, line: 4 },
      { file: missing, line: null, code: "unreadable" },
    ]);
    const fine = await recurra("check", "--json", right);
    expect([fine.code, JSON.parse(fine.out), fine.err]).toEqual([0, [], ""]);
  });
});
