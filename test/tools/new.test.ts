// `recurra new`: what it writes has nothing wrong with it, and the commands of its README run as they stand.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wordsOf } from "../../scripts/examples/example.ts";
import { recurraIn, temporaryFolder } from "../support/command.ts";

/** A training of seconds, and seven starts of the command line. */
const SLOW = 240_000;

test("recurra new NAME: a folder whose README's commands run", { timeout: SLOW }, async () => {
  const place = temporaryFolder();
  expect(await recurraIn(place, ["new", "mine"])).toEqual({
    code: 0,
    out: "mine: wrote model.rec, text.txt, README.md\nNext: read mine/README.md\n",
    err: "",
  });
  const folder = join(place, "mine");
  const calls = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/^npx recurra (.*)$/gm)];
  expect(calls).toHaveLength(6);
  for (const [, line = ""] of calls) {
    const args = wordsOf(line);
    const { code, out, err } = await recurraIn(folder, args);
    expect([code, err], line).toEqual([0, ""]);
    expect(out.length, line).toBeGreaterThan(0);
  }
  expect(existsSync(join(folder, "model.svg"))).toBe(true);
  expect(existsSync(join(folder, "run/weights.safetensors"))).toBe(true);
  const format = await recurraIn(folder, ["fmt", "--check", "model.rec"]);
  expect(format.code, format.out + format.err).toBe(0);
});

test(
  "recurra new refuses a file and a folder that is not empty, and takes an empty one",
  { timeout: SLOW },
  async () => {
    const place = temporaryFolder();
    writeFileSync(join(place, "file"), "");
    mkdirSync(join(place, "full/inside"), { recursive: true });
    mkdirSync(join(place, "empty"));
    const refused = async (name: string): Promise<string> => {
      const { code, err } = await recurraIn(place, ["new", name]);
      expect(code, name).toBe(1);
      return err;
    };
    expect(await refused("file")).toBe("error: file: a file with this name exists; give the name of a new folder\n");
    expect(await refused("full")).toBe("error: full: this folder is not empty; give the name of a new folder\n");
    expect(readdirSync(join(place, "full"))).toEqual(["inside"]);
    expect(await recurraIn(place, ["new", "empty"])).toMatchObject({ code: 0, err: "" });
  },
);
