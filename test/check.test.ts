// The messages for wrong specs: each file of test/golden/check has its messages beside it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../src/base/render.ts";
import type { Source } from "../src/base/source.ts";
import { check } from "../src/compile.ts";
import type { Loader } from "../src/lang/scope.ts";
import { loadFromDisk, shipped } from "../src/shipped/specs.ts";

const folder = "test/golden/check";
const isBlessing = process.env["BLESS"] === "1";
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".rec"))
  .map((file) => file.replace(/\.rec$/, ""))
  .sort();

/** What `check` says, with names of files that do not depend on where the project lies. */
function said(source: Source, load: Loader): string {
  return renderDiagnostics(check(source, load), { color: false });
}

/** A loader of files that stand in the test; the shipped library is as it is. */
function filesOf(files: Readonly<Record<string, string>>): Loader {
  return (path, from, root) => {
    if (path === "cells") return loadFromDisk(path, from, root);
    const name = path.replace("./", "");
    const text = files[name];
    return text === undefined ? [] : [{ name, text }];
  };
}

describe("the shipped specs", () => {
  test.each([...shipped("cells"), ...shipped("models")])("$name has nothing wrong with it", (source) => {
    expect(said(source, loadFromDisk)).toBe("");
  });
});

describe("the messages for a wrong file", () => {
  test.each(names)("%s.rec", (name) => {
    const source = { name: `${name}.rec`, text: readFileSync(`${folder}/${name}.rec`, "utf8") };
    const path = `${folder}/${name}.txt`;
    const text = `${said(source, filesOf({}))}\n`;
    if (isBlessing) writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, "utf8"));
  });

  test("every text has its spec", () => {
    const texts = readdirSync(folder).filter((file) => file.endsWith(".txt"));
    expect(texts.filter((file) => !existsSync(`${folder}/${file.replace(/\.txt$/, ".rec")}`))).toEqual([]);
  });

  test("every diagnostic points to text in the file that is not a space, and has a title", () => {
    for (const name of names) {
      const source = { name: `${name}.rec`, text: readFileSync(`${folder}/${name}.rec`, "utf8") };
      for (const { span, title, labels } of check(source, filesOf({}))) {
        expect(title, name).toMatch(/^[^A-Z.\s].*[^.]$/s);
        for (const each of [span, ...labels.map((label) => label.span)]) {
          if (each?.source.name !== source.name) continue;
          expect(source.text.slice(each.start, each.end).trim(), `${name}: ${title}`).not.toBe("");
        }
      }
    }
  });
});

describe("files that use each other", () => {
  const cell = (name: string, inner: string): string =>
    `cell ${name}(H) {\n  input x\n  state h: [H]\n  h = ${inner}(H)(x) + h[t-1]\n}\n`;

  test("in a circle: the circle is reported, and nothing else", () => {
    const files = {
      "a.rec": `use B from "./b.rec"\n${cell("A", "B")}`,
      "b.rec": `use C from "./c.rec"\n${cell("B", "C")}`,
      "c.rec": `use A from "./a.rec"\n${cell("C", "A")}`,
    };
    const found = check({ name: "a.rec", text: files["a.rec"] }, filesOf(files));
    expect(found.map((each) => [each.code, each.span?.source.name, ...each.notes])).toEqual([
      ["cyclic-use", "c.rec", "a.rec uses b.rec uses c.rec uses a.rec"],
    ]);
  });

  test("itself", () => {
    const files = { "a.rec": `use B from "./a.rec"\n${cell("A", "B")}` };
    expect(check({ name: "a.rec", text: files["a.rec"] }, filesOf(files)).map((each) => each.code)).toEqual([
      "cyclic-use",
    ]);
  });

  test("a mistake in a used file is shown in that file, once, however often the cell is used", () => {
    const files = {
      "a.rec": `use B from "./b.rec"\n${cell("A", "B")}${cell("A2", "B")}`,
      "b.rec": "cell B(H) {\n  input x\n  state h: [H]\n  h = tanh(y)\n}\n",
    };
    const found = check({ name: "a.rec", text: files["a.rec"] }, filesOf(files));
    expect(found.map((each) => [each.code, each.span?.source.name])).toEqual([["unknown-name", "b.rec"]]);
  });
});
