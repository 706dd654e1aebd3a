// Words of a shader whose slices have copies of narrow values: an element of such a value is in the workgroup's own memory `narrow`.
// A value that the next turn reads has two places there in turn.
import { at } from "../../base/invariant.ts";
import { rootOf, type Storage, type View } from "../../kernel/view.ts";
import { columnOf, type Narrow, numbersOf, turnOf } from "./owners.ts";
import { Words } from "./words.ts";

interface Copy extends Narrow {
  /** Its first number in `narrow`. */
  readonly first: number;
}

export class SliceWords extends Words {
  readonly #copies = new Map<Storage, Copy>();
  readonly #batch: number;
  readonly #rows: number;
  #size = 0;

  /** `rows`: examples of a group. */
  constructor(
    placeOf: (view: View) => number,
    narrow: readonly Narrow[],
    { batch, rows }: { readonly batch: number; readonly rows: number },
  ) {
    super(placeOf);
    this.#batch = batch;
    this.#rows = rows;
    for (const each of narrow) this.#copies.set(each.storage, { ...each, first: this.reserve(numbersOf(each)) });
  }

  /** Numbers of `narrow` in all. */
  get size(): number {
    return this.#size;
  }

  /** Reserves numbers of `narrow` for each example, and returns the first. */
  reserve(each: number): number {
    this.#size += each * this.#rows;
    return this.#size - each * this.#rows;
  }

  override element(view: View, coordinates: readonly string[]): string {
    const copy = this.#copies.get(rootOf(view.storage).storage);
    if (copy === undefined) return super.element(view, coordinates);
    const [row = "firstRow", ...rest] = coordinates;
    const terms = rest.flatMap((coordinate, index) => {
      const stride = at(view.strides, index + 1, "wgsl");
      return stride === 0 || coordinate === "0" ? [] : [`${coordinate} * ${stride}`];
    });
    const { first, columns } = copy;
    const column = [`(${row} - firstRow) * ${columns}`, String(columnOf(view, this.#batch)), ...terms].join(" + ");
    return `narrow[${first}${this.#slotOf(view, copy)} + ${column}]`;
  }

  /** The first numbers of a value that the first turn reads, for `row`; they are made outside the loop. */
  beforeLoop(row: string, column: string): readonly string[] {
    return [...this.#copies.values()].flatMap(({ before, columns, first }) =>
      before === null
        ? []
        : [
            `if (${column} < ${columns}) { narrow[${first} + (${row} - firstRow) * ${columns} + ${column}] = ${this.#placeBeforeLoop(before, row, column)}; }\n`,
          ],
    );
  }

  /** Copies what the slice has made to where other tasks read it, at `row` and `column` of the view; empty if no other task does. */
  outside(view: View, coordinates: readonly string[]): string {
    if (view.step === 0 || !this.#copies.has(rootOf(view.storage).storage)) return "";
    return `${super.element(view, coordinates)} = ${this.element(view, coordinates)};\n`;
  }

  #placeBeforeLoop(view: View, row: string, column: string): string {
    const start = columnOf(view, this.#batch);
    const rowStride = this.#batch === 1 ? 0 : at(view.strides, 0, "wgsl");
    const first: View = { ...view, offset: view.offset - start, step: 0, shape: [1, 1], strides: [rowStride, 1] };
    return super.element(first, [row, column]);
  }

  #slotOf(view: View, { before, written, columns }: Copy): string {
    if (before === null) return "";
    const isBefore = turnOf(view) !== turnOf(written);
    return ` + (${isBefore ? "turn" : "(turn + 1)"} & 1) * ${columns * this.#rows}`;
  }
}
