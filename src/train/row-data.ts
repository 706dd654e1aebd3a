// Opens rows to train on and to measure on.
import { UserError } from "../base/diagnostic.ts";
import { Batches } from "../data/batches.ts";
import type { DataSource } from "../data/data-source.ts";
import { datasetOf, type RowPart } from "../data/dataset.ts";
import { HELD_OUT } from "../data/held-out.ts";
import { timesOf, type FieldSpec } from "../data/field.ts";
import type { RowOrigin, RowRequest } from "../data/row-origin.ts";
import { Rows } from "../data/rows.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Sizes } from "../shape/dim.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { findWhyNoTargets } from "./lacking-targets.ts";
import type { Model } from "./model.ts";
import { fieldsOf, requestOf, sizesOf } from "./row-model.ts";
import { scalesOf } from "./scales.ts";
import { measuredRows, rowTraining, truncatedRows } from "./row-source.ts";
import type { RunSettings } from "./settings.ts";
import type { DataOptions, GivenData, KnownData, MeasuredData, TrainingData } from "./training-data.ts";

/** Rows to train on. If there are no rows to measure on, the last tenth is held out. */
export function openRows(model: Model, data: GivenData, settings: RunSettings, options: DataOptions): TrainingData {
  const program = model.inference;
  const fields = fieldsOf(program, "training");
  const { minCount, skipBad, known, holdsOut } = options;
  const splits = data.validation === undefined && holdsOut !== false;
  const dataset = datasetOf(openBoth(data, requestOf(program, fields, splits ? HELD_OUT : 0)), fields, {
    minCount,
    ...(holdsOut === false ? { heldOut: 0 } : {}),
    ...(skipBad === undefined ? {} : { skipBad }),
    ...(known === undefined ? {} : { known }),
  });
  const { batch, seed, truncate } = settings;
  const batches = new Batches(dataset.training, dataset, { batch, seed });
  const { training, validation, skipped } = dataset;
  try {
    refuseWithoutTargets(program, training, "learned");
    if (data.validation !== undefined) refuseWithoutTargets(program, validation, "measured");
  } catch (problem) {
    dataset.close();
    throw problem;
  }
  const [count, held] = [training.to - training.from, validation.to - validation.from];
  const lacks = held === 0 ? null : findWhyNoTargets(program, validation);
  const symbols = [...dataset.vocabularies].map(([name, { size }]) => `${name} = ${size}`);
  const lacking = new Map(
    [...training.rows.labelled.keys()].map((name) => [
      name,
      training.rows.lacking(name) + (validation.rows === training.rows ? 0 : validation.rows.lacking(name)),
    ]),
  );
  return {
    training: truncate === null ? rowTraining(batches) : truncatedRows(batches, truncate, program),
    heldOut:
      held === 0 || lacks !== null ? null : measuredRows(new Batches(validation, dataset, { batch, seed: null })),
    vocabularies: dataset.vocabularies,
    sizes: sizesOf(fields, dataset),
    longest: longestOf(training),
    scales: scalesOf(program, training),
    isPartlyLabelled: [...lacking.values()].some((count) => count > 0),
    about: [
      ...training.rows.about,
      `${count} ${training.rows.heldOut === undefined ? "row" : "window"}${count === 1 ? "" : "s"} to train on, ${held} held out${symbols.length === 0 ? "" : `; ${symbols.join(", ")}`}`,
      ...describeClasses(dataset.vocabularies),
      ...[...lacking].flatMap(([name, count]) =>
        count === 0
          ? []
          : [
              `\`${name}\` is null ${count === 1 ? "once" : `${count} times`}: such steps count in no loss and no measure`,
            ],
      ),
      ...(lacks === null ? [] : [`the held-out rows are not measured: ${lacks}`]),
      ...(skipped.count === 0 ? [] : [`${skipped.count} bad rows are left out, such as ${skipped.first[0] ?? ""}`]),
    ],
    close: () => dataset.close(),
  };
}

/** The greatest number of steps of a row, by time. */
function longestOf({ rows, from, to }: RowPart): Sizes {
  return new Map(
    [...timesOf(rows.fields).keys()].map((time) => [
      time,
      rows
        .steps(time)
        .subarray(from, to)
        .reduce((most, each) => Math.max(most, each), 0),
    ]),
  );
}

/** Opens both, or none if one cannot be opened. */
function openBoth(
  { training, validation }: GivenData,
  request: RowRequest,
): {
  readonly training: RowOrigin;
  readonly validation?: RowOrigin;
} {
  const first = training.rows(request);
  if (validation === undefined) return { training: first };
  try {
    return { training: first, validation: validation.rows({ ...request, heldOut: 0 }) };
  } catch (problem) {
    first.close();
    throw problem;
  }
}

function refuseWithoutTargets(program: Program, part: RowPart, what: "learned" | "measured"): void {
  const why = findWhyNoTargets(program, part);
  if (why !== null) throw new UserError(`${part.rows.name}: nothing can be ${what} from these rows: ${why}`);
}

/** Lists the labels, which are few, so that misspelt ones are seen. */
function describeClasses(vocabularies: ReadonlyMap<string, Vocabulary>): readonly string[] {
  return [...vocabularies].flatMap(([name, { kind, symbols }]) => {
    if (kind !== "label") return [];
    const shown = symbols.slice(0, MAX_SHOWN_CLASSES).map((symbol) => JSON.stringify(symbol));
    return [`${name}: ${symbols.length > MAX_SHOWN_CLASSES ? [...shown, "…"].join(", ") : shown.join(", ")}`];
  });
}

const MAX_SHOWN_CLASSES = 10;

/** Rows to measure a trained model on. Each is read once; in the order of the data if a batch has one row and the order is `given`. */
export function openMeasuredRows(
  model: Model,
  data: DataSource,
  settings: RunSettings,
  known: KnownData,
  order: "any" | "given" = "any",
): MeasuredData {
  const fields = fieldsOf(model.inference, "training");
  refuseUnknownVocabularies(fields, known);
  const rows = new Rows(data.rows(requestOf(model.inference, fields, 0)), fields, { known });
  refuseWithoutTargets(model.inference, { rows, from: 0, to: rows.count }, "measured");
  const isPartlyLabelled = [...rows.labelled.keys()].some((name) => rows.lacking(name) > 0);
  const sizes = new Map([...known.sizes, ...rows.sizes]);
  const encoding = { vocabularies: known.vocabularies, sizes };
  const sorted = order === "any" ? {} : { window: 1 };
  const options = { batch: settings.batch, seed: null, ...sorted };
  const batches = new Batches({ rows, from: 0, to: rows.count }, encoding, options);
  return { source: measuredRows(batches), isPartlyLabelled, close: () => rows.close() };
}

/** Throws a UserError if a field of symbols has no vocabulary. */
export function refuseUnknownVocabularies(fields: readonly FieldSpec[], { vocabularies }: KnownData): void {
  for (const field of fields)
    if (field.kind === "token" && field.reading !== "token" && !vocabularies.has(field.vocabulary))
      throw new UserError(`the vocabulary of \`${field.name}\` is not known: train the model on data first`);
}
