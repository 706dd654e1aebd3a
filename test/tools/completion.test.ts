// `recurra completion`: scripts made from the command line itself. bash's is run as bash runs it; the others where their shell is there.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { TARGET_CHOICES } from "../../src/targets/registry.ts";
import { recurra, temporaryFolder } from "../support/command.ts";

const scripts = new Map<string, string>();
const commands: string[] = [];

beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out, err } = await recurra("completion", shell);
    expect([code, err]).toEqual([0, ""]);
    scripts.set(shell, out);
  }
  const { out } = await recurra("help");
  const [, list = ""] = out.split("Commands:");
  commands.push(...[...(list.split("\n\n")[0] ?? "").matchAll(/^ {2}(\w+)/gm)].map(([, name = ""]) => name));
});

function script(shell: string): string {
  return scripts.get(shell) ?? expect.fail(shell);
}

/** What bash offers for the last of these words, in a folder with some files. */
function offered(...words: readonly string[]): readonly string[] {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "script.bash"), script("bash"));
  for (const name of ["a.rec", "my cell.rec", "book.txt"]) writeFileSync(join(folder, name), "");
  mkdirSync(join(folder, "runs"));
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const { stdout, stderr, status } = spawnSync(
    "bash",
    [
      "-c",
      `source script.bash; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _recurra; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { cwd: folder, encoding: "utf8" },
  );
  expect([stderr, status]).toEqual(["", 0]);
  return stdout.split("\n").filter((line) => line !== "");
}

describe("bash", () => {
  test("commands", () => {
    expect(offered("recurra", "")).toEqual(expect.arrayContaining(commands));
    expect(offered("recurra", "ex")).toEqual(["explain"]);
    expect(offered("recurra", "help", "tr")).toEqual(["train"]);
    expect(commands.length).toBeGreaterThan(10);
  });

  test("options of the command", () => {
    expect(offered("recurra", "explain", "--")).toEqual(
      expect.arrayContaining(["--cell", "--model", "--set", "--json"]),
    );
    expect(offered("recurra", "fmt", "a.rec", "--c")).toEqual(["--check"]);
    expect(offered("recurra", "explain", "--q")).toEqual([]);
  });

  test("targets, also behind `=`", () => {
    expect(offered("recurra", "train", "a.rec", "--target", "")).toEqual(TARGET_CHOICES);
    expect(offered("recurra", "train", "--target", "=", "tfjs-wa")).toEqual(["tfjs-wasm"]);
    expect(offered("recurra", "train", "--target", "=")).toEqual(TARGET_CHOICES);
  });

  test("spec files, any files or folders, by what the option needs", () => {
    expect(offered("recurra", "check", "").toSorted()).toEqual(["a.rec", "my cell.rec", "runs"]);
    expect(offered("recurra", "check", "m")).toEqual(["my cell.rec"]);
    expect(offered("recurra", "train", "--data", "b")).toEqual(["book.txt"]);
    expect(offered("recurra", "generate", "")).toEqual(["runs"]);
    expect(offered("recurra", "completion", "")).toEqual(["bash", "zsh", "fish"]);
  });

  test("nothing where the value is unknown", () => {
    expect(offered("recurra", "train", "--lr", "")).toEqual([]);
    expect(offered("recurra", "cells", "")).toEqual([]);
  });
});

describe.each(["bash", "zsh", "fish"])("%s", (shell) => {
  test("its script names every command and every target", () => {
    for (const name of [...commands, ...TARGET_CHOICES]) expect(script(shell)).toContain(name);
  });

  const isThere = spawnSync(shell, ["--version"]).status === 0;
  test.skipIf(!isThere)(`${shell} reads it`, () => {
    const file = join(temporaryFolder(), "script");
    writeFileSync(file, script(shell));
    const { status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });
});

const hasFish = spawnSync("fish", ["--version"]).status === 0;
test.skipIf(!hasFish)("fish offers commands, options and targets", () => {
  const file = join(temporaryFolder(), "recurra.fish");
  writeFileSync(file, script("fish"));
  const ask = (line: string): readonly string[] => {
    const { stdout } = spawnSync("fish", ["--no-config", "-c", `source ${file}; complete -C '${line}'`], {
      encoding: "utf8",
    });
    return stdout.split("\n").map((each) => each.split("\t")[0] ?? "");
  };
  expect(ask("recurra exp")).toContain("explain");
  expect(ask("recurra fmt --ch")).toContain("--check");
  expect(ask("recurra train --target tfjs-")).toEqual(expect.arrayContaining(["tfjs-wasm", "tfjs-cpu"]));
});
