// `use` reads specs in allowed folders only, because a spec may come from an untrusted source.
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { renderDiagnostics } from "../../src/base/render.ts";
import type { Source } from "../../src/base/source.ts";
import { check, checkFile } from "../../src/compile.ts";
import { compile } from "../../src/index.ts";
import type { Loader } from "../../src/lang/scope.ts";
import { recording, sourcesOf, type Description } from "../../src/checkpoint/checkpoint.ts";
import { loaderWith, loadFromDisk } from "../../src/shipped/specs.ts";
import { recurra, temporaryFolder } from "../support/command.ts";

const CELL = "cell A(H) {\n  input x: [H]\n  state h: [H]\n  h = tanh(x + h[t-1])\n}\n";

const DESCRIPTION: Omit<Description, "sources"> = {
  format: "recurra-checkpoint-2",
  model: "M",
  statics: {},
  vocabularies: {},
  layout: "rows",
  sizes: {},
  settings: {},
  target: "wasm",
  updates: 0,
};

interface Tree {
  /** The folder of the spec that uses others. */
  readonly specs: string;
  readonly outside: string;
}

function tree(): Tree {
  const folder = temporaryFolder();
  const [specs, outside] = [join(folder, "specs"), join(folder, "outside")];
  for (const each of [join(specs, "parts"), outside]) mkdirSync(each, { recursive: true });
  writeFileSync(join(specs, "a.rec"), CELL);
  writeFileSync(join(specs, "parts", "b.rec"), 'use A from "../a.rec"\n' + CELL.replace("cell A", "cell B"));
  writeFileSync(join(specs, "secret.env"), "PASSWORD=swordfish\n");
  writeFileSync(join(outside, "a.rec"), CELL);
  writeFileSync(join(outside, "secret"), "PASSWORD=swordfish\n");
  return { specs, outside };
}

function said(path: string, { specs }: Tree, include: readonly string[] = []): string {
  const name = path.includes("/b.rec") ? "B" : "A";
  const source = { name: join(specs, "main.rec"), text: `use ${name} from "${path}"\n` };
  return renderDiagnostics(check(source, loaderWith(include)), { color: false });
}

test.each(["./a.rec", "a.rec", "./parts/b.rec", "./parts/../a.rec"])("%s is read: it is in the folder", (path) => {
  expect(said(path, tree())).toBe("");
});

test.each([
  ["/etc/passwd", "lies outside of the folder"],
  ["../outside/a.rec", "lies outside of the folder"],
  ["../outside/there-is-none.rec", "lies outside of the folder"],
  ["../specs-beside/a.rec", "lies outside of the folder"],
  ["./secret.env", "is not a spec file: the names of these end in .rec"],
  ["./parts", "is not a spec file"],
  ["/dev/zero", "lies outside of the folder"],
])("%s is refused, and nothing of it is shown", (path, why) => {
  const text = said(path, tree());
  expect(text).toContain(why);
  expect(text).not.toMatch(/root:|swordfish/);
});

test("an absolute path is read where it leads into the folder", () => {
  const files = tree();
  expect(said(join(files.specs, "a.rec"), files)).toBe("");
});

test("a link that leads out of the folder counts as outside, one that stays inside does not", () => {
  const files = tree();
  symlinkSync(join(files.outside, "secret"), join(files.specs, "leads-out.rec"));
  symlinkSync("a.rec", join(files.specs, "leads-in.rec"));
  const text = said("./leads-out.rec", files);
  expect(text).toContain("lies outside of the folder");
  expect(text).not.toContain("swordfish");
  expect(said("./leads-in.rec", files)).toBe("");
});

test("a folder, a pipe and a device named as a spec are refused at once", () => {
  const files = tree();
  mkdirSync(join(files.specs, "folder.rec"));
  execFileSync("mkfifo", [join(files.specs, "pipe.rec")]);
  symlinkSync("/dev/zero", join(files.specs, "device.rec"));
  expect(said("./folder.rec", files)).toContain("that is not a plain file");
  expect(said("./pipe.rec", files)).toContain("that is not a plain file");
  expect(said("./device.rec", files, ["/dev"])).toContain("that is not a plain file");
});

test("further allowed folders are read, with all files that they use below them", () => {
  const files = tree();
  expect(said("../outside/a.rec", files, [files.outside])).toBe("");
  expect(said(join(files.outside, "a.rec"), files, [files.outside])).toBe("");
  expect(() => loaderWith([join(files.outside, "none")])).toThrow("there is no such folder to take specs from");
});

