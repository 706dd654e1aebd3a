// What is wrong with rows, reported together: the first of the bad ones with their places, and how many there are.
import { UserError } from "../base/diagnostic.ts";
import type { RowOrigin } from "./row-origin.ts";

const SHOWN = 10;

export class Problems {
  readonly #origin: RowOrigin;
  readonly #first: string[] = [];
  #count = 0;

  constructor(origin: RowOrigin) {
    this.#origin = origin;
  }

  add(line: number, text: string): void {
    this.#count += 1;
    if (this.#first.length < SHOWN) this.#first.push(`${this.#origin.placeOf(line)}: ${text}`);
  }

  get count(): number {
    return this.#count;
  }

  /** `FILE:LINE: what is wrong`, or `data[ROW]: what is wrong`, of the first few. */
  get first(): readonly string[] {
    return this.#first;
  }

  /** Of `rows` rows, good and bad. */
  error(rows: number): UserError {
    const head = `${this.#origin.name}: ${this.#count === 1 ? "1 row is" : `${this.#count} rows are`} wrong, of ${rows}`;
    const more = this.#count - this.#first.length;
    return new UserError([head, ...this.#first, ...(more === 0 ? [] : [`and ${more} more`])].join("\n  "));
  }
}
