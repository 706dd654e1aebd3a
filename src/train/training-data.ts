// What a run trains on and is measured on: a text or rows, from files, with the vocabularies and sizes that they give.
import { UserError } from "../base/diagnostic.ts";
import { Batches } from "../data/batches.ts";
import { openBytes } from "../data/bytes.ts";
import { openDataset, type RowPart } from "../data/dataset.ts";
import { Rows } from "../data/rows.ts";
import { TextFile } from "../data/text-file.ts";
import { cutStreams, partOf, type Streams, type TokenSource } from "../data/text.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { startName } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import { whyNoTargets } from "./lacking-targets.ts";
import { timeOfTruncation, type Model } from "./model.ts";
import { fieldsOf, sizesOf, usesStart } from "./row-model.ts";
import { rowsMeasured, rowTraining, truncatedRows } from "./row-source.ts";
import type { RunSettings } from "./settings.ts";
import type { MeasuredSource, TrainingSource } from "./source.ts";
import { textInput, textMeasured, textTraining, type TextInput } from "./text-source.ts";

export interface TrainingData {
  readonly training: TrainingSource;
  /** Null where there is nothing to measure on. */
  readonly heldOut: MeasuredSource | null;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Sizes by name that the data gave: of vocabularies, and of axes that the spec left open. */
  readonly sizes: Sizes;
  /** Whether targets are missing at some steps: the model must then be one for such data (`labelledAs`). */
  readonly isPartlyLabelled: boolean;
  /** For the user: how much there is. */
  readonly about: readonly string[];
  close(): void;
}

export interface DataFiles {
  readonly training: string;
  readonly validation?: string;
}

export interface DataOptions {
  /** Rarer symbols become unknown. */
  readonly minCount: number;
  /** Leave out and count rows that are bad, rather than refusing the file. */
  readonly skipBad?: boolean;
  /** Vocabularies and sizes that are fixed already: those of a run that goes on. */
  readonly known?: { readonly vocabularies: ReadonlyMap<string, Vocabulary>; readonly sizes: Sizes };
}

/** The share of the data that is held out where no validation data are given. */
const HELD_OUT = 0.1;

/** Opens the files. Throws a UserError that says what is wrong with them, before anything is trained. */
export function openTrainingData(
  model: Model,
  files: DataFiles,
  settings: RunSettings,
  options: DataOptions,
): TrainingData {
  return model.layout === "text"
    ? openTexts(model, files, settings, options)
    : openRows(model, files, settings, options);
}

/** The steps of a text that are read at once where nothing says how many. */
const TEXT_STEPS = 64;

function openTexts(model: Model, files: DataFiles, settings: RunSettings, options: DataOptions): TrainingData {
  const text = textOf(model);
  const file = openText(files.training, text);
  const cut = files.validation === undefined ? Math.floor(file.length * (1 - HELD_OUT)) : file.length;
  const other = files.validation === undefined ? undefined : openText(files.validation, text);
  const name = text.input.token?.vocabulary ?? "V";
  const vocabulary =
    options.known?.vocabularies.get(name) ??
    file.vocabulary({ start: usesStart(model.inference, name), end: false, minCount: options.minCount }, cut);
  const sizes = vocabularySizes(text, vocabulary);
  const held = settings.batch * 2 + 64;
  const tokens = file.tokens(vocabulary, held);
  const truncation = settings.truncate ?? { k1: TEXT_STEPS, k2: TEXT_STEPS };
  const least = 1 + Math.max(...text.ahead);
  const streams = cutStreams(partOf(tokens, 0, cut), settings.batch, files.training, least);
  const rest = other === undefined ? partOf(tokens, cut, file.length) : other.tokens(vocabulary, held);
  const measured = measuredStreams(rest, settings.batch, truncation.k1, least);
  const unit = text.input.token?.reading === "word" ? "words" : "characters";
  return {
    training: textTraining(text, streams, truncation),
    heldOut: measured === null ? null : textMeasured(text, measured, truncation.k1),
    vocabularies: new Map([[name, vocabulary]]),
    sizes,
    isPartlyLabelled: false,
    about: [`${vocabulary.size} symbols, ${cut} ${unit} to train on, ${rest.length} held out`],
    close: () => {
      file.close();
      other?.close();
    },
  };
}

/** Throws a UserError where a part of the text does not tell its share of the loss. */
function textOf({ inference }: Model): TextInput {
  timeOfTruncation(inference);
  return textInput(inference) ?? neverText();
}

function neverText(): never {
  throw new UserError("this model reads no running text");
}

function openText(path: string, { input }: TextInput): TextFile {
  const source = openBytes(path);
  if (source.size === 0) throw new UserError(`${path}: this file is empty`);
  return new TextFile(source, input.token?.reading === "word" ? "word" : "char");
}

/** As many streams as are trained on, or fewer where the text is short; null where it is too short for any. */
function measuredStreams(tokens: TokenSource, batch: number, steps: number, least: number): Streams | null {
  if (tokens.length < least) return null;
  const count = Math.min(batch, Math.floor(tokens.length / Math.max(2 * steps, least)));
  return cutStreams(tokens, Math.max(1, count), "the held-out text", least);
}

