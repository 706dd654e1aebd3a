// Diagnostics as data: what is wrong, where, why, and one piece of advice.
// Their texts are in `src/lang/messages.ts`; `render.ts` decides how they look.
import { renderDiagnostics } from "./render.ts";
import type { Span } from "./source.ts";

export interface Label {
  readonly span: Span;
  readonly text: string;
}

export interface Diagnostic {
  /** A stable code such as `unknown-name`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** What is wrong: lower case, no full stop, names in backticks. */
  readonly title: string;
  /** The place to look at first; absent if a whole file is meant. */
  readonly span?: Span;
  /** The text beside `span`. */
  readonly label?: string;
  /** Other places that matter, each with its reason. */
  readonly labels: readonly Label[];
  readonly notes: readonly string[];
  readonly help?: string;
}

/** Thrown if a stage cannot go on. Has every diagnostic of that stage, and its message shows them with their places. */
export class CompileError extends Error {
  /** Private, so that Node does not print this beside the message of an uncaught error. */
  readonly #diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(renderDiagnostics(diagnostics, { color: false }));
    this.name = "CompileError";
    this.#diagnostics = diagnostics;
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }
}

/** An error of the user without a place in a source: a missing file, a wrong option, bad data. */
export class UserError extends Error {
  override readonly name = "UserError";
}
