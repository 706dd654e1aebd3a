// What a data set is: what its files hold, where they come from, and how they are made.

export interface DataSet {
  readonly name: string;
  /** In one line, what a row or the text is. */
  readonly holds: string;
  /** The fields of a row as a spec declares them, `letters: seq char[L]`; none for a text. */
  readonly fields: readonly string[];
  readonly source: Source;
  /** Of all its files, as a person writes it: `12 MB`. */
  readonly size: string;
  /** The options of the command that it takes. */
  readonly takes: readonly OptionName[];
  /** The same choices give the same parts. Rejects with a UserError if its package is not installed, or a choice does not fit. */
  make(choices: Choices): Promise<Parts>;
}

/** A package of the npm registry with its licence and its size when it is installed, or the paper that says how rows are drawn. */
export type Source =
  | { readonly kind: "package"; readonly package: string; readonly licence: string; readonly installed: string }
  | { readonly kind: "drawn"; readonly paper: string }
  | { readonly kind: "text" };

/** What the command line may choose. What is missing has the data set's own default. */
export interface Choices {
  /** The most rows for training; a tenth of it for each of the other two parts. */
  readonly rows?: number;
  readonly seed?: number;
  /** Steps. */
  readonly length?: number;
  /** Words on each side. */
  readonly window?: number;
  /** Drawn words for each real one. */
  readonly negative?: number;
  /** Rarer words are left out. */
  readonly minCount?: number;
  /** Words with a larger share of the text are left out more often. */
  readonly frequent?: number;
  /** The path of a text. */
  readonly text?: string;
}

export type OptionName = keyof Choices;

/** Rows, or one running text. */
export type Part = readonly object[] | string;

export interface Parts {
  readonly train: Part;
  readonly valid: Part;
  readonly test: Part;
}
