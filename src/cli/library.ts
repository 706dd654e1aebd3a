// The shipped cells, with what helps to choose one: class, number of weights, states, source.
import { commentAbove } from "../lang/comments.ts";
import { open } from "../compile.ts";
import { loadFromDisk, shipped } from "../shipped/specs.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { classAndWeights } from "./explained.ts";

export interface LibraryCell {
  readonly name: string;
  readonly file: string;
  /** What the cells of its file have in common: the first comment of the file. */
  readonly family: string;
  readonly class: string;
  /** How many numbers its weights have. */
  readonly weights: number;
  readonly states: readonly string[];
  /** The names of its parameters: `H`, `eps`. */
  readonly parameters: readonly string[];
  /** The paper as its comment cites it, such as `Cho et al. 2014`; null if there is none. */
  readonly citation: string | null;
  /** The paper in full, from the line `Source: …` of the comment; null if there is none. */
  readonly source: string | null;
  /** The comment above it, in one line. */
  readonly doc: string;
}

/**
 * The cells of `specs/cells`, with all open sizes at 128. `search`: only those with this text in their name, family, description or
 * paper, in upper or lower case.
 */
export function libraryCells(search = ""): readonly LibraryCell[] {
  return shipped("cells").flatMap((source) => {
    const scope = open(source, loadFromDisk);
    return [...scope.definitions.values()]
      .filter((each) => each.scope === scope && each.definition.kind === "cell")
      .filter((each) => isFound(each, search.toLowerCase()))
      .map((each) => libraryCell(each));
  });
}

function isFound(scoped: ScopedDefinition, text: string): boolean {
  const { definition, scope } = scoped;
  const said = [definition.name.name, familyOf(scoped), ...commentAbove(scope.file, definition.span.start)];
  return said.some((each) => each.toLowerCase().includes(text));
}

function familyOf({ scope }: ScopedDefinition): string {
  return /^# (.*?)[.:]?$/m.exec(scope.file.source.text)?.[1] ?? "";
}

function libraryCell(scoped: ScopedDefinition): LibraryCell {
  const { definition, scope } = scoped;
  const comment = commentAbove(scope.file, definition.span.start);
  const states = definition.body.flatMap((each) => (each.kind === "state" ? each.names.map(({ name }) => name) : []));
  return {
    name: definition.name.name,
    file: scope.file.source.name,
    family: familyOf(scoped),
    ...classAndWeights(scoped),
    states,
    parameters: definition.parameters.map(({ name }) => name.name),
    citation: CITATION.exec(comment.filter((line) => !SOURCE.test(line)).join(" "))?.[0] ?? null,
    source: comment.find((line) => SOURCE.test(line))?.replace(SOURCE, "") ?? null,
    doc: comment.filter((line) => !SOURCE.test(line)).join(" "),
  };
}

const SOURCE = /^Source:\s*/;
const NAME = String.raw`(?:(?:van|von|der|de) )*\p{Lu}[\p{L}-]+`;
/** `Cho et al. 2014`, `Rusch & Mishra 2021`, `Elman (1990)`. */
const CITATION = new RegExp(
  String.raw`${NAME}(?: et al\.| & ${NAME}| and ${NAME})?(?:,? (?:19|20)\d\d| \((?:19|20)\d\d\))`,
  "u",
);
