// A compiled model that has vocabularies or writes.
import { UserError } from "../../base/diagnostic.ts";
import { decode, decodingAfter, defaultPrompt, encode, type Vocabulary } from "../../data/vocabulary.ts";
import type { DataDescription, FeedbackDescription, StepDescription } from "../description.ts";
import type { Inputs } from "./gathered.ts";
import type { DrawNumbers } from "../../train/sampling.ts";
import { Model, type ModelParts } from "./model.ts";
import { predictor } from "./predictions.ts";
import { Steps, type Sequence } from "./steps.ts";
import { Texts } from "./texts.ts";
import { checkOptions, writeRow, writeText, type WritingOptions, type Written } from "./writing.ts";

export interface GenerateOptions extends WritingOptions {
  readonly inputs?: Inputs;
}

export class WritingModel extends Model {
  readonly #description: ModelParts["description"];
  readonly #texts: Texts;
  readonly #writing: Steps | null;

  readonly #drawNumbers: DrawNumbers;

  /** `drawNumbers`: where a loss describes a distribution of numbers. */
  constructor(parts: ModelParts, drawNumbers: DrawNumbers = () => []) {
    const { machine, description, weight } = parts;
    const texts = new Texts(description.vocabularies);
    super(parts, { texts, predict: predictor(description.predictions, texts, parts.labels) });
    this.#description = description;
    this.#texts = texts;
    this.#drawNumbers = drawNumbers;
    this.#writing = description.writing === null ? null : new Steps(machine, description.writing.steps, weight);
  }

  /** The symbols of an input, and texts as token ids and back. Throws where it has none. */
  vocabulary(name: string): {
    readonly symbols: readonly string[];
    readonly encode: (text: string) => Int32Array;
    readonly decode: (tokens: Iterable<number>) => string;
  } {
    const input = this.#description.inputs.find((each) => each.name === name);
    const vocabulary = this.#texts.named(input?.tokens?.vocabulary ?? null);
    if (vocabulary === null) throw new UserError(`\`${name}\` has no vocabulary`);
    return {
      symbols: vocabulary.symbols,
      encode: (text) => encode(vocabulary, text),
      decode: (tokens) => decode(vocabulary, tokens),
    };
  }

  /** Writes: strings where one text is written, else what is written at each step by name. */
  async *generate(options: GenerateOptions = {}): AsyncGenerator<string | Readonly<Record<string, Written>>> {
    const { writing } = this.#description;
    const steps = this.#writing;
    if (writing === null || steps === null)
      throw new UserError(`\`${this.name}\` feeds nothing back: what it predicts, it does not read`);
    checkOptions(options);
    const { inputs = {}, prompt, length = writing.most ?? Infinity, seed = this.#description.seed } = options;
    if (prompt !== undefined && !writing.isText)
      throw new UserError(`\`${this.name}\` takes no \`prompt\`: give its \`inputs\``);
    const isGiven = (input: DataDescription): boolean =>
      input.role !== "target" && !writing.steps.fed.includes(input.name);
    const sequence = this.sequence(this.gather(inputs, isGiven, false), null);
    const [first] = writing.feedback;
    if (first === undefined) return;
    const vocabulary = this.#texts.named(first.vocabulary);
    const most = Math.min(length, writing.isText ? Infinity : this.#most(sequence, writing.steps));
    const job = { steps, sequence, options, most, seed, drawNumbers: this.#drawNumbers };
    try {
      if (writing.isText) {
        const next = decoder(vocabulary, typeof prompt === "string" ? prompt : "");
        for await (const token of writeText(job, first, this.#tokens(first, prompt ?? "")))
          yield next?.(token) ?? { [first.input]: token };
        return;
      }
      const next = writing.feedback.length === 1 ? decoder(vocabulary, "") : null;
      for await (const written of writeRow(job, writing.feedback)) {
        const value = written.get(first.input);
        yield next !== null && typeof value === "number" ? next(value) : Object.fromEntries(written);
      }
    } finally {
      steps.leave(sequence);
    }
  }

  /** A prompt is read as its input is. */
  #tokens({ input, vocabulary }: FeedbackDescription, prompt: string | ArrayLike<number>): ArrayLike<number> {
    if (prompt === "") return [defaultPrompt(this.#texts.named(vocabulary) ?? { symbols: [] })];
    const { arrays } = this.gather({ [input]: prompt }, ({ name }) => name === input, false);
    return arrays.get(input)?.data ?? [];
  }

  /** How many steps can be written: as many as an input has that is read along. */
  #most(sequence: Sequence, { time }: StepDescription): number {
    const along = this.#description.inputs.find((input) => input.time === time && input.role === "input");
    return along === undefined ? Infinity : (sequence.sizes.get(time) ?? Infinity);
  }
}

function decoder(vocabulary: Vocabulary | null, before: string): ((token: number) => string) | null {
  return vocabulary === null ? null : decodingAfter(vocabulary, before);
}
