// Rows for training, rows for validation, and the vocabularies of the training rows.
import { UserError } from "../base/diagnostic.ts";
import type { FieldSpec, TokenField } from "./field.ts";
import { HELD_OUT } from "./held-out.ts";
import type { RowOrigin } from "./row-origin.ts";
import { Rows, type RowOptions } from "./rows.ts";
import { SymbolCounts } from "./symbol-counts.ts";
import { vocabularyOf, type Vocabulary } from "./vocabulary.ts";

/** Rows `from` … `to - 1` of a file. */
export interface RowPart {
  readonly rows: Rows;
  readonly from: number;
  readonly to: number;
}

export interface Dataset {
  readonly training: RowPart;
  /** Empty if there is only one row. */
  readonly validation: RowPart;
  /** By the vocabulary's name in the fields. */
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Sizes from the data: of named axes, and the number of token ids. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Bad rows of both files that were skipped. */
  readonly skipped: { readonly count: number; readonly first: readonly string[] };
  close(): void;
}

export interface DatasetOptions extends RowOptions {
  /** The share of rows, from the end, that is held out if there are no validation data; above 0, at least one row. Default: 0.1. */
  readonly heldOut?: number;
  /** Rarer characters and words become unknown. All labels are kept. */
  readonly minCount?: number;
}

/** Checks all rows. Throws a UserError that lists the bad rows of one of the two; then both are closed. */
export function datasetOf(
  origins: { readonly training: RowOrigin; readonly validation?: RowOrigin },
  fields: readonly FieldSpec[],
  options: DatasetOptions = {},
): Dataset {
  try {
    const rows = new Rows(origins.training, fields, options);
    return origins.validation === undefined
      ? heldOutOf(rows, fields, options)
      : withValidation(rows, origins.validation, fields, options);
  } catch (problem) {
    origins.training.close();
    origins.validation?.close();
    throw problem;
  }
}

/** Labels and token ids come from the whole file, because a class may occur only in the last rows. */
function heldOutOf(rows: Rows, fields: readonly FieldSpec[], options: DatasetOptions): Dataset {
  const { heldOut = HELD_OUT } = options;
  const least = heldOut > 0 ? 1 : 0;
  const held = rows.heldOut ?? Math.max(least, Math.floor(rows.count * heldOut));
  const cut = rows.count - Math.min(rows.count - 1, held);
  const inTraining = new SymbolCounts(fields);
  for (let row = cut; row < rows.count; row++) inTraining.add(rows.read(row), 1);
  const vocabularies = vocabulariesFor(fields, options, ({ reading, vocabulary }) => {
    const all = rows.counts.of(vocabulary);
    return reading === "label" ? all : minus(all, inTraining.of(vocabulary));
  });
  return {
    training: { rows, from: 0, to: cut },
    validation: { rows, from: cut, to: rows.count },
    vocabularies,
    sizes: rows.sizes,
    skipped: rows.skipped,
    close: () => rows.close(),
  };
}

function minus(all: ReadonlyMap<string, number>, less: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const left = [...all].map(([symbol, count]) => [symbol, count - (less.get(symbol) ?? 0)] as const);
  return new Map(left.filter(([, count]) => count > 0));
}

function withValidation(rows: Rows, origin: RowOrigin, fields: readonly FieldSpec[], options: DatasetOptions): Dataset {
  const vocabularies = vocabulariesFor(fields, options, ({ vocabulary }) => rows.counts.of(vocabulary));
  const validation = new Rows(origin, fields, { ...options, known: { vocabularies, sizes: rows.sizes } });
  const lacking = rows.fields.find(({ name }) => validation.fields.every((field) => field.name !== name));
  if (lacking !== undefined)
    throw new UserError(`${origin.name}: no row has \`${lacking.name}\`, but those of ${rows.name} do`);
  return {
    training: { rows, from: 0, to: rows.count },
    validation: { rows: validation, from: 0, to: validation.count },
    vocabularies,
    sizes: rows.sizes,
    skipped: {
      count: rows.skipped.count + validation.skipped.count,
      first: [...rows.skipped.first, ...validation.skipped.first],
    },
    close() {
      rows.close();
      validation.close();
    },
  };
}

/** One vocabulary for each name. Known vocabularies are kept. */
function vocabulariesFor(
  fields: readonly FieldSpec[],
  { known, minCount = 1 }: DatasetOptions,
  countsOf: (field: TokenField) => ReadonlyMap<string, number>,
): ReadonlyMap<string, Vocabulary> {
  const tokens = fields.filter((field) => field.kind === "token");
  const vocabularies = new Map<string, Vocabulary>();
  for (const field of tokens) {
    if (field.reading === "token" || vocabularies.has(field.vocabulary)) continue;
    const sharing = tokens.filter(({ vocabulary }) => vocabulary === field.vocabulary);
    const vocabulary =
      known?.vocabularies.get(field.vocabulary) ??
      vocabularyOf(field.reading, countsOf(field), {
        start: sharing.some(({ start }) => start),
        end: sharing.some(({ end }) => end),
        minCount: field.reading === "label" ? 1 : minCount,
      });
    refuseCrowd(field, vocabulary);
    refuseOtherUse(sharing, vocabulary);
    vocabularies.set(field.vocabulary, vocabulary);
  }
  return vocabularies;
}

function refuseCrowd(field: TokenField, { size }: Vocabulary): void {
  if (field.most === null || size <= field.most) return;
  throw new UserError(`\`${field.name}\` has room for ${field.most} tokens in the spec, but the data have ${size}`);
}

/** A vocabulary of a running text has no token that ends a row. */
function refuseOtherUse(sharing: readonly TokenField[], { start, end }: Vocabulary): void {
  const lacking = sharing.find((field) => (field.end && end === null) || (field.start && start === null));
  if (lacking === undefined) return;
  throw new UserError(
    `the vocabulary of \`${lacking.name}\` has no token that ${lacking.end && end === null ? "ends" : "starts"} a row: it was made for one running text, and these are rows`,
  );
}
