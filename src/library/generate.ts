// Writes with a compiled model, whose predictions are fed back. Tokens are drawn, or found by beam search.
import { UserError } from "../base/diagnostic.ts";
import { beamSearch } from "../train/beam.ts";
import { continueRows } from "../train/continuing.ts";
import type { Session } from "../train/session.ts";
import { ONE_EXAMPLE, writeText, type WritingOptions } from "../train/writing.ts";
import { writeRows, type RowWritingOptions, type VocabularyOf, type WrittenValue } from "../train/writing-rows.ts";
import type { Compiled } from "./compiled.ts";
import { defaultLength } from "./default-length.ts";
import { readGenerateOptions, samplingSettings, searchSettings, type AnyOptions } from "./generate-options.ts";
import type { Work } from "./generation.ts";
import { isWhole, wrongValue } from "./options.ts";
import { createPieces, writtenResults } from "./pieces.ts";
import { readSafely } from "./describe-value.ts";
import { likeliestSymbols } from "./suggest.ts";
import type { BeamOptions, Candidate, GenerateOptions, Results, Suggestion } from "./types.ts";
import { withSession, readStart, writtenVocabulary, type Start } from "./writing-session.ts";

/** Writes by drawing tokens. Rejects with a UserError for a model that feeds nothing back, and for wrong options. */
export async function generateByDrawing<T>(
  model: Compiled<T>,
  given: GenerateOptions,
  { emit, left }: Work,
): Promise<readonly Results[]> {
  const options = readGenerateOptions(given);
  const signal = options.signal === undefined ? left : AbortSignal.any([left, options.signal]);
  const length = defaultLength(model.program, model.origin.longest);
  const drawing = { ...samplingSettings(options, { length, seed: model.seed }), signal };
  const start = readStart(model, options);
  const { prompt } = options;
  const before = typeof prompt === "string" ? prompt : "";
  const pieceOf = createPieces(model, start.kind === "text" ? start.before : before);
  const onWritten: OnWritten = (written, expected) =>
    emit({ ...pieceOf(written), ...(expected === undefined ? {} : { likeliest: expected }) });
  const numbers = start.kind !== "text" ? numbersOf(options, start.batch.sizes.get("B") ?? 1) : {};
  const { likeliest } = options;
  if (likeliest !== undefined && start.kind !== "text")
    throw new UserError(`\`likeliest\` is for models of one text, which \`${model.name}\` is not`);
  return withSession(model, start.kind === "text" ? "text" : "rows", (session) =>
    start.kind === "text"
      ? continueText(model, session, start, { ...drawing, likeliest, onWritten })
      : writeExamples(model, session, start, { ...drawing, ...numbers, onWritten }),
  );
}

/** Called with each value, and with the likeliest symbols at its step if they are wanted. */
type OnWritten = (written: WrittenValue, expected?: readonly Suggestion[]) => void;

type TextStart = Extract<Start, { kind: "text" }>;
type RowStart = Exclude<Start, TextStart>;

/** Continues a prompt. */
async function continueText<T>(
  model: Compiled<T>,
  session: Session<T>,
  { input: { name }, vocabulary, prompt }: TextStart,
  {
    onWritten,
    likeliest,
    ...drawing
  }: WritingOptions & { readonly onWritten: OnWritten; readonly likeliest: number | undefined },
): Promise<readonly Results[]> {
  const written: number[] = [];
  let expected: readonly Suggestion[] | undefined;
  const onLogits = (logits: ArrayLike<number>): void => {
    if (likeliest !== undefined) expected = likeliestSymbols(vocabulary, logits, likeliest);
  };
  for await (const token of writeText(session, vocabulary, prompt, { ...drawing, onLogits })) {
    onWritten({ row: 0, step: written.length, name, value: token }, expected);
    written.push(token);
  }
  return [writtenResults(model, session.feedback, new Map([[name, written]]))];
}

async function writeExamples<T>(
  model: Compiled<T>,
  session: Session<T>,
  { kind, batch }: RowStart,
  options: RowWritingOptions,
): Promise<readonly Results[]> {
  const vocabularyOf: VocabularyOf = ({ input }) => writtenVocabulary(model, input);
  const written =
    kind === "rows"
      ? await writeRows(session, batch, vocabularyOf, options)
      : await continueRows(session, { batch, inputs: model.program.inputs }, vocabularyOf, options);
  return written.map((example) => writtenResults(model, session.feedback, example));
}

/** The option `numbers`, one for each example. */
function numbersOf({ numbers }: AnyOptions, batch: number): Pick<RowWritingOptions, "numbers"> {
  if (numbers === undefined) return {};
  const all = readSafely("`numbers`", () => Array.from<unknown>(numbers));
  const wrong = all.find((each) => !isWhole(each));
  if (wrong !== undefined) throw wrongValue("one of `numbers`", wrong, "a whole number");
  if (all.length !== batch)
    throw new UserError(`\`numbers\` has ${all.length}, but the batch has ${batch}: give one for each example`);
  return { numbers: all.map(Number) };
}

/** Writes by beam search. Rejects as `generateByDrawing`, and for a model that does not feed back one sequence of tokens. */
export async function generateBySearch<T>(
  model: Compiled<T>,
  given: BeamOptions,
): Promise<readonly (readonly Candidate[])[]> {
  const options = readGenerateOptions(given);
  const start = readStart(model, options);
  if (start.kind === "history")
    throw new UserError(
      `beam search does not go on from a history: leave out \`beam\`, or read \`target x\` as \`x[t-1]\` in \`${model.name}\``,
    );
  const { signal } = options;
  const settings = { ...searchSettings(options), ...(signal === undefined ? {} : { signal }) };
  return withSession(model, start.kind, async (session) => {
    const [first] = session.feedback;
    const vocabulary = first === undefined ? null : writtenVocabulary(model, first.input);
    const begun = start.kind === "text" ? { batch: ONE_EXAMPLE, prompt: start.prompt } : { batch: start.batch };
    const found = await beamSearch(session, begun, vocabulary, settings);
    return found.map((candidates) =>
      candidates.map(({ tokens, ...rest }) => ({
        written: writtenResults(model, session.feedback, new Map([[first?.input.name ?? "", tokens]])),
        ...rest,
      })),
    );
  });
}
