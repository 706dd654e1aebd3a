// Vectors of words as the first rows of tables of `embed`. They are read and checked when the data have given the vocabulary, before any
// weight is created or changed.
import { UserError } from "../base/diagnostic.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { constant, equal, evaluateDim, symbol, type Sizes } from "../shape/dim.ts";
import { vocabularyKey } from "../train/row-model.ts";
import type { Compiled } from "./compiled.ts";
import type { FitPlan } from "./fit-plan.ts";
import { readVectors, type GivenVectors } from "./given-vectors.ts";
import { openSize } from "./initial-weight.ts";
import { readEntries } from "./options.ts";
import { selectWeights } from "./select-weights.ts";
import type { EmbeddedWords, Embeddings } from "./types-training.ts";

/** New rows of one table. */
export interface Embedded {
  readonly report: EmbeddedWords;
  /** By the ids of words. */
  readonly rows: ReadonlyMap<number, Float32Array>;
}

/** The option `embeddings`. Throws a UserError if a table is not one, or vectors do not fit. */
export function readEmbeddings(plan: FitPlan, known: Sizes, given: Embeddings): readonly Embedded[] {
  const entries = readEntries(given, "`embeddings`", '{ "e.table": dataFile("glove.txt") }');
  return embeddingsOf(
    plan,
    known,
    [...entries].map(([table, vectors]) => readVectors(table, vectors)),
  );
}

/** Throws a UserError if a table is not one, if two vectors are for one table, or if vectors do not fit. */
export function embeddingsOf(plan: FitPlan, known: Sizes, given: readonly GivenVectors[]): readonly Embedded[] {
  const tables = tablesOf(plan.model.inference, plan.data.vocabularies);
  const chosen = given.map((vectors) => ({ vectors, table: tableFor(vectors, tables, plan.model.inference.name) }));
  const twice = chosen.find(({ table }, index) => chosen.findIndex((each) => each.table === table) < index);
  if (twice !== undefined) throw new UserError(`${twice.vectors.name}: \`${twice.table.name}\` already has vectors`);
  const sizes = new Map([...known, ...plan.data.sizes]);
  return chosen.map(({ vectors, table }) => embed(vectors, table, sizes));
}

/** Replaces the rows. The model has its sizes. */
export async function embedWords<T>(model: Compiled<T>, embedded: readonly Embedded[]): Promise<void> {
  if (embedded.length === 0) return;
  await model.access.change(async () => {
    model.checkUsable();
    const weights = model.ready();
    for (const { report, rows } of embedded) {
      const { dtype, shape, data } = await weights.download(report.table);
      const changed = data.slice();
      for (const [id, row] of rows) changed.set(row, id * row.length);
      weights.put(report.table, { dtype, shape, data: changed });
    }
  });
}

type Parameter = Program["parameters"][number];

interface Table {
  readonly name: string;
  readonly parameter: Parameter;
  readonly vocabulary: Vocabulary;
}

/** The weights with a row for each token of a vocabulary. */
function tablesOf(program: Program, vocabularies: ReadonlyMap<string, Vocabulary>): readonly Table[] {
  return program.parameters.flatMap((parameter): readonly Table[] => {
    const [rows, ...others] = parameter.type.axes;
    if (rows === undefined || others.length !== 1) return [];
    const input = program.inputs.find(({ token }) => {
      if (token === undefined) return false;
      const size = /^\d+$/.test(token.vocabulary) ? constant(Number(token.vocabulary)) : symbol(token.vocabulary);
      return equal(rows.size, size);
    });
    const vocabulary = input === undefined ? undefined : vocabularies.get(vocabularyKey(input));
    return vocabulary === undefined ? [] : [{ name: parameter.name, parameter, vocabulary }];
  });
}

function tableFor({ table: name, name: label }: GivenVectors, tables: readonly Table[], owner: string): Table {
  if (name !== undefined) {
    const known = tables.filter((table) => isOfEmbed(table) || table.name === name).map((table) => table.name);
    if (known.length === 0) throw new UserError(`${label}: \`${owner}\` has no table with a row for each word`);
    const selected = selectWeights([name], { known, owner, option: "embeddings" });
    const table = tables.find((each) => each.name === selected[0]);
    if (selected.length > 1 || table === undefined)
      throw new UserError(`${label}: \`${name}\` is several tables: ${selected.join(", ")}`);
    return table;
  }
  const ofWords = tables.filter((table) => isOfEmbed(table) && table.vocabulary.kind === "word");
  const [only] = ofWords;
  const others = namesOf(tables.filter(isOfEmbed));
  if (only !== undefined && ofWords.length === 1) return only;
  if (only === undefined)
    throw new UserError(
      `${label}: \`${owner}\` has no \`embed\` of a \`word\` vocabulary${others === "" ? "" : `; name one of its tables: ${others}`}`,
    );
  throw new UserError(`${label}: \`${owner}\` has several tables of words: name one of ${namesOf(ofWords)}`);
}

/** Other weights with a row for each token, such as those of `linear(h, out = V)`, must be named in full. */
function isOfEmbed({ name }: Table): boolean {
  return name.endsWith(".table");
}

function namesOf(tables: readonly Table[]): string {
  return tables.map(({ name }) => name).join(", ");
}

function embed(
  { name, vectorsOf }: GivenVectors,
  { parameter, vocabulary, name: table }: Table,
  sizes: Sizes,
): Embedded {
  const open = openSize({ sizes: { known: sizes } }, parameter);
  if (open !== undefined) throw new UserError(`${name}: the size ${open} of \`${table}\` is not known`);
  const { symbols } = vocabulary;
  const [, columns] = parameter.type.axes;
  const width = columns === undefined ? 0 : evaluateDim(columns.size, sizes);
  const wanted = new Set(symbols.flatMap((word) => [word, word.toLowerCase()]));
  const found = vectorsOf(wanted, { table, width });
  const rows = new Map<number, Float32Array>();
  let lowerCase = 0;
  symbols.forEach((word, id) => {
    const own = found.get(word);
    const row = own ?? found.get(word.toLowerCase());
    if (row === undefined) return;
    if (own === undefined) lowerCase += 1;
    rows.set(id, row);
  });
  if (rows.size === 0)
    throw new UserError(`${name}: none of the ${symbols.length} words of \`${table}\` has a vector here`);
  return { report: { table, found: rows.size, lowerCase, words: symbols.length }, rows };
}
