// `recurra new NAME`: creates a folder with a spec, a short text and a README.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { makeFolder, whyUnwritable, writeAtomically } from "../../files/files.ts";
import { print } from "../output.ts";
import { STARTER } from "../starter.ts";

const HELP = `
Example:
  recurra new mine
`;

export function register(program: Command): void {
  program
    .command("new")
    .description("create a folder with a spec, a short text to train on, and a README")
    .argument("<name>", "the folder; it must be new or empty")
    .addHelpText("after", HELP)
    .action((name: string) => {
      create(name);
      print(`${name}: wrote ${[...STARTER.keys()].join(", ")}\nNext: read ${join(name, "README.md")}`);
    });
}

/** Writes the files. Throws a UserError if the folder is not empty or cannot be written. */
function create(name: string): void {
  if (existsSync(name)) {
    if (!statSync(name).isDirectory())
      throw new UserError(`${name}: a file with this name exists; give the name of a new folder`);
    if (readdirSync(name).length > 0)
      throw new UserError(`${name}: this folder is not empty; give the name of a new folder`);
  }
  try {
    makeFolder(name);
    for (const [file, text] of STARTER) writeAtomically(join(name, file), text);
  } catch (problem) {
    if (problem instanceof UserError) throw problem;
    throw new UserError(`${name}: this folder cannot be written: ${whyUnwritable(problem)}`);
  }
}
