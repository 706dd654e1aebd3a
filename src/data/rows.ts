// Rows of a file, which may be larger than memory, or of an array. One pass checks every row and keeps its place and lengths (about 20
// bytes for each row). Then rows can be read in any order.
import { UserError } from "../base/diagnostic.ts";
import { changed } from "./bytes.ts";
import { timesOf, type FieldSpec } from "./field.ts";
import type { Wrong } from "./field-value.ts";
import { growableFloats, growableInts } from "./growable-array.ts";
import { Problems } from "./problems.ts";
import { NOTHING_KNOWN, RowCheck, type Known, type Row } from "./row-check.ts";
import type { FoundRow, RowOrigin, RowPlace, StepCount } from "./row-origin.ts";
import { SymbolCounts } from "./symbol-counts.ts";

export interface RowOptions {
  /** Skip bad rows and count them. Otherwise a bad row is an error. */
  readonly skipBad?: boolean;
  /** Vocabularies and sizes of a trained model: a row with another label or size is bad. */
  readonly known?: Known;
  /** Bytes that are read at once. */
  readonly piece?: number;
}

interface Places {
  readonly offsets: Float64Array;
  readonly sizes: Int32Array;
  readonly lines: Int32Array;
  /** The number of steps of every row, by time. */
  readonly steps: ReadonlyMap<string, Int32Array>;
  /** For fields with missing values: the number of values in every row. */
  readonly labelled: ReadonlyMap<string, Int32Array>;
}

export class Rows {
  readonly #origin: RowOrigin;
  readonly #check: RowCheck;
  readonly #places: Places;
  /** The counts of symbols in all rows, and the largest token ids. */
  readonly counts: SymbolCounts;
  /** Rows that were skipped, and the first errors. */
  readonly skipped: { readonly count: number; readonly first: readonly string[] };

  /** Reads and checks all rows. Throws a UserError with the number of bad rows and the first ten of them. */
  constructor(origin: RowOrigin, fields: readonly FieldSpec[], options: RowOptions = {}) {
    this.#origin = origin;
    this.#check = new RowCheck(fields, options.known ?? NOTHING_KNOWN);
    this.counts = new SymbolCounts(fields);
    refuseMissingColumns(origin, fields);
    const problems = new Problems(origin);
    this.#places = this.#index(fields, problems, options.piece);
    if (problems.count > 0 && options.skipBad !== true)
      throw problems.error(this.count + problems.count, this.#helpFor(fields));
    this.skipped = { count: problems.count, first: problems.first };
    if (this.count === 0) {
      throw new UserError(`${origin.name}: ${whyNone(origin, problems)}`);
    }
  }

  /** Rows with a number where a sequence is needed are probably the steps of one. */
  #helpFor(fields: readonly FieldSpec[]): string | null {
    const isAll = this.count === 0 && this.#origin.columns !== null;
    return isAll && fields.some(({ kind, time }) => kind === "number" && time !== null)
      ? "if each row is a time step, read the file as a series: `--series`, or `series: true` in the library"
      : null;
  }

  get name(): string {
    return this.#origin.name;
  }

  /** Of series: the number of rows, from the end, that are held out by time. */
  get heldOut(): number | undefined {
    return this.#origin.heldOut;
  }

  /** Of series: the names of steps of a row; null if rows are not steps. */
  stepsOf(row: number, steps: StepCount): readonly Readonly<Record<string, string>>[] | null {
    return this.#origin.stepsOf?.(row, steps) ?? null;
  }

  get about(): readonly string[] {
    return this.#origin.about ?? [];
  }

  get count(): number {
    return this.#places.offsets.length;
  }

  /** The fields that the rows have. */
  get fields(): readonly FieldSpec[] {
    return this.#check.present;
  }

