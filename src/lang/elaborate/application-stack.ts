// The cells that are being applied, from the outermost in. A cell that applies itself would never end, and cells that apply each other
// several times multiply. Both are refused here, before the stack or the memory runs out.
import type { Span } from "../../base/source.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Definition } from "../ast.ts";
import { deepCells, recursiveCell, tooManyCells } from "../messages.ts";

/** Cells inside cells. */
export const MOST_DEEP = 64;
/** Applications in one program: each is elaborated by itself. */
export const MOST_APPLICATIONS = 2000;

interface Link {
  readonly definition: Definition;
  /** Where it has its arguments. */
  readonly written: Span;
  /** Where it is applied. */
  readonly span: Span;
}

export class ApplicationStack {
  readonly #open: Link[] = [];
  readonly #overfull = new Set<Definition>();
  #count = 0;

  /** The place where the outermost open cell is applied. */
  get outermost(): Span | undefined {
    return this.#open[0]?.span;
  }

  /** The definitions that were being applied when there were too many applications: each leads to that many, or nearly. */
  get overfull(): ReadonlySet<Definition> {
    return this.#overfull;
  }

  /** The result of `apply`; if the cell cannot be applied here, the diagnostic, or null if that has been reported. */
  within<T>(
    { definition, written, span }: Link,
    apply: () => T,
  ):
    | { readonly kind: "applied"; readonly value: T }
    | { readonly kind: "refused"; readonly diagnostic: Diagnostic | null } {
    const diagnostic = this.#refusal({ definition, written, span });
    if (diagnostic !== undefined) return { kind: "refused", diagnostic };
    this.#open.push({ definition, written, span });
    const value = apply();
    this.#open.pop();
    return { kind: "applied", value };
  }

  #refusal(link: Link): Diagnostic | null | undefined {
    // `Residual(Residual(GRU(H)))` applies one cell inside itself, but was not written in it, so it ends.
    const from = this.#open.findIndex(({ definition }) => definition === link.definition);
    const isWrittenInside = this.#open.slice(from).some(({ definition }) => lies(link.written, definition.span));
    if (from >= 0 && isWrittenInside) return recursiveCell(fromFirst([...this.#open.slice(from + 1), link]));
    if (this.#open.length >= MOST_DEEP) return deepCells(MOST_DEEP, link.span);
    this.#count += 1;
    if (this.#count <= MOST_APPLICATIONS) return undefined;
    if (this.#count > MOST_APPLICATIONS + 1) return null;
    for (const { definition } of this.#open) this.#overfull.add(definition);
    // The outermost place is the one that the reader can change.
    const outermost = this.#open.find(({ definition, span }) => span !== definition.name.span);
    return tooManyCells(MOST_APPLICATIONS, (outermost ?? link).span);
  }
}

function lies(inner: Span, outer: Span): boolean {
  return inner.source === outer.source && inner.start >= outer.start && inner.end <= outer.end;
}

/** A circle that begins with its first place in the files, so that it is the same wherever it is entered. */
function fromFirst(circle: readonly Link[]): readonly { readonly name: string; readonly span: Span }[] {
  const isBefore = (a: Span, b: Span): boolean =>
    a.source.name === b.source.name ? a.start < b.start : a.source.name < b.source.name;
  const first = circle.reduce(
    (best, { span }, index) => (isBefore(span, circle[best]?.span ?? span) ? index : best),
    0,
  );
  return [...circle.slice(first), ...circle.slice(0, first)].map(({ definition, span }) => ({
    name: definition.name.name,
    span,
  }));
}
