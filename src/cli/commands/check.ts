// `recurra check FILE…`: prints every error in every file, then a line for each file; or the errors as JSON.
import type { Command } from "commander";
import { UserError, type Diagnostic } from "../../base/diagnostic.ts";
import { diagnosticData, type DiagnosticData } from "../../base/diagnostic-data.ts";
import { check, checkFile } from "../../compile.ts";
import type { Loader } from "../../lang/scope.ts";
import { loaderWith } from "../../shipped/specs.ts";
import { complain, complainOf, failQuietly, print } from "../output.ts";
import { includeOption, readSpecFile, type Included } from "../select.ts";

interface Options extends Included {
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command("check")
    .description("find errors in spec files: syntax, names, shapes")
    .argument("<file...>", "spec files (NAME.rec)")
    .option("--json", "print the errors as JSON: a list with file, line, column, message, notes and more")
    .addOption(includeOption())
    .addHelpText(
      "after",
      "\nExamples:\n  recurra check mine.rec\n  recurra check specs/cells/*.rec specs/models/*.rec\n",
    )
    .action((paths: readonly string[], options: Options) => {
      const load = loaderWith(options.include);
      const results = options.json === true ? [checkAsData(paths, load)] : paths.map((path) => checkPath(path, load));
      if (results.includes(false)) failQuietly();
    });
}

/** Whether the file has no errors; warnings do not count. */
function checkPath(path: string, load: Loader): boolean {
  try {
    const { scope, diagnostics } = checkFile(readSpecFile(path), load);
    complain(diagnostics);
    const isRight = diagnostics.every(({ severity }) => severity === "warning");
    const content = isRight ? `${contentOf(scope.file.definitions)}, ` : "";
    print(`${path}: ${content}${verdict(diagnostics)}`);
    return isRight;
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    complainOf(problem);
    return false;
  }
}

/** Whether no file has errors. */
function checkAsData(paths: readonly string[], load: Loader): boolean {
  const found = paths.flatMap((path) => dataOf(path, load));
  print(JSON.stringify(found, null, 2));
  return found.every(({ severity }) => severity === "warning");
}

/** If the file cannot be read, that is one error without a place. */
function dataOf(path: string, load: Loader): readonly DiagnosticData[] {
  try {
    return check(readSpecFile(path), load).map(diagnosticData);
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    const mistake = { severity: "error", title: problem.message, labels: [], notes: [] } as const;
    return [{ ...diagnosticData({ ...mistake, code: "unreadable" }), file: path }];
  }
}

/** `2 cells, 1 model`. */
function contentOf(definitions: readonly { readonly kind: "cell" | "model" }[]): string {
  return (["cell", "model"] as const)
    .map((kind) => ({ kind, count: definitions.filter((each) => each.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => counted(count, kind))
    .join(", ");
}

function verdict(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  return `${errors === 0 ? "no errors" : counted(errors, "error")}${warnings === 0 ? "" : `, ${counted(warnings, "warning")}`}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
