// docs/textbook.md lists 144 things that lecture notes describe, each once, with a command that exists or the reason why not.
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { check } from "../src/compile.ts";
import { loadFromDisk } from "../src/shipped/specs.ts";
import { ROOT } from "./support/command.ts";
import { textOf } from "./support/pages.ts";

const text = textOf("docs/textbook.md");
const EXAMPLES = "examples/textbook";

/** A cell of the table ends at a `|` between blanks. */
const rows = [...text.matchAll(/^\| (\d+) +\| (.+?) +\| (.+?) +\|$/gm)].map(([, number, what = "", how = ""]) => ({
  number: Number(number),
  what,
  how,
}));

/** Commands in blocks, and between backticks. */
const calls = [...text.matchAll(/^recurra .+$|(?<=`)recurra [^`\n]+(?=`)/gm)].map(([call]) => call);

test("rows 1 to 144, each once", () => {
  const numbers = rows.map(({ number }) => number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 144 }, (_, index) => index + 1));
});

test("no row is lost by its form", () => {
  expect(text.match(/^\| +\d/gm)).toHaveLength(rows.length);
});

test("each row has a command, leads to one, or says why not", () => {
  const isAnswer = (how: string): boolean =>
    /`recurra [^`]+`|commands? above|commands? of row|\brows? \d|above|\bNot (yet|built)|^A slip/.test(how);
  expect(rows.filter(({ how }) => !isAnswer(how))).toEqual([]);
});

test("rows lead to rows that exist", () => {
  const numbers = new Set(rows.map(({ number }) => number));
  const named = [...text.matchAll(/\brows? (\d+)(?: and (\d+))?/g)].flatMap(([, ...found]) => found.filter(Boolean));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((number) => !numbers.has(Number(number)))).toEqual([]);
});

test("every command that it names is one of the command line", () => {
  const commands = readdirSync(join(ROOT, "src/cli/commands")).map((file) => basename(file, ".ts"));
  const named = calls.map((call) => call.split(" ")[1] ?? "");
  expect(named.length).toBeGreaterThan(120);
  expect(named.filter((name) => !commands.includes(name))).toEqual([]);
});

test("every file that it reads exists, and so does what its commands take from a spec", () => {
  const files = [...text.matchAll(/\b(?:examples|specs|test|demo)\/[\w/.-]*\.\w+/g)].map(([file]) => file);
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  const definitions = calls.flatMap((call) => {
    const [, spec = "", name = ""] = /(\S+\.rec)(?::| --(?:cell|model) )(\w+)/.exec(call) ?? [];
    return spec === "" ? [] : [{ spec, name }];
  });
  expect(definitions.length).toBeGreaterThan(60);
  const missing = definitions.filter(
    ({ spec, name }) => !new RegExp(`^(cell|model) ${name}\\b`, "m").test(textOf(spec)),
  );
  expect(missing).toEqual([]);
});

test("every file of examples is used, and every spec is right", () => {
  const files = readdirSync(join(ROOT, EXAMPLES));
  expect(files.filter((file) => !text.includes(`${EXAMPLES}/${file}`))).toEqual([]);
  for (const file of files.filter((each) => each.endsWith(".rec"))) {
    const name = join(ROOT, EXAMPLES, file);
    expect(check({ name, text: textOf(join(EXAMPLES, file)) }, loadFromDisk), file).toEqual([]);
  }
});
