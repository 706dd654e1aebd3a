// Diagnostics as data: what is wrong, where, why it was believed, and one piece of advice.
// Their words live in `src/lang/messages.ts`; how they look is decided in `render.ts`.
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
  /** The place to look at first; absent where a whole file is meant. */
  readonly span?: Span;
  /** What is to be said beside `span`. */
  readonly label?: string;
  /** Other places that matter, each with its reason. */
  readonly labels: readonly Label[];
  readonly notes: readonly string[];
  readonly help?: string;
}

/** Thrown where a stage cannot go on; carries every diagnostic of that stage, and its message shows them with their places. */
export class CompileError extends Error {
  /** Private, so that Node shows the message of an uncaught error and not this beside it. */
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

/** A mistake in what the user gave that has no place in a source: a missing file, a wrong option, bad data. */
export class UserError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UserError";
  }
}