test("the folder is that of the first file: what it uses cannot lead further", () => {
  const files = tree();
  writeFileSync(
    join(files.specs, "parts", "b.rec"),
    'use A from "../../outside/a.rec"\ncell B(H) { input x: [H]; state h: [H]; h = A(H)(x) }',
  );
  expect(said("./parts/b.rec", files)).toContain("lies outside of the folder");
});

test("--include of the command line", async () => {
  const { specs, outside } = tree();
  const main = join(specs, "main.rec");
  writeFileSync(
    main,
    'use A from "../outside/a.rec"\nmodel M(H = 2) {\n  input x: seq [2]\n  predict x[t+1] from A(H)(x)\n}\n',
  );
  const refused = await recurra("check", main);
  expect([refused.code, refused.out]).toEqual([1, `${main}: 1 error\n`]);
  expect(refused.err).toContain("--include");
  const taken = await recurra("check", main, "--include", outside);
  expect([taken.code, taken.err]).toEqual([0, ""]);
  expect((await recurra("emit", "--stage", "graph", main, "--include", outside)).code).toBe(0);
});

test("the library looks beside `name`: without it, in the folder of the process", async () => {
  const { specs } = tree();
  const text = 'use A from "./a.rec"';
  const cell = await compile(text, { set: { H: 2 }, name: join(specs, "main.rec") });
  expect(cell.name).toBe("A");
  cell.dispose();
  await expect(compile(text)).rejects.toThrow('there is no file "./a.rec"');
  await expect(compile('use A from "/etc/passwd"')).rejects.toThrow(/lies outside of the folder/);
});

test("the library takes files from `loader` in place of the disk; the shipped ones stay", async () => {
  const asked: string[] = [];
  const loader = (path: string, from: string): string | undefined => {
    asked.push(`${path} from ${from}`);
    return {
      "./b.rec": 'use A from "./a.rec"\ncell B(H) { input x: [H]; state h: [H]; h = A(H)(x) }',
      "./a.rec": CELL,
    }[path];
  };
  const cell = await compile('use B from "./b.rec"\nuse GRU from "cells"', { cell: "B", set: { H: 2 }, loader });
  expect(cell.name).toBe("B");
  cell.dispose();
  expect(asked).toEqual(["./b.rec from spec.rec", "./a.rec from b.rec"]);
  await expect(compile('use A from "./none.rec"', { loader })).rejects.toThrow('there is no file "./none.rec"');
  const wrong: { loader?: never } = JSON.parse('{"loader": 3}');
  await expect(compile('use A from "./a.rec"', wrong)).rejects.toThrow("`loader` must be a function");
});

test("a checkpoint knows files apart that two files call by the same path, and one file that they call by different paths", () => {
  const files: Readonly<Record<string, string>> = {
    "parts/b.rec": 'use A from "./a.rec"\nuse C from "../c.rec"\n',
    "parts/a.rec": CELL.replace("tanh", "sin"),
    "a.rec": CELL,
    "c.rec": CELL.replace("cell A", "cell C"),
  };
  const load: Loader = (path, from) => {
    const name = join(dirname(from.name), path);
    const text = files[name];
    return text === undefined ? [] : [{ name, text }];
  };
  const main = { name: "main.rec", text: 'use A from "./a.rec"\nuse C from "./c.rec"\nuse B from "./parts/b.rec"\n' };
  const recorded = recording(load);
  checkFile(main, recorded.load);
  const again = sourcesOf({ ...DESCRIPTION, sources: [{ ...main, asked: main.name }, ...recorded.used()] });
  const b = { name: "parts/b.rec", text: files["parts/b.rec"] ?? "" };
  const named = (path: string, from: Source): readonly string[] => again.load(path, from, main).map(({ name }) => name);
  expect(named("./a.rec", main)).toEqual(["a.rec"]);
  expect(named("./a.rec", b)).toEqual(["parts/a.rec"]);
  expect(named("./c.rec", main)).toEqual(["c.rec"]);
  expect(named("../c.rec", b)).toEqual(["c.rec"]);
});

test("the plain loader reads the shipped library", () => {
  const source = { name: "spec.rec", text: 'use LSTM from "cells"\n' };
  expect(check(source, loadFromDisk)).toEqual([]);
});
