// Prints measures as one line of text.
import type { Measures, PredictionMeasures } from "../library/types-training.ts";

/**
 * `loss 1.654 nats, perplexity 5.23, accuracy 51.2 %`; several predictions are named, after the whole loss. A prediction that is not learned
 * has no loss of interest.
 */
export function measuresText({ loss, predictions }: Measures): string {
  const whole = `loss ${loss.toFixed(4)}`;
  const [only, ...others] = predictions;
  if (only === undefined) return whole;
  if (others.length > 0) return [whole, ...predictions.map((each) => `${each.name}: ${textOf(each)}`)].join("; ");
  return only.weight === 0 ? `${whole}, ${textOf(only)}` : textOf(only);
}

function textOf(measures: PredictionMeasures): string {
  const { loss, weight, isInNats, perplexity, bits, accuracy, errorRate, exact, error, covered, within } = measures;
  const unit = isInNats ? " nats" : "";
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const losses = [
    `loss ${loss.toFixed(4)}${unit}`,
    ...(perplexity === undefined ? [] : [`perplexity ${perplexity.toFixed(perplexity < 100 ? 2 : 0)}`]),
    ...(bits === undefined ? [] : [`${bits.toFixed(3)} bits a character`]),
  ];
  return [
    ...(weight === 0 ? [] : losses),
    ...(accuracy === undefined ? [] : [`accuracy ${percent(accuracy)}`]),
    ...(errorRate === undefined ? [] : [`label error rate ${percent(errorRate)}`]),
    ...(exact === undefined ? [] : [`exact ${percent(exact)}`]),
    ...(error === undefined ? [] : [`mean absolute error ${error.toPrecision(4)}`]),
    ...(covered === undefined ? [] : [`between its quantiles ${percent(covered)}`]),
    ...(within === undefined ? [] : [`within 1 sd ${percent(within[0])}, within 2 sd ${percent(within[1])}`]),
  ].join(", ");
}
