// Writing with a compiled model: what it predicts is fed back, as token ids or numbers.
import { UserError } from "../base/diagnostic.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { evaluateDim } from "../shape/dim.ts";
import { ownAxes } from "../shape/type.ts";
import { openModel } from "../train/model.ts";
import { Session, type Feedback } from "../train/session.ts";
import { textInput } from "../train/text-source.ts";
import { writeText, type WritingOptions } from "../train/writing.ts";
import { checkRows, writeRows, type Written } from "../train/writing-rows.ts";
import type { Compiled } from "./compiled.ts";
import { gathered } from "./feed.ts";
import type { NumberArray } from "./given.ts";
import { refuseUnknownOptions } from "./names.ts";
import { asTokens, endsWithToken, vocabularySize } from "./tokens.ts";
import type { GenerateOptions, Results } from "./types.ts";
import { keyOf } from "./vocabularies.ts";

const OPTIONS = {
  inputs: true,
  lengths: true,
  prompt: true,
  length: true,
  temperature: true,
  topK: true,
  topP: true,
  seed: true,
} as const;

/** Throws a UserError for a model that feeds nothing back, and for options that make no sense. */
export async function generateWith<T>(model: Compiled<T>, options: GenerateOptions): Promise<readonly Results[]> {
  refuseUnknownOptions(options, OPTIONS, "generate");
  const { length = 100, temperature = 1, seed = model.seed, topK, topP, prompt } = options;
  if (!Number.isInteger(length) || length < 0)
    throw new UserError(`the length is ${length}, but it must be a whole number, 0 or more`);
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
async function goOn<T>(
  model: Compiled<T>,
  input: ProgramInput,
  { prompt, inputs }: GenerateOptions,
  writing: WritingOptions,
): Promise<Results> {
  if (inputs !== undefined) throw new UserError(`\`${model.name}\` goes on from a \`prompt\` and takes no \`inputs\``);
  const start = prompt ?? "";
  const tokens =
    typeof start === "string"
      ? model.vocabulary(input.name).encode(start)
      : asTokens(input, { dtype: "int", shape: [start.length, 1], data: Float64Array.from(start) }, model.sizes.known)
          .data;
  const given = start === "" ? "" : Int32Array.from(tokens);
  const session = new Session(
    openModel(model.definition, model.statics, "text"),
    model.device,
    model.ready(),
    model.sizes.known,
    model.sharedSteps("text"),
  );
  try {
    const written: number[] = [];
    const vocabulary = vocabularyOf(model, input);
    if (vocabulary === null) throw new UserError(`\`${input.name}\` is read as numbers: nothing goes on from them`);
    for await (const token of writeText(session, vocabulary, given, writing)) written.push(token);
    return { [input.name]: { shape: [written.length], data: Int32Array.from(written) } };
  } finally {
    session.dispose();
  }
}

async function writeExamples<T>(
  model: Compiled<T>,
  { inputs = {}, lengths = {} }: GenerateOptions,
  writing: WritingOptions,
): Promise<readonly Results[]> {
  const session = new Session(
    openModel(model.definition, model.statics, "rows"),
    model.device,
    model.ready(),
    model.sizes.known,
    model.sharedSteps("rows"),
  );
  try {
    checkRows(session.feedback);
    const { batch } = gathered(model, inputs, { lengths, use: "write" });
    const written = await writeRows(session, batch, ({ input }) => vocabularyOf(model, input), writing);
    return written.map((example) => resultsOf(model, session.feedback, example));
  } finally {
    session.dispose();
  }
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
  const start = model.sizes.known.get(`start.${token.vocabulary}`) ?? null;
  const end = endsWithToken(model.program, input) ? size - 1 : null;
  return { kind: token.reading, symbols: [], unknown: null, start, end, size };
}
