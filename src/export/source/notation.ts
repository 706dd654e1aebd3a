// How a language writes expressions, statements and functions.
import type { Expression } from "./expression.ts";

export interface Notation {
  /** An expression on one line. */
  flat(expression: Expression): string;
  /** One level of it. */
  readonly indent: string;
  /** Words that the language keeps for itself, and names that every file of ours uses. */
  readonly reserved: readonly string[];
  comment(text: string): string;
  /** Gives one name a value, or several names the items of a list. `isNew`: for the first time. */
  assignment(
    targets: readonly string[],
    value: Expression,
    place: { readonly indent: string; readonly isNew: boolean },
  ): readonly string[];
  /** Says that a name is assigned later, where the language wants that said. */
  declared(name: string, indent: string): readonly string[];
  /** The line of a first assignment whose name is assigned again later. */
  reassigned(line: string): string;
  /** The end of a function: one value, or several as a list. */
  returned(value: Expression, indent: string): readonly string[];
  statement(prefix: string, value: Expression, indent: string): readonly string[];
  /** Whether an argument was left out. */
  isAbsent(name: string): Expression;
  /** The name of a cell as that of a function. */
  functionName(cell: string): string;
  /** A function of one step. `lines` are indented. */
  cell(name: string, parameters: readonly string[], doc: string, lines: readonly string[]): string;
}
