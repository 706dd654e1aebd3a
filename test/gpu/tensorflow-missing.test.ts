// tfjs-tensorflow without its package, or with an incomplete one: one sentence reports it. Node finds the packages in a folder of the
// test, which has everything else of node_modules.
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ROOT, runNode, temporaryFolder } from "../support/command.ts";
import { HAS_TENSORFLOW } from "../support/tensorflow.ts";

const MODULES = join(ROOT, "node_modules");
const SCOPE = "@tensorflow";

function linkAll(from: string, to: string, without: (name: string) => boolean): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((each) => !without(each))) symlinkSync(join(from, name), join(to, name));
}

/** A folder whose node_modules has neither of TensorFlow's packages. */
function folderWithout(): string {
  const modules = join(temporaryFolder(), "node_modules");
  linkAll(MODULES, modules, (name) => name === SCOPE);
  linkAll(join(MODULES, SCOPE), join(modules, SCOPE), (name) => name.startsWith("tfjs-node"));
  return modules;
}

/** The package without some of its folders. It is a copy: a link's files are found where they really are. */
function copyInto(modules: string, name: string, without: readonly string[]): void {
  const copy = join(modules, SCOPE, name);
  cpSync(join(MODULES, SCOPE, "tfjs-node"), copy, { recursive: true, filter: (path) => !path.endsWith("/deps") });
  for (const folder of without) rmSync(join(copy, folder), { recursive: true, force: true });
}

/** What `recurra targets` says of tfjs-tensorflow, where its packages are looked for in `modules`. */
async function reasonIn(modules: string): Promise<string | null> {
  const parentURL = pathToFileURL(join(modules, "..", "main.js")).href;
  const hook = `export const resolve = (name, context, next) =>
    next(name, /^@tensorflow.tfjs-node/.test(name) ? { ...context, parentURL: ${JSON.stringify(parentURL)} } : context);`;
  const asUrl = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
  const registers = `import { register } from "node:module"; register(${JSON.stringify(asUrl(hook))});`;
  const { code, out, err } = await runNode(["--import", asUrl(registers)], ["src/cli/main.ts", "targets", "--json"]);
  expect([code, err]).toEqual([0, ""]);
  const found = z.array(z.object({ name: z.string(), reason: z.string().nullable() })).parse(JSON.parse(out));
  return (found.find(({ name }) => name === "tfjs-tensorflow") ?? expect.fail("it is not listed")).reason;
}

test("without the packages it says how to install one", async () => {
  expect(await reasonIn(folderWithout())).toBe(
    "the package `@tensorflow/tfjs-node` is not installed: `npm i -P @tensorflow/tfjs-node-gpu` or `npm i -P @tensorflow/tfjs-node`",
  );
});

describe.skipIf(!HAS_TENSORFLOW)("an incomplete package", () => {
  test("without its add-on", async () => {
    const modules = folderWithout();
    copyInto(modules, "tfjs-node", ["lib"]);
    expect(await reasonIn(modules)).toMatch(
      /^the package `@tensorflow\/tfjs-node` does not load: The Node.js native addon module \(tfjs_binding.node\) can not be found at path: \S+tfjs_binding.node$/,
    );
  });

  test("without libtensorflow", async () => {
    const modules = folderWithout();
    copyInto(modules, "tfjs-node", []);
    expect(await reasonIn(modules)).toMatch(
      /^the package `@tensorflow\/tfjs-node` does not load: libtensorflow\S+: cannot open shared object file: No such file or directory$/,
    );
  });

  test("of the two, the one that is installed and broken is reported", async () => {
    const modules = folderWithout();
    copyInto(modules, "tfjs-node-gpu", ["lib"]);
    expect(await reasonIn(modules)).toMatch(/^the package `@tensorflow\/tfjs-node-gpu` does not load: /);
  });

  test("if the one with CUDA is broken the other runs, without a message", async () => {
    const modules = folderWithout();
    copyInto(modules, "tfjs-node-gpu", ["lib"]);
    symlinkSync(join(MODULES, SCOPE, "tfjs-node"), join(modules, SCOPE, "tfjs-node"));
    expect(await reasonIn(modules)).toBeNull();
  });
});
