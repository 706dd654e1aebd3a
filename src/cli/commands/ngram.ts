// `recurra ngram DATA`: counts the n-grams of a text, as a baseline to compare a trained model with.
import { Option, type Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { fileData } from "../../data/data-file.ts";
import type { TextKind } from "../../data/running-text.ts";
import { cutStreams } from "../../data/text.ts";
import { decodingAfter } from "../../data/vocabulary.ts";
import { greatest } from "../../library/suggest.ts";
import type { Suggestion } from "../../library/types.ts";
import { countNgrams, type NgramCounts } from "../../ngram/counts.ts";
import { ngramData, type NgramData } from "../../ngram/data.ts";
import { NgramModel } from "../../ngram/model.ts";
import { SMOOTHINGS, type Smoothing } from "../../ngram/smoothing.ts";
import { contextAfter, drawTokens } from "../../ngram/write.ts";
import { writableTokens } from "../../train/writing.ts";
import { asPrediction, heldOutLine, ngramsLine, ordersTable, type MeasuredNgrams } from "../ngram-text.ts";
import { count, counts as countList, positive, wholeNumber } from "../numbers.ts";
import { print } from "../output.ts";
import { suggestionRows } from "../suggestions.ts";
import { table } from "../table.ts";

interface Options {
  readonly order: readonly number[];
  readonly smoothing: Smoothing["kind"];
  readonly delta?: number;
  readonly symbols: TextKind;
  readonly valid?: string;
  readonly minCount: number;
  readonly batch: number;
  readonly prompt?: string;
  readonly length?: number;
  readonly seed?: number;
  readonly suggest?: string;
  readonly top?: number;
  readonly json?: boolean;
}

/** A model of one order, with what the options ask of it. */
interface Result extends MeasuredNgrams {
  readonly text?: string;
  readonly suggestions?: readonly Suggestion[];
}

/** Longer n-grams hardly ever occur twice, and their counts need much memory. */
const MOST_ORDER = 20;
const [LENGTH, SEED, TOP, DELTA] = [400, 1, 5, 1];

const HELP = `
The text is divided as by \`train\`, and measured as by \`evaluate\`: the last tenth is held out, or --valid is measured, and every
symbol but the first is predicted. So the figures can be compared with those of a model that was trained on the same text.

Smoothing:
  none         shares of what followed; what never followed has probability 0
  add          --delta is added to each count
  backoff      Katz's back-off with absolute discounts
  kneser-ney   interpolated, with modified discounts

Examples:
  recurra ngram book.txt
  recurra ngram book.txt --order 1,2,3,4,5
  recurra ngram book.txt --symbols word --min-count 2 --smoothing add --delta 0.1
  recurra ngram book.txt --order 6 --prompt "Call me " --length 200 --seed 3
  recurra ngram book.txt --symbols word --suggest "the white" --top 10
`;

export function register(program: Command): void {
  program
    .command("ngram")
    .description("count the n-grams of a text, and measure, write and suggest with them")
    .argument("<data>", "a text (UTF-8)")
    .addOption(
      new Option("--order <n>", "the number of symbols of an n-gram; several make a table: 1,2,3")
        .argParser(countList)
        .default([3], "3"),
    )
    .addOption(
      new Option("--smoothing <kind>", "what n-grams get that do not occur")
        .choices([...SMOOTHINGS])
        .default("kneser-ney"),
    )
    .option("--delta <x>", `with --smoothing add: what is added to each count (default: ${DELTA})`, positive)
    .addOption(new Option("--symbols <kind>", "what a symbol is").choices(["char", "word"]).default("char"))
    .option("--valid <file>", "measure this text (default: the last tenth of the data)")
    .option("--min-count <n>", "rarer symbols become unknown", count, 1)
    .option("--batch <n>", "cut what is measured into n streams, as `train` does", count, 1)
    .option("--prompt <text>", "write a text that begins with this")
    .option("--length <n>", `with --prompt: the number of symbols to write (default: ${LENGTH})`, count)
    .option("--seed <n>", `with --prompt: the same seed writes the same text (default: ${SEED})`, wholeNumber)
    .option("--suggest <text>", "print the likeliest symbols after this text, with their probabilities")
    .option("--top <n>", `with --suggest: the number of symbols (default: ${TOP})`, count)
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(ngram);
}

function ngram(path: string, options: Options): void {
  const { order: orders, symbols: kind, minCount, valid } = options;
  refuseUseless(options);
  const smoothing = smoothingOf(options);
  const validation = valid === undefined ? {} : { validation: fileData(valid) };
  const data = ngramData(fileData(path), { kind, minCount, ...validation });
  const counts = countNgrams(data.training, data.vocabulary.size, Math.max(...orders));
  const results = orders.map((order) => resultOf(new NgramModel(counts, order, smoothing), order, data, options));
  if (options.json === true) print(jsonOf(results, { counts, data, options }));
  else printText(results, { counts, data, options });
}

function refuseUseless({ order, smoothing, delta, prompt, length, seed, suggest, top }: Options): void {
  const most = Math.max(...order);
  if (most > MOST_ORDER) throw new UserError(`--order is ${most}, but it can be ${MOST_ORDER} at most`);
  if (delta !== undefined && smoothing !== "add")
    throw new UserError(`--delta has no effect with --smoothing ${smoothing}: leave it out, or give --smoothing add`);
  if (prompt === undefined && (length !== undefined || seed !== undefined))
    throw new UserError(`--${length === undefined ? "seed" : "length"} is for writing: add --prompt TEXT`);
  if (suggest === undefined && top !== undefined)
    throw new UserError("--top is for the likeliest symbols: add --suggest TEXT");
}

function smoothingOf({ smoothing, delta = DELTA }: Options): Smoothing {
  return smoothing === "add" ? { kind: smoothing, delta } : { kind: smoothing };
}

function resultOf(model: NgramModel, order: number, { vocabulary, heldOut }: NgramData, options: Options): Result {
  const { batch, prompt, length = LENGTH, seed = SEED, suggest, top = TOP } = options;
  const isMeasured = heldOut.length >= 2;
  const text = (begin: string): string => {
    const written = Array.from(drawTokens(model, vocabulary, { prompt: begin, length, seed }));
    return begin + written.map(decodingAfter(vocabulary, begin)).join("");
  };
  const suggestions = (before: string): readonly Suggestion[] => {
    const context = contextAfter(model, vocabulary, before);
    const chances = writableTokens(vocabulary).map((token) => ({
      token,
      probability: model.probability(context, token),
    }));
    return greatest(vocabulary, chances, top);
  };
  return {
    order,
    ...(isMeasured ? { measures: model.measure(cutStreams(heldOut, batch, "the held-out text")) } : {}),
    ...(prompt === undefined ? {} : { text: text(prompt) }),
    ...(suggest === undefined ? {} : { suggestions: suggestions(suggest) }),
  };
}

interface Shown {
  readonly counts: NgramCounts;
  readonly data: NgramData;
  readonly options: Options;
}

function printText(results: readonly Result[], { counts, data, options }: Shown): void {
  const { symbols: kind, smoothing, valid } = options;
  if (valid === undefined) print("no --valid: the last tenth of the data is held out");
  print(
    `${smoothing}: ${data.vocabulary.size} symbols, ${data.training.length} ${kind === "word" ? "words" : "characters"} to count, ${data.heldOut.length} held out`,
  );
  const [only, ...others] = results;
  if (only !== undefined && others.length === 0) {
    print(ngramsLine(counts));
    print(heldOutLine(only.measures, kind));
  } else print(ordersTable(results, counts, kind));
  for (const { order, text, suggestions } of results) {
    if (text === undefined && suggestions === undefined) continue;
    print(`\norder ${order}:`);
    if (text !== undefined) print(text);
    if (suggestions !== undefined) print(table([["symbol", "probability"], ...suggestionRows(suggestions)]));
  }
}

/** A loss that is infinite is null. */
function jsonOf(results: readonly Result[], { counts, data, options }: Shown): string {
  const { symbols: kind, smoothing } = options;
  return JSON.stringify(
    {
      smoothing,
      symbols: data.vocabulary.size,
      counted: data.training.length,
      heldOut: data.heldOut.length,
      orders: results.map(({ order, measures, text, suggestions }) => {
        const {
          loss,
          perplexity,
          bits,
          count: predictions,
        } = measures === undefined ? {} : asPrediction(measures, kind);
        const ngrams = counts.levels.slice(0, order).map(({ tokens }) => tokens.length);
        return {
          order,
          ngrams,
          loss,
          perplexity,
          bits,
          count: predictions,
          impossible: measures?.impossible,
          text,
          suggestions,
        };
      }),
    },
    null,
    2,
  );
}
