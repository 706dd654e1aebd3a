// What is wrong with a file of rows, told at once: the first of the bad lines with their places, and how many there are.
import { UserError } from "../base/diagnostic.ts";

const SHOWN = 10;

export class Problems {
  readonly #file: string;
  readonly #first: string[] = [];
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(line: number, text: string): void {
    this.#count += 1;
    if (this.#first.length < SHOWN) this.#first.push(`${this.#file}:${line}: ${text}`);
  }

  get count(): number {
    return this.#count;
  }

  /** `FILE:LINE: what is wrong` of the first few. */
  get first(): readonly string[] {
    return this.#first;
  }

  /** Of `rows` rows, good and bad. */
  error(rows: number): UserError {
    const head = `${this.#file}: ${this.#count === 1 ? "1 row is" : `${this.#count} rows are`} wrong, of ${rows}`;
    const more = this.#count - this.#first.length;
    return new UserError([head, ...this.#first, ...(more === 0 ? [] : [`and ${more} more`])].join("\n  "));
  }
}
