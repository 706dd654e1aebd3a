// Optional packages that are not installed: the line that installs them is the error, and training goes on without its picture.
// Node is made to look for them in an empty folder.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ROOT, runNode, temporaryFolder, type Ended } from "../support/command.ts";

const OPTIONAL = [
  "@hpcc-js/wasm-graphviz",
  "@tensorflow/tfjs",
  "@tensorflow/tfjs-backend-wasm",
  "koffi",
  "vega",
  "vega-lite",
];

/** Runs `recurra ARGS` as if none of these packages were installed. */
function recurraWithout(names: readonly string[], ...args: readonly string[]): Promise<Ended> {
  const parentURL = pathToFileURL(join(temporaryFolder(), "main.js")).href;
  const hook = `export const resolve = (name, context, next) =>
    next(name, ${JSON.stringify(names)}.includes(name) ? { ...context, parentURL: ${JSON.stringify(parentURL)} } : context);`;
  const asUrl = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
  const registers = `import { register } from "node:module"; register(${JSON.stringify(asUrl(hook))});`;
  return runNode(["--import", asUrl(registers)], ["src/cli/main.ts", ...args]);
}

/** `train` on a short text, into `folder`. */
function trainWithout(names: readonly string[], folder: string, ...more: readonly string[]): Promise<Ended> {
  writeFileSync(join(folder, "book.txt"), "the rain in spain stays mainly in the plain. ".repeat(20));
  const spec = "specs/models/charlm.rec";
  const out = join(folder, "run");
  const options = ["--data", join(folder, "book.txt"), "--out", out, "--set", "H=8", "--batch", "4", "--updates", "2"];
  return recurraWithout(names, "train", spec, ...options, ...more);
}

test("they are optional peers of the package, and come with a checkout", () => {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  const versions = z.record(z.string(), z.string());
  const found = z
    .object({ dependencies: versions, devDependencies: versions, peerDependencies: versions })
    .extend({ peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.literal(true) })) })
    .parse(JSON.parse(text));
  for (const name of OPTIONAL) {
    expect(Object.keys(found.dependencies)).not.toContain(name);
    expect(found.peerDependencies[name], name).toBe(found.devDependencies[name]);
  }
  expect(Object.keys(found.peerDependenciesMeta).sort()).toEqual(Object.keys(found.peerDependencies).sort());
});

describe("a target that needs a package", () => {
  test.each([
    ["native", "koffi", "npm i koffi"],
    ["tfjs-cpu", "@tensorflow/tfjs", "npm i @tensorflow/tfjs"],
    ["tfjs-wasm", "@tensorflow/tfjs", "npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm"],
    ["tfjs-wasm", "@tensorflow/tfjs-backend-wasm", "npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm"],
  ])("%s without %s", async (target, missing, install) => {
    const { code, err } = await trainWithout([missing], temporaryFolder(), "--target", target);
    expect([code, err]).toEqual([1, `error: the package \`${missing}\` is not installed: \`${install}\`\n`]);
  });

  test("`recurra targets` shows what to install, and what runs without it", async () => {
    const { code, out, err } = await recurraWithout(OPTIONAL, "targets");
    expect([code, err]).toEqual([0, ""]);
    const lines = out.split("\n").map((line) => line.trim());
    for (const name of ["reference", "wasm"])
      expect(lines.find((line) => line.startsWith(`${name} `))).toMatch(/^\S+ +float\d\d +runs /);
    for (const name of ["tfjs-wasm", "tfjs-cpu", "tfjs-webgpu", "tfjs-tensorflow"])
      expect(lines.find((line) => line.startsWith(`${name} `))).toMatch(
        /does not run +the package `@tensorflow\/tfjs` is not installed: `npm i @tensorflow\/tfjs/,
      );
  });
});

describe("pictures", () => {
  test("`recurra graph` without Graphviz; DOT needs nothing", async () => {
    const folder = temporaryFolder();
    const draw = (file: string): Promise<Ended> =>
      recurraWithout(OPTIONAL, "graph", "specs/cells/lstm.rec", "-o", join(folder, file));
    const { code, err } = await draw("lstm.svg");
    const install = "`@hpcc-js/wasm-graphviz` is not installed: `npm i @hpcc-js/wasm-graphviz`";
    expect([code, err]).toEqual([1, `error: the package ${install}\n`]);
    expect(await draw("lstm.dot")).toMatchObject({ code: 0, err: "" });
  });

  test.each(["vega", "vega-lite"])("training without %s ends well, and says that no curve is drawn", async (name) => {
    const folder = temporaryFolder();
    const { code, out, err } = await trainWithout([name], folder);
    expect([code, err]).toEqual([0, ""]);
    expect(out.match(/^.*curve.*$/gm)).toEqual([
      `no learning curve is drawn: the package \`${name}\` is not installed: \`npm i vega vega-lite\``,
    ]);
    expect(existsSync(join(folder, "run/weights.safetensors"))).toBe(true);
    expect(existsSync(join(folder, "run/curve.svg"))).toBe(false);
  });
});
