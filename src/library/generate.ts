// Writing with a compiled model: what it predicts is fed back, as token ids or numbers. Tokens are drawn, or searched for.
import { UserError } from "../base/diagnostic.ts";
import { beamSearch } from "../train/beam.ts";
import type { Session } from "../train/session.ts";
import { ONE_EXAMPLE, writeText, type WritingOptions } from "../train/writing.ts";
import { writeRows, type RowWritingOptions, type WrittenValue } from "../train/writing-rows.ts";
import type { Compiled } from "./compiled.ts";
import { checkedGenerate, drawingOf, searchOf, type AnyOptions } from "./generate-options.ts";
import { generation } from "./generation.ts";
import { isWhole, mustBe } from "./options.ts";
import { pieceMaker, writtenResults } from "./pieces.ts";
import { reading } from "./shown.ts";
import type { BeamOptions, Candidate, GenerateOptions, Generation, Results } from "./types.ts";
import { inSession, startOf, writtenVocabulary, type Start } from "./writing-session.ts";

/** Draws. Rejects with a UserError for a model that feeds nothing back, and for options that make no sense. */
export function generateWith<T>(model: Compiled<T>, given: GenerateOptions): Generation {
  return generation(async ({ emit, left }) => {
    const options = checkedGenerate(given);
    const signal = options.signal === undefined ? left : AbortSignal.any([left, options.signal]);
    const drawing = { ...drawingOf(options, model.seed), signal };
    const start = startOf(model, options);
    const pieceOf = pieceMaker(model, start.kind === "text" ? start.before : "");
    const onWritten = (written: WrittenValue): void => emit(pieceOf(written));
    const numbers = start.kind === "rows" ? numbersOf(options, start.batch.sizes.get("B") ?? 1) : {};
    return inSession(model, start.kind, (session) =>
      start.kind === "text"
        ? goOn(model, session, start, { ...drawing, onWritten })
        : writeExamples(model, session, start, { ...drawing, ...numbers, onWritten }),
    );
  });
}

type TextStart = Extract<Start, { kind: "text" }>;
type RowStart = Extract<Start, { kind: "rows" }>;

/** Goes on from a prompt. */
async function goOn<T>(
  model: Compiled<T>,
  session: Session<T>,
  { input: { name }, vocabulary, prompt }: TextStart,
  { onWritten, ...drawing }: WritingOptions & { readonly onWritten: (written: WrittenValue) => void },
): Promise<readonly Results[]> {
  const written: number[] = [];
  for await (const token of writeText(session, vocabulary, prompt, drawing)) {
    onWritten({ row: 0, step: written.length, name, value: token });
    written.push(token);
  }
  return [writtenResults(model, session.feedback, new Map([[name, written]]))];
}

async function writeExamples<T>(
  model: Compiled<T>,
  session: Session<T>,
  { batch }: RowStart,
  options: RowWritingOptions,
): Promise<readonly Results[]> {
  const written = await writeRows(session, batch, ({ input }) => writtenVocabulary(model, input), options);
  return written.map((example) => writtenResults(model, session.feedback, example));
}

/** The option `numbers`, one for each example. */
function numbersOf({ numbers }: AnyOptions, batch: number): Pick<RowWritingOptions, "numbers"> {
  if (numbers === undefined) return {};
  const all = reading("`numbers`", () => Array.from<unknown>(numbers));
  const wrong = all.find((each) => !isWhole(each));
  if (wrong !== undefined) throw mustBe("one of `numbers`", wrong, "a whole number");
  if (all.length !== batch)
    throw new UserError(`\`numbers\` has ${all.length}, but the batch has ${batch}: give one for each example`);
  return { numbers: all.map(Number) };
}

/** Whether options ask for beam search. What cannot be read is none, and is refused when it is checked. */
export function isSearch(options: GenerateOptions | BeamOptions): options is BeamOptions {
  try {
    return Reflect.get(Object(options), "beam") !== undefined;
  } catch {
    return false;
  }
}

/** Searches. Rejects as `generateWith`, and for a model that does not feed back one sequence of tokens. */
export async function searchWith<T>(
  model: Compiled<T>,
  given: BeamOptions,
): Promise<readonly (readonly Candidate[])[]> {
  const options = checkedGenerate(given);
  const start = startOf(model, options);
  const { signal } = options;
  const settings = { ...searchOf(options), ...(signal === undefined ? {} : { signal }) };
  return inSession(model, start.kind, async (session) => {
    const [first] = session.feedback;
    const vocabulary = first === undefined ? null : writtenVocabulary(model, first.input);
    const begun = start.kind === "text" ? { batch: ONE_EXAMPLE, prompt: start.prompt } : { batch: start.batch };
    const found = await beamSearch(session, begun, vocabulary, settings);
    return found.map((candidates) =>
      candidates.map(({ tokens, ...told }) => ({
        written: writtenResults(model, session.feedback, new Map([[first?.input.name ?? "", tokens]])),
        ...told,
      })),
    );
  });
}
