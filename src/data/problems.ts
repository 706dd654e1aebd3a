// Collects the errors in rows, for one report: the number of bad rows, and the first of them with their places.
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

  /** The first errors: `FILE:LINE: …` or `data[ROW]: …`. */
  get first(): readonly string[] {
    return this.#first;
  }

  /** `rows`: the number of all rows, good and bad. */
  error(rows: number, help: string | null = null): UserError {
    const head = `${this.#origin.name}: ${this.#count === 1 ? "1 row is" : `${this.#count} rows are`} wrong, of ${rows}`;
    const more = this.#count - this.#first.length;
    return new UserError(
      [head, ...this.#first, ...(more === 0 ? [] : [`and ${more} more`]), ...(help === null ? [] : [help])].join(
        "\n  ",
      ),
    );
  }
}
