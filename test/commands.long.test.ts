// The command line's messages for wrong files: each folder of test/golden/commands holds the files, the call (`command`) and the output
// (`said.txt`: exit code, standard output, standard error). Generated files of extreme size are tested too.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recurraIn, runPlain, temporaryFolder, type Ended } from "./support/command.ts";

const folder = "test/golden/commands";
const isBlessing = process.env["BLESS"] === "1";

/** Without what depends on the machine: where results were saved, and how fast it was. */
function said({ code, out, err }: Ended, saved: string): string {
  const text = `exit code ${code}\n--- standard output\n${out}--- standard error\n${err}`;
  return text.replaceAll(saved, "OUT").replaceAll(/[\d.]+k? steps\/s {2}\S+ left/g, "… steps/s  … left");
}

describe("the messages for wrong files", () => {
  test.each(readdirSync(folder).sort())("%s", async (name) => {
    const here = join(folder, name);
    const saved = temporaryFolder();
    const call = readFileSync(join(here, "command"), "utf8").trim().split(" ");
    const ended = await recurraIn(here, [...call, ...(call[0] === "train" ? ["--out", saved] : [])]);
    const path = join(here, "said.txt");
    const text = said(ended, saved);
    if (isBlessing) writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, "utf8"));
    expect(existsSync(join(saved, "weights.safetensors")), "saved").toBe(ended.code === 0 && call[0] === "train");
  });
});

/** Far more than is needed: a million lines take some fifteen seconds and one gigabyte on two cores. */
const MINUTE = 60_000;
const HEAP = ["--max-old-space-size=2048"];

async function checked(name: string, text: string): Promise<Ended> {
  const place = temporaryFolder();
  writeFileSync(join(place, name), text);
  return runPlain(HEAP, ["check", join(place, name)]);
}

const CELL = [
  "  input x",
  "  state h: [H]",
  "  z = sigmoid(linear(x, h[t-1]))",
  "  n = tanh(linear(x, z * h[t-1]))",
  "  h = (1 - z) * h[t-1] + z * n",
  "}",
  "",
];

describe("generated files of extreme size, with Node's default stack", () => {
  test("a million lines, of cells and comments: no errors", { timeout: 3 * MINUTE }, async () => {
    const comments = Array.from({ length: 1992 }, (_, line) => `# comment ${line}`);
    const blocks = Array.from({ length: 500 }, (_, each) => [`cell C${each}(H) {`, ...CELL, ...comments].join("\n"));
    const { code, out } = await checked("million.rec", blocks.join("\n"));
    expect([code, out.replace(/^.*: /, "")]).toEqual([0, "500 cells, no errors\n"]);
  });

  test("a million invalid lines: the first twenty mistakes", { timeout: 3 * MINUTE }, async () => {
    const lines = Array.from({ length: 1_000_000 }, (_, line) =>
      line % 3 === 0 ? "} { cell" : `  x${line} = ((y + ${line}`,
    );
    const { code, err } = await checked("million.rec", lines.join("\n"));
    expect(code).toBe(1);
    expect(err.match(/^error\[/gm)).toHaveLength(20);
    expect(err).toContain("note: there are more mistakes than these 20");
  });

  test("twenty thousand equations in one cell, last first, and as many in a circle", { timeout: MINUTE }, async () => {
    const count = 20_000;
    const chain = Array.from({ length: count }, (_, each) => `  x${each} = x${each + 1} + 1`);
    const right = await checked(
      "chain.rec",
      `cell C() {\n  input x: []\n${chain.join("\n")}\n  x${count} = x\n  output x0\n}`,
    );
    expect(right.code).toBe(0);
    const circle = await checked(
      "circle.rec",
      `cell C() {\n  input x: []\n${chain.join("\n")}\n  x${count} = x0\n  output x0\n}`,
    );
    expect(circle.err.match(/^error\[algebraic-loop\]/gm)).toHaveLength(1);
  });

  test.each(["()", "[]"])("ten thousand nested %s", async ([open = "", close = ""]) => {
    const cell = (y: string): string => `cell C {\n  input x\n  y = ${y}\n  output y\n}\n`;
    const { code, err } = await checked("nested.rec", cell(`${open.repeat(10_000)}x${close.repeat(10_000)}`));
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[deep-nesting\]: brackets are nested more than 32 deep\n.*:3:39\n/);
    expect(err.match(/^error/gm)).toHaveLength(1);
    const unclosed = await checked("open.rec", cell(`${open.repeat(10_000)}x`));
    expect(unclosed.err).toMatch(/^error\[unclosed-bracket\]/);
  });
});
