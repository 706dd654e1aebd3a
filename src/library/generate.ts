// Writing with a compiled model: what it predicts is fed back, as token ids or numbers.
import { UserError } from "../base/diagnostic.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { startName } from "../graph/border.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { evaluateDim } from "../shape/dim.ts";
import { ownAxes } from "../shape/type.ts";
import type { Layout } from "../data/data-source.ts";
import { openModel } from "../train/model.ts";
import { feedbackOf, Session, stepping, type Feedback } from "../train/session.ts";
import { textInput } from "../train/text-source.ts";
import { writeText, type WritingOptions } from "../train/writing.ts";
import { checkRows, writeRows, type Written } from "../train/writing-rows.ts";
import type { Compiled } from "./compiled.ts";
import { gathered } from "./feed.ts";
import type { NumberArray } from "./given.ts";
import { isView, numbersOf } from "./given.ts";
import { aBoolean, aWhole, checkedLater, checkedOptions, mustBe, type Check, type Checks } from "./options.ts";
import { reading } from "./shown.ts";
import { asTokens, endsWithToken, vocabularySize } from "./tokens.ts";
import type { GenerateOptions, Results } from "./types.ts";
import { keyOf } from "./vocabularies.ts";

/** The range is checked where it is used. */
const aNumber: Check = (value, name) => {
  if (typeof value !== "number") throw mustBe(name, value, "a number");
};

const OPTIONS: Checks<GenerateOptions> = {
  inputs: checkedLater,
  lengths: checkedLater,
  prompt: checkedLater,
  length: aWhole("the length", 0),
  temperature: aNumber,
  topK: aNumber,
  topP: aNumber,
  seed: aWhole("the seed"),
  allowNonFinite: aBoolean,
};

/** Throws a UserError for a model that feeds nothing back, and for options that make no sense. */
export async function generateWith<T>(model: Compiled<T>, given: GenerateOptions): Promise<readonly Results[]> {
  const options = checkedOptions(given, OPTIONS, "generate");
  const { length = 100, temperature = 1, seed = model.seed, topK, topP, prompt } = options;
  const writing: WritingOptions = {
    length,
    temperature,
    seed,
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
  const text = textInput(model.program);
  if (text !== undefined) return [await goOn(model, text.input, options, writing)];
  if (prompt !== undefined)
    throw new UserError(`\`${model.name}\` is no model of one text and takes no \`prompt\`: give its \`inputs\``);
  return writeExamples(model, options, writing);
}

/** Goes on from a prompt: `[n]` tokens. */
function goOn<T>(
  model: Compiled<T>,
  input: ProgramInput,
  { prompt = "", inputs }: GenerateOptions,
  writing: WritingOptions,
): Promise<Results> {
  if (inputs !== undefined) throw new UserError(`\`${model.name}\` goes on from a \`prompt\` and takes no \`inputs\``);
  const vocabulary = vocabularyOf(model, input);
  if (vocabulary === null) throw new UserError(`\`${input.name}\` is read as numbers: nothing goes on from them`);
  const given = prompt === "" ? "" : tokensOf(model, input, prompt);
  return inSession(model, "text", async (session) => {
    const written: number[] = [];
    for await (const token of writeText(session, vocabulary, given, writing)) written.push(token);
    return { [input.name]: { shape: [written.length], data: Int32Array.from(written) } };
  });
}

/** A prompt as token ids. */
function tokensOf<T>(model: Compiled<T>, input: ProgramInput, prompt: string | ArrayLike<number>): Int32Array {
  if (typeof prompt === "string") return model.vocabulary(input.name).encode(prompt);
  const data = reading("`prompt`", () => {
    if (!Array.isArray(prompt) && !isView(prompt)) throw mustBe("`prompt`", prompt, "a text, or an array of token ids");
    return Float64Array.from(numbersOf(prompt, prompt.length, "prompt"));
  });
  return Int32Array.from(asTokens(input, { dtype: "int", shape: [data.length, 1], data }, model.sizes.known).data);
}

function writeExamples<T>(
  model: Compiled<T>,
  { inputs = {}, lengths = {}, allowNonFinite = model.allowNonFinite }: GenerateOptions,
  writing: WritingOptions,
): Promise<readonly Results[]> {
  stepping(model.program);
  checkRows(feedbackOf(model.program));
  const { batch } = gathered(model, inputs, { lengths, use: "write", allowNonFinite });
  return inSession(model, "rows", async (session) => {
    const written = await writeRows(session, batch, ({ input }) => vocabularyOf(model, input), writing);
    return written.map((example) => resultsOf(model, session.feedback, example));
  });
}

/** Writes with the weights as they are when its turn comes, and until it is over. */
function inSession<T, R>(model: Compiled<T>, layout: Layout, write: (session: Session<T>) => Promise<R>): Promise<R> {
  return model.turns.read(async () => {
    const weights = model.ready();
    const opened = openModel(model.definition, model.statics, layout);
    const session = new Session(opened, model.device, weights, model.sizes.known, model.sharedSteps(layout));
    try {
      return await write(session);
    } finally {
      session.dispose();
    }
  });
}

/** For each name token ids `[n]`, or numbers `[n, …]`. */
function resultsOf<T>(model: Compiled<T>, feedback: readonly Feedback[], example: Written): Results {
  return Object.fromEntries(
    feedback.map(({ input, prediction }): [string, NumberArray] => {
      const steps = example.get(input.name) ?? [];
      if (prediction.kind === "token")
        return [input.name, { shape: [steps.length], data: Int32Array.from(steps.flat()) }];
      const own = ownAxes(input.type).map(({ size }) => evaluateDim(size, model.sizes.known));
      return [input.name, { shape: [steps.length, ...own], data: Float32Array.from(steps.flat()) }];
    }),
  );
}

/** Which ids are special, where nobody has said: those behind the symbols, as in a vocabulary of data. Null for tokens that are numbers. */
function vocabularyOf<T>(model: Compiled<T>, input: ProgramInput): Vocabulary | null {
  const known = model.vocabularies.get(keyOf(input));
  if (known !== undefined) return known;
  const { token } = input;
  if (token === undefined || token.reading === "token") return null;
  const size = vocabularySize(token.vocabulary, model.sizes.known);
  if (size === undefined)
    throw new UserError(
      `the size ${token.vocabulary} is not known: give \`sizes: { ${token.vocabulary}: … }\` to \`compile\``,
    );
  const start = model.sizes.known.get(startName(token.vocabulary)) ?? null;
  const end = endsWithToken(model.program, input) ? size - 1 : null;
  return { kind: token.reading, symbols: [], unknown: null, start, end, size };
}
