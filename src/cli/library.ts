// The shipped cells, with what helps to choose one: class, number of weights, states, source.
import { commentAbove } from "../lang/comments.ts";
import { open } from "../compile.ts";
import { loadFromDisk, shipped } from "../shipped/specs.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { explain } from "./explained.ts";

export interface LibraryCell {
  readonly name: string;
  readonly file: string;
  readonly class: string;
  readonly parameters: number;
  readonly states: readonly string[];
  /** The names of its parameters: `H`, `eps`. */
  readonly arguments: readonly string[];
  /** The paper as its comment cites it, such as `Cho et al. 2014`; null if there is none. */
  readonly citation: string | null;
  /** The paper in full, from the line `Source: …` of the comment; null if there is none. */
  readonly source: string | null;
  /** The comment above it, in one line. */
  readonly doc: string;
}

/** Every cell of `specs/cells`, with all open sizes at 128. */
export function libraryCells(): readonly LibraryCell[] {
  return shipped("cells").flatMap((source) => {
    const scope = open(source, loadFromDisk);
    return [...scope.definitions.values()]
      .filter((each) => each.scope === scope && each.definition.kind === "cell")
      .map((each) => libraryCell(each));
  });
}

function libraryCell(scoped: ScopedDefinition): LibraryCell {
  const { definition, scope } = scoped;
  const comment = commentAbove(scope.file, definition.span.start);
  const states = definition.body.flatMap((each) => (each.kind === "state" ? each.names.map(({ name }) => name) : []));
  const explained = explain(scoped, []);
  return {
    name: definition.name.name,
    file: scope.file.source.name,
    class: explained.class,
    parameters: explained.weights.total,
    states,
    arguments: definition.parameters.map(({ name }) => name.name),
    citation: CITATION.exec(comment.filter((line) => !SOURCE.test(line)).join(" "))?.[0] ?? null,
    source: comment.find((line) => SOURCE.test(line))?.replace(SOURCE, "") ?? null,
    doc: comment.filter((line) => !SOURCE.test(line)).join(" "),
  };
}

const SOURCE = /^Source:\s*/;
/** `Cho et al. 2014`, `Rusch & Mishra 2021`, `Elman (1990)`. */
const CITATION =
  /\p{Lu}[\p{L}-]+(?: et al\.| & \p{Lu}[\p{L}-]+| and \p{Lu}[\p{L}-]+)?(?:,? (?:19|20)\d\d| \((?:19|20)\d\d\))/u;