/** The sizes that the vocabulary gives. Throws a UserError where the spec's size is another. */
function vocabularySizes({ input }: TextInput, vocabulary: Vocabulary): Sizes {
  const name = input.token?.vocabulary ?? "V";
  const fixed = Number(name);
  const start = vocabulary.start === null ? [] : [[startName(name), vocabulary.start] as const];
  if (Number.isNaN(fixed)) return new Map([[name, vocabulary.size], ...start]);
  if (fixed === vocabulary.size) return new Map(start);
  throw new UserError(
    `\`${input.name}\` has ${fixed} tokens in the spec, but the data have ${vocabulary.size}: write a name such as V`,
  );
}

function openRows(model: Model, files: DataFiles, settings: RunSettings, options: DataOptions): TrainingData {
  const program = model.inference;
  const fields = fieldsOf(program, "training");
  const { minCount, skipBad, known } = options;
  const dataset = openDataset(files, fields, {
    minCount,
    heldOut: HELD_OUT,
    ...(skipBad === undefined ? {} : { skipBad }),
    ...(known === undefined ? {} : { known }),
  });
  const { batch, seed, truncate } = settings;
  const batches = new Batches(dataset.training, dataset, { batch, seed });
  const { training, validation, skipped } = dataset;
  try {
    refuseNothing(program, training, "learned");
    if (files.validation !== undefined) refuseNothing(program, validation, "measured");
  } catch (problem) {
    dataset.close();
    throw problem;
  }
  const [count, held] = [training.to - training.from, validation.to - validation.from];
  const lacks = held === 0 ? null : whyNoTargets(program, validation);
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
      held === 0 || lacks !== null ? null : rowsMeasured(new Batches(validation, dataset, { batch, seed: null })),
    vocabularies: dataset.vocabularies,
    sizes: sizesOf(fields, dataset),
    isPartlyLabelled: [...lacking.values()].some((count) => count > 0),
    about: [
      `${count} rows to train on, ${held} held out${symbols.length === 0 ? "" : `; ${symbols.join(", ")}`}`,
      ...classesOf(dataset.vocabularies),
      ...[...lacking].flatMap(([name, count]) =>
        count === 0
          ? []
          : [`\`${name}\` is null ${count === 1 ? "once" : `${count} times`}: no loss and no measure counts it there`],
      ),
      ...(lacks === null ? [] : [`of the held-out rows nothing is measured: ${lacks}`]),
      ...(skipped.count === 0 ? [] : [`${skipped.count} bad rows are left out, such as ${skipped.first[0] ?? ""}`]),
    ],
    close: () => dataset.close(),
  };
}

function refuseNothing(program: Program, part: RowPart, what: "learned" | "measured"): void {
  const why = whyNoTargets(program, part);
  if (why !== null) throw new UserError(`${part.rows.name}: nothing can be ${what} from these rows: ${why}`);
}

/** Labels are few, and two that differ by an accident show here. */
function classesOf(vocabularies: ReadonlyMap<string, Vocabulary>): readonly string[] {
  return [...vocabularies].flatMap(([name, { kind, symbols }]) => {
    if (kind !== "label") return [];
    const shown = symbols.slice(0, SHOWN_CLASSES).map((symbol) => JSON.stringify(symbol));
    return [`${name}: ${symbols.length > SHOWN_CLASSES ? [...shown, "…"].join(", ") : shown.join(", ")}`];
  });
}

const SHOWN_CLASSES = 10;

/** Data to measure a trained model on. */
export function openMeasuredData(
  model: Model,
  path: string,
  settings: RunSettings,
  known: NonNullable<DataOptions["known"]>,
): { readonly source: MeasuredSource; readonly isPartlyLabelled: boolean; close(): void } {
  if (model.layout === "rows") {
    const fields = fieldsOf(model.inference, "training");
    const rows = new Rows(openBytes(path), fields, { known });
    refuseNothing(model.inference, { rows, from: 0, to: rows.count }, "measured");
    const isPartlyLabelled = [...rows.labelled.keys()].some((name) => rows.lacking(name) > 0);
    const batches = new Batches({ rows, from: 0, to: rows.count }, known, { batch: settings.batch, seed: null });
    return { source: rowsMeasured(batches), isPartlyLabelled, close: () => rows.close() };
  }
  const text = textOf(model);
  const file = openText(path, text);
  const vocabulary = known.vocabularies.get(text.input.token?.vocabulary ?? "V") ?? neverText();
  const steps = settings.truncate?.k1 ?? TEXT_STEPS;
  const least = 1 + Math.max(...text.ahead);
  const streams = measuredStreams(file.tokens(vocabulary, settings.batch * 2 + 64), settings.batch, steps, least);
  if (streams === null) throw new UserError(`${path} has ${file.length} symbols, but ${least} are the least`);
  return { source: textMeasured(text, streams, steps), isPartlyLabelled: false, close: () => file.close() };
}
