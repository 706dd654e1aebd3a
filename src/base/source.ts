// Source text and places in it. A span is a half-open range of UTF-16 offsets into one source.

export interface Source {
  /** The path or label that diagnostics show. */
  readonly name: string;
  readonly text: string;
}

export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Line and column of an offset, both from 1. */
export function lineAndColumn(source: Source, offset: number): { readonly line: number; readonly column: number } {
  const before = source.text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

export function spanText(span: Span): string {
  return span.source.text.slice(span.start, span.end);
}
