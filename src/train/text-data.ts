// Opens a running text to train on and to measure on.
import { UserError } from "../base/diagnostic.ts";
import type { DataSource } from "../data/data-source.ts";
import { heldOutFrom } from "../data/held-out.ts";
import type { RunningText } from "../data/running-text.ts";
import { cutStreams, partOf, type Streams, type TokenSource } from "../data/text.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { startName } from "../graph/border.ts";
import type { Sizes } from "../shape/dim.ts";
import { timeOfTruncation, type Model } from "./model.ts";
import { usesStart, vocabularyKey } from "./row-model.ts";
import type { RunSettings } from "./settings.ts";
import { textInput, type TextInput } from "./text-input.ts";
import { textMeasured, textRead, textTraining } from "./text-source.ts";
import type { DataOptions, GivenData, KnownData, MeasuredData, TrainingData } from "./training-data.ts";

/** The default number of steps of a text that are read at once. */
const TEXT_STEPS = 64;

/** A text to train on. If there is no text to measure on, its last tenth is held out. */
export function openTexts(model: Model, data: GivenData, settings: RunSettings, options: DataOptions): TrainingData {
  const text = textOf(model);
  const { training, validation } = data;
  const file = openText(training, text);
  const isCut = validation === undefined && options.holdsOut !== false;
  const cut = isCut ? heldOutFrom(file.length) : file.length;
  const other = validation === undefined ? undefined : openText(validation, text);
  const name = text.input.token?.vocabulary ?? "V";
  const key = vocabularyKey(text.input);
  const vocabulary =
    options.known?.vocabularies.get(key) ??
    file.vocabulary({ start: usesStart(model.inference, name), end: false, minCount: options.minCount }, cut);
  const sizes = vocabularySizes(text, vocabulary);
  const held = settings.batch * 2 + 64;
  const tokens = file.tokens(vocabulary, held);
  const truncation = settings.truncate ?? { k1: TEXT_STEPS, k2: TEXT_STEPS };
  const minLength = 1 + Math.max(...text.ahead);
  const streams = cutStreams(partOf(tokens, 0, cut), settings.batch, training.name, minLength);
  const rest = other === undefined ? partOf(tokens, cut, file.length) : other.tokens(vocabulary, held);
  const measured = measuredStreams(rest, settings.batch, truncation.k1, minLength);
  const unit = text.input.token?.reading === "word" ? "words" : "characters";
  return {
    training: textTraining(text, streams, truncation),
    heldOut: measured === null ? null : textMeasured(text, measured, truncation.k1),
    vocabularies: new Map([[key, vocabulary]]),
    sizes,
    longest: new Map(),
    scales: new Map(),
    isPartlyLabelled: false,
    about: [`${vocabulary.size} symbols, ${cut} ${unit} to train on, ${rest.length} held out`],
    close: () => {
      file.close();
      other?.close();
    },
  };
}

/** Throws a UserError if the model cannot be trained on parts of a text. */
function textOf({ inference }: Model): TextInput {
  timeOfTruncation(inference);
  return textInput(inference) ?? refuseText();
}

function refuseText(): never {
  throw new UserError("this model reads no running text");
}

function openText(data: DataSource, { input }: TextInput): RunningText {
  return data.text(input.token?.reading === "word" ? "word" : "char");
}

/** At most `batch` streams, fewer if the text is short; null if it is too short for one. */
function measuredStreams(tokens: TokenSource, batch: number, steps: number, minLength: number): Streams | null {
  if (tokens.length < minLength) return null;
  const count = Math.min(batch, Math.floor(tokens.length / Math.max(2 * steps, minLength)));
  return cutStreams(tokens, Math.max(1, count), "the held-out text", minLength);
}

/** The sizes of the vocabulary. Throws a UserError if the spec has another size. */
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

/** A text whose every symbol a trained model reads, in one stream. */
export function openReadText(model: Model, data: DataSource, known: KnownData): Omit<MeasuredData, "isPartlyLabelled"> {
  const text = textOf(model);
  const file = openText(data, text);
  try {
    const tokens = file.tokens(vocabularyIn(known, text), 2 + TEXT_STEPS);
    const streams = cutStreams(tokens, 1, data.name, 1);
    return { source: textRead(text, streams, TEXT_STEPS), close: () => file.close() };
  } catch (problem) {
    file.close();
    throw problem;
  }
}

function vocabularyIn({ vocabularies }: KnownData, { input }: TextInput): Vocabulary {
  const vocabulary = vocabularies.get(vocabularyKey(input));
  if (vocabulary === undefined)
    throw new UserError(`the vocabulary of \`${input.name}\` is not known: train the model first`);
  return vocabulary;
}

/** A text to measure a trained model on. */
export function openMeasuredText(
  model: Model,
  data: DataSource,
  settings: RunSettings,
  known: KnownData,
): MeasuredData {
  const text = textOf(model);
  const file = openText(data, text);
  const vocabulary = known.vocabularies.get(vocabularyKey(text.input));
  if (vocabulary === undefined) {
    file.close();
    throw new UserError(`the vocabulary of \`${text.input.name}\` is not known: train the model first`);
  }
  const steps = settings.truncate?.k1 ?? TEXT_STEPS;
  const minLength = 1 + Math.max(...text.ahead);
  const streams = measuredStreams(file.tokens(vocabulary, settings.batch * 2 + 64), settings.batch, steps, minLength);
  if (streams === null)
    throw new UserError(`${data.name} has ${file.length} symbols, but it needs ${minLength} or more`);
  return { source: textMeasured(text, streams, steps), isPartlyLabelled: false, close: () => file.close() };
}
