// What a model writes for rows, compared with their targets: the error rate of symbols, and the share of rows without an error.
import { UserError } from "../base/diagnostic.ts";
import { fileData } from "../data/data-file.ts";
import type { TokenField } from "../data/field.ts";
import { takeField } from "../data/field-value.ts";
import { Rows } from "../data/rows.ts";
import { dataFile } from "../library/data-file.ts";
import type { CompiledModel } from "../library/types.ts";
import { countLabelErrors } from "../train/label-errors.ts";
import { fieldsOf, requestOf } from "../train/row-model.ts";
import type { Opened } from "./trained.ts";

export interface WrittenMeasures {
  /** Of the target. */
  readonly name: string;
  readonly symbol: TokenField["reading"];
  /** Symbols that must be changed, added or removed, for each symbol of the targets; NaN if these are empty. */
  readonly errorRate: number;
  /** The share of rows without an error. */
  readonly exact: number;
  readonly rows: number;
}

/**
 * Lets the model write for each row of a file, with the likeliest symbol at each step, and compares. Rejects with a UserError if it does not
 * write symbols, or if the rows do not fit.
 */
export async function measureWritten(
  { model, vocabularies, sizes }: Opened,
  compiled: CompiledModel,
  path: string,
): Promise<readonly WrittenMeasures[]> {
  const { inference } = model;
  const targets = inference.predictions.flatMap(({ isAutoregressive, ahead, target }) =>
    isAutoregressive && ahead === 0 ? [target] : [],
  );
  const all = fieldsOf(inference, "training").filter(({ name }) => targets.includes(name));
  const fields = all.filter((field) => field.kind === "token");
  if (model.layout === "text" || fields.length === 0)
    throw new UserError(`\`${inference.name}\` does not write symbols for rows: leave out --written`);
  const source = fileData(path).rows(requestOf(inference, fields, null));
  const rows = new Rows(source, fields, { known: { vocabularies, sizes } });
  const sums = fields.map((field) => ({ field, errors: 0, symbols: 0, exact: 0 }));
  try {
    let row = 0;
    for await (const line of compiled.predictEach(dataFile(path))) {
      const right = rows.read(row++);
      for (const sum of sums) {
        const { name } = sum.field;
        const wanted = symbolsOf(right.get(name));
        const errors = countLabelErrors(symbolsOf(takeField(sum.field, line[name], NO_SIZES)), wanted);
        sum.errors += errors;
        sum.symbols += wanted.length;
        sum.exact += errors === 0 ? 1 : 0;
      }
    }
  } finally {
    rows.close();
  }
  return sums.map(({ field, errors, symbols, exact }) => ({
    name: field.name,
    symbol: field.reading,
    errorRate: errors / symbols,
    exact: exact / rows.count,
    rows: rows.count,
  }));
}

/** Fields of tokens name no sizes. */
const NO_SIZES = { sizes: new Map<string, never>(), by: "" };

function symbolsOf(value: ReturnType<typeof takeField> | undefined): readonly (string | number)[] {
  if (value?.kind === "symbols") return value.symbols;
  return value?.kind === "ids" ? value.ids : [];
}

/** `phonemes: label error rate 9.7 %, exact 61.3 %, over 1000 rows` */
export function writtenText({ name, symbol, errorRate, exact, rows }: WrittenMeasures): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return `${name}: ${NOUNS[symbol]} error rate ${percent(errorRate)}, exact ${percent(exact)}, over ${rows} rows`;
}

const NOUNS: Readonly<Record<TokenField["reading"], string>> = {
  char: "character",
  word: "word",
  label: "label",
  token: "token",
};
