// Prints results on standard output and errors on standard error, and chooses the exit code:
//   0 done   1 an error in a spec, a file or data   2 a wrong call   70 a fault of Recurra
import { CommanderError } from "commander";
import { AdvisedError } from "../base/advised-error.ts";
import { CompileError, UserError, type Diagnostic } from "../base/diagnostic.ts";
import { InternalError } from "../base/invariant.ts";
import { renderDiagnostics } from "../base/render.ts";

const USER = 1;
const CALL = 2;
const FAULT = 70;

/** Colour only in a terminal, unless NO_COLOR is set (https://no-color.org). */
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

/** Prints an error that has no place in a source. */
export function complainOf(mistake: UserError): void {
  const text = mistake instanceof AdvisedError ? mistake.onCommandLine : mistake.message;
  process.stderr.write(`error: ${text}\n`);
}

/** Sets the exit code 1 without a message, which has been printed already. */
export function failQuietly(): void {
  process.exitCode = USER;
}

/** Prints an error and returns the exit code. A user's error never shows a stack. */
export function report(problem: unknown): number {
  // Commander has printed its own message. Help and version also end here, with 0.
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

/** If the reader closes the pipe (`| head`), the process ends with 0 and without an error. A command with its own listener decides itself. */
export function endWithReader(): void {
  process.stdout.on("error", (problem: NodeJS.ErrnoException) => {
    if (process.stdout.listenerCount("error") > 1) return;
    if (problem.code === "EPIPE") process.exit(0);
    throw problem;
  });
}
