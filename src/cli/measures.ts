// Prints measures as one line of text.
import type { Measures, PredictionMeasures } from "../library/types-training.ts";

/** `loss 1.654 nats, perplexity 5.23, accuracy 51.2 %`; several predictions are named, after the whole loss. */
export function measuresText({ loss, predictions }: Measures): string {
  const [only, ...others] = predictions;
  if (only === undefined) return `loss ${loss.toFixed(4)}`;
  if (others.length === 0) return predictionText(only);
  return [`loss ${loss.toFixed(4)}`, ...predictions.map((each) => `${each.name}: ${predictionText(each)}`)].join("; ");
}

function predictionText(measures: PredictionMeasures): string {
  const { loss, isInNats, perplexity, accuracy, exact, error, covered, within } = measures;
  const unit = isInNats ? " nats" : "";
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [
    `loss ${loss.toFixed(4)}${unit}`,
    ...(perplexity === undefined ? [] : [`perplexity ${perplexity.toFixed(perplexity < 100 ? 2 : 0)}`]),
    ...(accuracy === undefined ? [] : [`accuracy ${percent(accuracy)}`]),
    ...(exact === undefined ? [] : [`exact ${percent(exact)}`]),
    ...(error === undefined ? [] : [`mean absolute error ${error.toPrecision(4)}`]),
    ...(covered === undefined ? [] : [`between its quantiles ${percent(covered)}`]),
    ...(within === undefined ? [] : [`within 1 sd ${percent(within[0])}, within 2 sd ${percent(within[1])}`]),
  ].join(", ");
}
