// `recurra fmt FILE…`: writes spec files in the canonical layout, with their comments. A file with a syntax error is not changed.
import { realpathSync } from "node:fs";
import type { Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { canonical } from "../../lang/canonical.ts";
import { writeAtomically } from "../../files/files.ts";
import { complain, complainOf, failQuietly, print } from "../output.ts";
import { readSpecFile } from "../select.ts";

type Outcome = "same" | "different" | "wrong";

export function register(program: Command): void {
  program
    .command("fmt")
    .description("format spec files; comments are kept")
    .argument("<file...>", "spec files (NAME.rec)")
    .option("--check", "write nothing; print the files that would change, and exit with 1 if there are any")
    .addHelpText("after", "\nExamples:\n  recurra fmt mine.rec\n  recurra fmt --check specs/cells/*.rec\n")
    .action((paths: readonly string[], options: { readonly check?: boolean }) => {
      const isCheck = options.check === true;
      const outcomes = paths.map((path) => formatFile(path, isCheck));
      const count = outcomes.filter((each) => each === "different").length;
      print(summary(count, paths.length, isCheck));
      if (outcomes.includes("wrong") || (isCheck && count > 0)) failQuietly();
    });
}

function formatFile(path: string, isCheck: boolean): Outcome {
  try {
    const source = readSpecFile(path);
    const { text, diagnostics } = canonical(source);
    complain(diagnostics);
    if (text === null) return "wrong";
    if (text === source.text) return "same";
    // A link stays a link: the file that it points to is written.
    if (!isCheck) writeAtomically(realpathSync(path), text);
    print(isCheck ? path : `${path}: formatted`);
    return "different";
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    complainOf(problem);
    return "wrong";
  }
}

function summary(count: number, total: number, isCheck: boolean): string {
  const files = total === 1 ? "1 file" : `${total} files`;
  return `${count} of ${files} ${isCheck ? "not in the layout of `recurra fmt`" : "changed"}`;
}
