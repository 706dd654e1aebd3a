// The same program, written in other ways that mean the same: with other names, with its statements in another order, with a
// function in place of another. All of them must give the same values.
export interface Style {
  /** How a name of a body is written. */
  readonly name: (name: Name) => string;
  /** Whether `lookup(M, k)` is written `onehot(k) @ M`. */
  readonly spellsLookup: boolean;
  /** The order of a body's statements. */
  readonly order: <T>(statements: readonly T[]) => readonly T[];
}

/** What a body defines. `id` differs for any two; `written` may meet names that the compiler makes. */
export interface Name {
  readonly id: number;
  readonly written: string;
}

export type Text = (style: Style) => string;

export const PLAIN: Style = { name: ({ written }) => written, spellsLookup: false, order: (list) => list };

/** No name meets any other, nor one that the compiler makes. */
export const RENAMED: Style = { ...PLAIN, name: ({ id }) => `own${id}` };

export const REVERSED: Style = { ...PLAIN, order: (list) => list.toReversed() };

export const RESPELLED: Style = { ...PLAIN, spellsLookup: true };
