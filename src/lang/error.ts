// Makes a diagnostic from the texts of a message.
import type { Diagnostic, Label } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";

interface More {
  readonly label?: string;
  readonly labels?: readonly Label[];
  readonly notes?: readonly string[];
  readonly help?: string | undefined;
}

export function error(code: string, title: string, span: Span, more: More = {}): Diagnostic {
  return {
    code,
    severity: "error",
    title,
    span,
    labels: more.labels ?? [],
    notes: more.notes ?? [],
    ...(more.label === undefined ? {} : { label: more.label }),
    ...(more.help === undefined ? {} : { help: more.help }),
  };
}

/** As `error`, for what is probably a mistake. */
export function warning(code: string, title: string, span: Span, more: More = {}): Diagnostic {
  return { ...error(code, title, span, more), severity: "warning" };
}

/** The first `most` of a list; the last of them says that there are more. */
export function firstOf(most: number, list: readonly Diagnostic[]): readonly Diagnostic[] {
  const last = list[most - 1];
  if (last === undefined || list.length === most) return list;
  return [
    ...list.slice(0, most - 1),
    { ...last, notes: [...last.notes, `there are more mistakes than these ${most}`] },
  ];
}

/** In the order of the text; if several have one code and one place, only the first. */
export function uniqueDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  const inOrder = diagnostics.toSorted((a, b) =>
    a.span?.source === b.span?.source ? (a.span?.start ?? 0) - (b.span?.start ?? 0) : 0,
  );
  return inOrder.filter((diagnostic) => {
    const key = `${diagnostic.code} ${diagnostic.span?.source.name ?? ""} ${diagnostic.span?.start ?? ""} ${diagnostic.span?.end ?? ""}`;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}
