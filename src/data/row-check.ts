// Checks one row: every required field is there, with its kind and size; sequences of one time have equal lengths; labels are known.
import { countThinned, thinned } from "../shape/thinned.ts";
import { describeField, timesOf, type FieldSpec } from "./field.ts";
import { takeField, wrong, type FieldValue, type SizeBook, type Wrong } from "./field-value.ts";
import { labelsNotFit } from "./labels-fit.ts";
import { stepsNotLeft } from "./steps-left.ts";
import { TWICE, type RawRow } from "./raw-row.ts";
import { symbolIds, type Vocabulary } from "./vocabulary.ts";

export type Row = ReadonlyMap<string, FieldValue>;

/** Vocabularies and sizes of a trained model, by the names in the fields. */
export interface Known {
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  readonly sizes: ReadonlyMap<string, number>;
}

export const NOTHING_KNOWN: Known = { vocabularies: new Map(), sizes: new Map() };

/** Fields with the number of token ids from `known`, if it has one. */
export function withRoom(fields: readonly FieldSpec[], known: Known): readonly FieldSpec[] {
  return fields.map((field) => {
    const size = known.sizes.get(field.kind === "token" ? field.vocabulary : "");
    const isOpen = field.kind === "token" && field.reading === "token" && field.most === null;
    return isOpen && size !== undefined ? { ...field, most: size } : field;
  });
}

export class RowCheck {
  readonly #fields: readonly FieldSpec[];
  readonly #aligned: readonly (readonly FieldSpec[])[];
  /** Fields whose time has one step for each k steps of another field's. */
  readonly #thinned: readonly { readonly own: string; readonly of: string; readonly every: number }[];
  readonly #isKnown: ReadonlyMap<string, (symbol: string) => boolean>;
  readonly #sizes: Map<string, { readonly size: number; readonly by: string }>;
  /** The optional fields of the first good row, which every other row must have. */
  #optional: ReadonlySet<string> | null = null;

  constructor(fields: readonly FieldSpec[], known: Known) {
    this.#fields = withRoom(fields, known);
    this.#aligned = [...timesOf(fields).values()].filter((group) => group.length > 1);
    this.#thinned = this.#fields.flatMap(({ name, time }) => {
      const parts = thinned(time ?? "");
      const whole = this.#fields.find((field) => field.time === parts?.of);
      return parts === undefined || whole === undefined ? [] : [{ own: name, of: whole.name, every: parts.every }];
    });
    this.#sizes = new Map([...known.sizes].map(([name, size]) => [name, { size, by: "the model" }]));
    this.#isKnown = new Map(
      [...known.vocabularies].map(([name, vocabulary]) => {
        const idOf = symbolIds(vocabulary);
        return [name, (symbol) => idOf(symbol) !== null];
      }),
    );
  }

  /** The fields of the rows, after the first good row. */
  get present(): readonly FieldSpec[] {
    return this.#fields.filter((field) => field.required || this.#optional?.has(field.name) === true);
  }

  /** The sizes of named axes. */
  get sizes(): ReadonlyMap<string, number> {
    return new Map([...this.#sizes].map(([name, { size }]) => [name, size]));
  }

  /** A good row binds open names of sizes for all later rows; a bad row changes nothing. `by`: the row in messages, such as `line 12`. */
  take(raw: RawRow, by: string): Row | Wrong {
    const row = new Map<string, FieldValue>();
    const book: SizeBook = { sizes: new Map(this.#sizes), by };
    for (const field of this.#fields) {
      const value = raw(field);
      if (value === TWICE) return wrong(`\`${field.name}\` is in this row twice`);
      const isAbsent = value === undefined || (value === null && !field.required);
      if (isAbsent && !this.#needs(field)) continue;
      if (isAbsent) return wrong(`\`${field.name}\` is missing: expected ${describeField(field)}`);
      if (!field.required && this.#optional?.has(field.name) === false) {
        return wrong(`\`${field.name}\` is here, but not in the rows before: it must be in all rows or in none`);
      }
      const taken = takeField(field, value, book);
      if (taken.kind === "wrong") return taken;
      const unknown = this.#unknownIn(field, taken);
      if (unknown !== undefined) return unknown;
      row.set(field.name, taken);
    }
    const uneven = this.#uneven(row);
    if (uneven !== undefined) return uneven;
    const notLeft = this.#notLeft(row);
    if (notLeft !== undefined) return notLeft;
    const tooMany = this.#tooMany(row);
    if (tooMany !== undefined) return tooMany;
    this.#optional ??= new Set(row.keys());
    for (const [name, size] of book.sizes) this.#sizes.set(name, size);
    return row;
  }

  #needs(field: FieldSpec): boolean {
    return field.required || this.#optional?.has(field.name) === true;
  }

  #unknownIn(field: FieldSpec, value: FieldValue): Wrong | undefined {
    if (field.kind !== "token" || value.kind !== "symbols") return undefined;
    const isKnown = this.#isKnown.get(field.vocabulary);
    const symbol =
      isKnown === undefined
        ? undefined
        : value.symbols.find((each, index) => value.lacking?.has(index) !== true && !isKnown(each));
    if (symbol === undefined) return undefined;
    return wrong(
      `\`${field.name}\`: the ${field.reading} ${JSON.stringify(symbol)} does not occur in the training data`,
    );
  }

  /** A sequence that has not one step for each k steps of another one. */
  #notLeft(row: Row): Wrong | undefined {
    for (const { own, of, every } of this.#thinned) {
      const [found, steps] = [own, of].map((name) => row.get(name)?.steps);
      if (found === undefined || steps === undefined || found === countThinned(steps, every)) continue;
      return wrong(stepsNotLeft({ name: own, steps: found }, { name: of, steps }, every));
    }
    return undefined;
  }

  /** Labels that do not fit into the steps that they are read from. */
  #tooMany(row: Row): Wrong | undefined {
    for (const field of this.#fields) {
      const value = row.get(field.name);
      if (field.kind !== "token" || field.readFrom === undefined || value === undefined || value.kind === "numbers")
        continue;
      const steps = this.#stepsAlong(row, field.readFrom);
      const labels = value.kind === "symbols" ? value.symbols : value.ids;
      const text = steps === undefined ? undefined : labelsNotFit({ name: field.name, labels, steps });
      if (text !== undefined) return wrong(text);
    }
    return undefined;
  }

  #stepsAlong(row: Row, time: string): number | undefined {
    const field = this.#fields.find((each) => each.time === time && row.has(each.name));
    const parts = field === undefined ? thinned(time) : undefined;
    if (parts === undefined) return row.get(field?.name ?? "")?.steps;
    const whole = this.#stepsAlong(row, parts.of);
    return whole === undefined ? undefined : countThinned(whole, parts.every);
  }

  #uneven(row: Row): Wrong | undefined {
    for (const [first, ...others] of this.#aligned) {
      const steps = row.get(first?.name ?? "")?.steps;
      const other = others.find(({ name }) => row.has(name) && row.get(name)?.steps !== steps);
      if (first === undefined || steps === undefined || other === undefined) continue;
      const found = row.get(other.name)?.steps ?? 0;
      return wrong(
        `\`${other.name}\` has ${found} ${found === 1 ? "step" : "steps"}, but \`${first.name}\` has ${steps}: the numbers must be equal`,
      );
    }
    return undefined;
  }
}
