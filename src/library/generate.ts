// Writing with a compiled model: what it predicts is fed back, as token ids or numbers.
import { UserError } from "../base/diagnostic.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { openModel } from "../train/model.ts";
import { fieldsOf } from "../train/row-model.ts";
import { Session, type Feedback } from "../train/session.ts";
import { writeText } from "../train/writing.ts";
import { checkRows, writeRows } from "../train/writing-rows.ts";
import type { Compiled } from "./compiled.ts";
import { gathered } from "./feed.ts";
import type { CompiledModel, GenerateOptions } from "./types.ts";

export async function generateWith<T>(
  model: Compiled<T>,
  options: GenerateOptions,
): ReturnType<CompiledModel["generate"]> {
  const { length = 100, temperature = 1, seed = model.seed, topK, topP, inputs = {}, lengths = {}, prompt } = options;
  const writing = {
    length,
    temperature,
    seed,
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
  const layout = prompt === undefined ? "rows" : "text";
  const opened = openModel(model.definition, model.statics, layout);
  const session = new Session(opened, model.device, model.ready(), model.sizes.known);
  try {
    if (prompt !== undefined) {
      const [first] = session.feedback;
      if (first === undefined) throw new UserError("nothing is fed back");
      const tokens: number[] = [];
      const vocabulary = vocabularyOf(model, first);
      if (vocabulary === null) throw new UserError(`\`${first.input.name}\` has no tokens`);
      for await (const token of writeText(session, vocabulary, Int32Array.from(prompt), writing)) tokens.push(token);
      return [{ [first.input.name]: tokens }];
    }
    checkRows(session.feedback);
    const { batch } = gathered(model, inputs, { lengths: fullLengths(model, inputs, lengths), use: "write" });
    const written = await writeRows(session, batch, (feedback) => vocabularyOf(model, feedback), writing);
    return written.map((each) => Object.fromEntries(each));
  } finally {
    session.dispose();
  }
}

/** Rows always have lengths: full ones where none are given. */
function fullLengths<T>(
  model: Compiled<T>,
  inputs: NonNullable<GenerateOptions["inputs"]>,
  lengths: NonNullable<GenerateOptions["lengths"]>,
): NonNullable<GenerateOptions["lengths"]> {
  const { batch } = gathered(model, inputs, { lengths: {}, use: "write" });
  const count = batch.sizes.get("B") ?? 1;
  const full = model.inputs.flatMap(({ name, type }) => {
    const steps = batch.arrays.get(name)?.shape[0];
    return type.startsWith("seq ") && steps !== undefined
      ? [[name, Array.from({ length: count }, () => steps)] as const]
      : [];
  });
  return { ...Object.fromEntries(full), ...lengths };
}

/** Which ids are special, where nobody has said: those behind the symbols, as in a vocabulary of data. */
function vocabularyOf<T>(model: Compiled<T>, { input }: Feedback): Vocabulary | null {
  const field = fieldsOf(model.program, "inference").find(({ name }) => name === input.name);
  if (field?.kind !== "token" || field.reading === "token") return null;
  const size = field.most ?? model.sizes.known.get(field.vocabulary);
  if (size === undefined)
    throw new UserError(`the size ${field.vocabulary} is not known: give \`sizes: { ${field.vocabulary}: … }\``);
  const end = field.end ? size - 1 : null;
  const start = model.sizes.known.get(`start.${field.vocabulary}`) ?? null;
  return { kind: field.reading, symbols: [], unknown: null, start, end, size };
}