  /** The sizes of named axes, and the number of token ids by name. */
  get sizes(): ReadonlyMap<string, number> {
    return new Map([...this.counts.idSizes, ...this.#check.sizes]);
  }

  /** The length of each row along `time`, without an end token. */
  steps(time: string): Int32Array {
    return this.#places.steps.get(time) ?? new Int32Array(this.count);
  }

  /** For fields with missing values, by name: the number of values in each row. */
  get labelled(): ReadonlyMap<string, Int32Array> {
    return this.#places.labelled;
  }

  /** The number of missing values of a field in all rows. */
  lacking(name: string): number {
    const field = this.fields.find((each) => each.name === name);
    const labelled = this.labelled.get(name);
    if (field === undefined || labelled === undefined) return 0;
    const sum = (numbers: Int32Array): number => numbers.reduce((total, each) => total + each, 0);
    return (field.time === null ? this.count : sum(this.steps(field.time))) - sum(labelled);
  }

  /** In a file the row's first line, from 1; in an array its index. */
  lineOf(row: number): number {
    return this.#places.lines[row] ?? 0;
  }

  #placeOf(row: number): RowPlace {
    const { offsets, sizes } = this.#places;
    return { offset: offsets[row] ?? 0, size: sizes[row] ?? 0, line: this.lineOf(row) };
  }

  /** Reads one row again. Throws a UserError if the file has changed. */
  read(row: number): Row {
    const place = this.#placeOf(row);
    const taken = this.#take({ ...place, raw: this.#origin.read(place) });
    const isSame =
      taken.kind === "row" &&
      [...timesOf(this.fields)].every(
        ([time, [first]]) => taken.row.get(first?.name ?? "")?.steps === this.steps(time)[row],
      );
    if (taken.kind === "wrong" || !isSame) throw changed(this.name);
    return taken.row;
  }

  close(): void {
    this.#origin.close();
  }

  #take({ raw, line }: FoundRow): { readonly kind: "row"; readonly row: Row } | Wrong {
    if (typeof raw !== "function") return raw;
    const row = this.#check.take(raw, this.#origin.nearPlaceOf(line));
    return "kind" in row ? row : { kind: "row", row };
  }

  #index(fields: readonly FieldSpec[], problems: Problems, piece: number | undefined): Places {
    const [offsets, sizes, lines] = [growableFloats(), growableInts(), growableInts()];
    const times = [...timesOf(fields)].map(([time, members]) => ({ time, members, steps: growableInts() }));
    const labels = fields.flatMap(({ name, mayLack }) =>
      mayLack === true ? [{ name, labelled: growableInts() }] : [],
    );
    for (const record of this.#origin.all(piece)) {
      const taken = this.#take(record);
      if (taken.kind === "wrong") {
        problems.add(record.line, taken.text);
        continue;
      }
      const { row } = taken;
      offsets.push(record.offset);
      sizes.push(record.size);
      lines.push(record.line);
      for (const { members, steps } of times) {
        steps.push(members.map(({ name }) => row.get(name)?.steps).find((each) => each !== undefined) ?? 0);
      }
      for (const { name, labelled } of labels) {
        const value = row.get(name);
        labelled.push((value?.steps ?? 0) - (value?.lacking?.size ?? 0));
      }
      this.counts.add(row, 1);
    }
    return {
      offsets: offsets.finish(),
      sizes: sizes.finish(),
      lines: lines.finish(),
      steps: new Map(times.map(({ time, steps }) => [time, steps.finish()])),
      labelled: new Map(labels.map(({ name, labelled }) => [name, labelled.finish()])),
    };
  }
}

function whyNone({ kind }: RowOrigin, { count, first }: Problems): string {
  if (count === 0) return `there are no rows in this ${kind}`;
  return `there are no good rows in this ${kind}, of ${count}\n  ${first.join("\n  ")}`;
}

function refuseMissingColumns({ name, columns }: RowOrigin, fields: readonly FieldSpec[]): void {
  if (columns === null) return;
  const missing = fields.filter((field) => field.required && !columns.includes(field.name));
  if (missing.length === 0) return;
  const names = missing.map((field) => `\`${field.name}\``).join(", ");
  throw new UserError(`${name}:1: there is no column ${names}; the columns are ${columns.join(", ")}`);
}
