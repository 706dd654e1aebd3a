// A diagnostic as plain data, for editors and scripts: places are lines and columns, both from 1, columns in UTF-16 units.
import type { Diagnostic } from "./diagnostic.ts";
import { lineAndColumn, type Span } from "./source.ts";

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** `file`, `line` and `column` are those of the place to look at first. */
export interface DiagnosticData {
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly endLine: number | null;
  readonly endColumn: number | null;
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  /** The text at that place. */
  readonly label: string | null;
  readonly labels: readonly (Place & { readonly text: string })[];
  readonly notes: readonly string[];
  readonly help: string | null;
}

export function placeOf({ source, start, end }: Span): Place {
  const [from, to] = [lineAndColumn(source, start), lineAndColumn(source, end)];
  return { file: source.name, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}

/** For a whole program. */
const NOWHERE = { file: null, line: null, column: null, endLine: null, endColumn: null };

export function diagnosticData(diagnostic: Diagnostic): DiagnosticData {
  const { severity, code, title, span, label, labels, notes, help } = diagnostic;
  return {
    ...(span === undefined ? NOWHERE : placeOf(span)),
    severity,
    code,
    message: title,
    label: label ?? null,
    labels: labels.map((each) => ({ ...placeOf(each.span), text: each.text })),
    notes,
    help: help ?? null,
  };
}
