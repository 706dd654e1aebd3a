// What the command line says and how it ends: results on standard output, complaints on standard error, and an exit code.
//   0 done   1 a user's mistake in a spec, a file or data   2 a wrong call   70 our own fault
import { CommanderError } from "commander";
import { CompileError, UserError, type Diagnostic } from "../base/diagnostic.ts";
import { InternalError } from "../base/invariant.ts";
import { renderDiagnostics } from "../base/render.ts";

const USER = 1;
const CALL = 2;
const FAULT = 70;

/** Colour only where a person looks on, and has not asked for none (https://no-color.org). */
function isColored(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
}

export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

export function complain(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0)
    process.stderr.write(`${renderDiagnostics(diagnostics, { color: isColored(process.stderr) })}\n\n`);
}

/** A mistake that has no place in a source. */
export function complainOf(mistake: UserError): void {
  process.stderr.write(`error: ${mistake.message}\n`);
}

/** The command has told what is wrong; the process ends with a user's mistake when it is through. */
export function failQuietly(): void {
  process.exitCode = USER;
}

/** Tells what went wrong, and gives the exit code. A user's mistake never shows a stack. */
export function report(problem: unknown): number {
  // Commander has written its own message; help and version come this way too, with 0.
  if (problem instanceof CommanderError) return problem.exitCode === 0 ? 0 : CALL;
  if (problem instanceof CompileError) {
    complain(problem.diagnostics);
    return USER;
  }
  if (problem instanceof UserError) {
    complainOf(problem);
    return USER;
  }
  process.stderr.write(
    `${faultText(problem)}\nThis is a fault of Recurra. Please report it, with the spec and the command.\n`,
  );
  return FAULT;
}

function faultText(problem: unknown): string {
  if (problem instanceof InternalError) return problem.message;
  return `internal: ${problem instanceof Error ? (problem.stack ?? problem.message) : String(problem)}`;
}

/** A reader that has seen enough (`| head`) ends the process as it wished, without a complaint. A command that listens too decides itself. */
export function endWithReader(): void {
  process.stdout.on("error", (problem: NodeJS.ErrnoException) => {
    if (process.stdout.listenerCount("error") > 1) return;
    if (problem.code === "EPIPE") process.exit(0);
    throw problem;
  });
}
