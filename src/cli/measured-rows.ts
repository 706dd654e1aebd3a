// The measures of each row, as lines of JSON or CSV.
import type { Measures, PredictionMeasures } from "../library/types-training.ts";
import type { Line } from "./row-lines.ts";

/** One line for a row. What is not known of it, such as the loss without a target, is null. */
export function measuredLine({ loss, predictions }: Measures, row: number): Line {
  const [only, ...others] = predictions;
  if (only !== undefined && others.length === 0 && only.weight !== 0) return { row, ...figuresOf(only) };
  const each = predictions
    .filter(({ weight }) => weight !== 0)
    .flatMap((one) => Object.entries(figuresOf(one)).map(([name, value]) => [`${one.name}.${name}`, value] as const));
  return { row, loss: known(loss), ...Object.fromEntries(each) };
}

/** The probability of a sequence of tokens is the product of those at its steps; labels by ctc have one together. */
function figuresOf(measures: PredictionMeasures): Readonly<Record<string, number | null>> {
  const { kind, loss, perplexity, errorRate, count } = measures;
  const nats = kind === "labels" ? loss : perplexity === undefined ? undefined : Math.log(perplexity);
  return {
    loss: known(loss),
    ...(nats === undefined ? {} : { probability: known(Math.exp(-count * nats)) }),
    ...(errorRate === undefined ? {} : { errorRate: known(errorRate) }),
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
