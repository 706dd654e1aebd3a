// What belongs to whom in a loop that is cut into slices. A value is either *wide*: its elements belong to units, and each slice has those
// of its own; or it is *narrow*: a few numbers for each example, such as a mean over all units, which every slice has.
// Element `rest` of an example's row of a wide value belongs to unit `rest % units`: stacked gates are blocks of all units.
import { at } from "../../base/invariant.ts";
import { rootOf, type Storage, type View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";

/** The most numbers of a narrow value for each example. */
export const MOST_COLUMNS = 16;

/** The storage of narrow values: each slice keeps its own copy, `columns` numbers for each example. */
export interface Narrow {
  readonly storage: Storage;
  readonly columns: number;
  /** Views of the turn's own values, and of those of the turn before: they are at the same places, a turn apart. */
  readonly written: View;
  readonly before: View | null;
}

/** Numbers of the copy for each example: a value that the next turn reads has two places. */
export function numbersOf({ columns, before }: Narrow): number {
  return before === null ? columns : 2 * columns;
}

interface Made {
  readonly isWide: boolean;
  /** The strides of a turn and of an example. */
  readonly layout: string;
  /** For a wide value: the unit by the place of an element. */
  readonly units: Map<number, number>;
  readonly writes: View[];
  readonly before: View[];
  columns: number;
}

export class Owners {
  readonly #batch: number;
  readonly #units: number;
  readonly #made = new Map<Storage, Made>();

  constructor(batch: number, units: number) {
    this.#batch = batch;
    this.#units = units;
  }

  isMade(view: View): boolean {
    return this.#made.has(rootOf(view.storage).storage);
  }

  isWide(view: View): boolean {
    return this.#made.get(rootOf(view.storage).storage)?.isWide === true;
  }

  get narrow(): readonly Narrow[] {
    return [...this.#made].flatMap(([storage, { isWide, columns, writes, before }]) =>
      isWide ? [] : [{ storage, columns, written: at(writes, 0, "wgsl"), before: before[0] ?? null }],
    );
  }

  /** Notes what a task writes. False if an element would belong to two units, or places cannot be compared. */
  claim(view: View): boolean {
    const { storage } = rootOf(view.storage);
    const isWide = isWideShape(view.shape, this.#units);
    const made = this.#made.get(storage) ?? {
      isWide,
      layout: this.#layoutOf(view),
      units: new Map<number, number>(),
      writes: [],
      before: [],
      columns: 0,
    };
    this.#made.set(storage, made);
    made.writes.push(view);
    if (made.layout !== this.#layoutOf(view) || made.isWide !== isWide) return false;
    if (!isWide) return this.#claimNarrow(view, made);
    return placesIn(view, this.#batch).every((place, rest) => {
      const unit = rest % this.#units;
      const known = made.units.get(place) ?? unit;
      made.units.set(place, known);
      return known === unit;
    });
  }

  #claimNarrow(view: View, made: Made): boolean {
    made.columns = Math.max(made.columns, ...placesIn(view, this.#batch).map((place) => place + 1));
    const isAlone = made.writes.every((other) => turnOf(other) === turnOf(view));
    return view.storage.kind === "float32" && made.columns <= MOST_COLUMNS && isAlone && this.#isInRow(view);
  }

  /**
   * Whether a task may read it where it runs: a wide value unit by unit, or a narrow one of this turn or of the turn before.
   * `isMadeBefore` says whether the tasks before this one have made the value of this turn.
   */
  agrees(view: View, isMadeBefore: boolean): boolean {
    const made = this.#made.get(rootOf(view.storage).storage);
    if (made?.layout !== this.#layoutOf(view)) return false;
    const places = placesIn(view, this.#batch);
    if (made.isWide)
      return (
        places.length % this.#units === 0 && places.every((place, rest) => made.units.get(place) === rest % this.#units)
      );
    if (!this.#isInRow(view) || places.some((place) => place >= made.columns)) return false;
    const lag = (turnOf(at(made.writes, 0, "wgsl")) - turnOf(view)) * Math.sign(view.step || 1);
    if (lag === 1 && view.step !== 0) made.before.push(view);
    return lag === 0 ? isMadeBefore : lag === 1;
  }

  /** The unit of each element of a row. */
  unitsIn(view: View): readonly (number | undefined)[] {
    const made = this.#made.get(rootOf(view.storage).storage);
    if (made?.layout !== this.#layoutOf(view)) return [];
    return placesIn(view, this.#batch).map((place) => made.units.get(place));
  }

  #layoutOf({ step, strides }: View): string {
    return `${Math.abs(step)} ${this.#batch === 1 ? 0 : strides[0]}`;
  }

  /** Whether the places of a row do not pass the end of the row. */
  #isInRow(view: View): boolean {
    const whole = rawPlacesIn(view);
    const [first = 0] = whole;
    const [column = 0] = placesIn(view, this.#batch);
    return placesIn(view, this.#batch).every((place, rest) => place - column === (whole[rest] ?? 0) - first);
  }
}

/** Whether a row of this shape has the same number of elements for each unit. */
export function isWideShape(shape: readonly number[], units: number): boolean {
  return countOf(shape.slice(1)) % units === 0;
}

/** Which turn's value a view is of at turn 0, counted from the begin of its storage. */
export function turnOf({ storage, offset, step }: View): number {
  return step === 0 ? 0 : Math.floor((rootOf(storage).offset + offset) / Math.abs(step));
}

/** The column of the first element of a row. */
export function columnOf({ storage, offset, step, strides }: View, batch: number): number {
  const place = rootOf(storage).offset + offset;
  return within(within(place, Math.abs(step)), batch === 1 ? 0 : (strides[0] ?? 0));
}

function within(place: number, size: number): number {
  return size === 0 ? place : place % size;
}

/** The place of each element of the first example, whatever the turn. */
function placesIn(view: View, batch: number): readonly number[] {
  const row = batch === 1 ? 0 : (view.strides[0] ?? 0);
  return rawPlacesIn(view).map((place) => within(within(place, Math.abs(view.step)), row));
}

/** The same at the first turn. */
function rawPlacesIn({ shape, strides, offset, storage }: View): readonly number[] {
  return Array.from({ length: countOf(shape.slice(1)) }, (_, rest) => {
    let place = offset + rootOf(storage).offset;
    for (let axis = shape.length - 1, left = rest; axis > 0; axis--) {
      const size = at(shape, axis, "wgsl");
      place += (left % size) * at(strides, axis, "wgsl");
      left = Math.floor(left / size);
    }
    return place;
  });
}
