// Writes text with a trained model: symbol by symbol, the state carried on, each sampled symbol fed back.
import { UserError } from "../base/diagnostic.ts";
import { uniformAt } from "../base/random.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { Runner } from "./runner.ts";
import { batchOf, encodeText, sizesFor, type TextModel } from "./text-model.ts";

export interface WritingOptions {
  readonly prompt: string;
  /** How many symbols to write. */
  readonly length: number;
  /** Above 1 bolder, below 1 more careful; 0 takes the likeliest symbol. */
  readonly temperature: number;
  readonly seed: number;
}

/** Yields token ids one by one. The prompt is read first; without one, the text begins after a line's end, or with the first symbol. */
export async function* write<T>(
  model: TextModel,
  vocabulary: Vocabulary,
  weights: ReadonlyMap<string, HostArray>,
  target: Target<T>,
  options: WritingOptions,
): AsyncGenerator<number> {
  if (!(options.temperature >= 0))
    throw new UserError(`the temperature is ${options.temperature}, but it must be 0 or more`);
  const output = `logits.${model.prediction.name}`;
  const runner = new Runner(model.inference, target, [output], sizesFor(model, vocabulary));
  runner.setWeights(weights);
  try {
    let inputs =
      options.prompt === ""
        ? Int32Array.of(Math.max(0, vocabulary.symbols.indexOf("\n")))
        : encodeText(model, vocabulary, options.prompt, "the prompt");
    for (let index = 0; index < options.length; index++) {
      const chunk = { inputs, targets: inputs, steps: inputs.length, isFirst: index === 0 };
      const results = await runner.run(batchOf(model, chunk, 1));
      const logits = results.get(output)?.data.slice(-vocabulary.size) ?? new Float32Array(0);
      const token = sample(logits, vocabulary, options.temperature, uniformAt(options.seed, "writing", index));
      inputs = Int32Array.of(token);
      yield token;
    }
  } finally {
    runner.dispose();
  }
}

/** Draws from softmax(logits / temperature) over real symbols: never the start token, never the unknown one. */
export function sample(logits: ArrayLike<number>, vocabulary: Vocabulary, temperature: number, chance: number): number {
  const allowed = Array.from({ length: vocabulary.size }, (_, token) => token).filter(
    (token) => token !== vocabulary.unknown && token !== vocabulary.start,
  );
  const best = allowed.reduce((a, b) => ((logits[b] ?? -Infinity) > (logits[a] ?? -Infinity) ? b : a), allowed[0] ?? 0);
  if (temperature === 0) return best;
  const weights = allowed.map((token) => Math.exp(((logits[token] ?? -Infinity) - (logits[best] ?? 0)) / temperature));
  let rest = chance * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return allowed[index] ?? best;
  }
  return best;
}
