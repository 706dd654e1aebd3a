// Prints n-gram models: how many n-grams they have, and how well they predict a text.
import type { TextKind } from "../data/running-text.ts";
import type { NgramCounts } from "../ngram/counts.ts";
import type { NgramMeasures } from "../ngram/model.ts";
import type { PredictionMeasures } from "../library/types-training.ts";
import { measuresText } from "./measures.ts";
import { table } from "./table.ts";

export interface MeasuredNgrams {
  readonly order: number;
  /** Absent if the held-out text has fewer than two symbols. */
  readonly measures?: NgramMeasures;
}

/** `n-grams: 89 of 1 symbol, 1782 of 2, 12915 of 3`. */
export function ngramsLine({ levels }: NgramCounts): string {
  const each = levels.map(({ tokens }, index) => `${tokens.length} of ${index + 1}${index === 0 ? " symbol" : ""}`);
  return `n-grams: ${each.join(", ")}`;
}

/** What is held out, in the units of `evaluate`. */
export function heldOutLine(measures: NgramMeasures | undefined, kind: TextKind): string {
  if (measures === undefined) return "fewer than 2 symbols are held out, so nothing is measured";
  const { loss, count, impossible } = measures;
  if (impossible > 0) return `loss infinite: ${impossible} of ${count} symbols have probability 0`;
  return `${measuresText({ loss, predictions: [asPrediction(measures, kind)] })}, over ${count} predictions`;
}

/** A row for each order. Bits are those of a character. */
export function ordersTable(rows: readonly MeasuredNgrams[], { levels }: NgramCounts, kind: TextKind): string {
  const sizes = levels.map(({ tokens }) => tokens.length);
  const isMeasured = rows.some(({ measures }) => measures !== undefined);
  const measured = ["loss", "perplexity", ...(kind === "char" ? ["bits a character"] : [])];
  return table([
    ["order", "n-grams", "up to it", ...(isMeasured ? measured : [])],
    ...rows.map(({ order, measures }) => [
      String(order),
      String(sizes[order - 1] ?? 0),
      String(sizes.slice(0, order).reduce((sum, size) => sum + size, 0)),
      ...(measures === undefined ? [] : cells(asPrediction(measures, kind))),
    ]),
  ]);
}

function cells({ loss, perplexity, bits }: PredictionMeasures): readonly string[] {
  const shown = (value: number, digits: number): string => (value === Infinity ? "infinite" : value.toFixed(digits));
  return [
    shown(loss, 4),
    ...(perplexity === undefined ? [] : [shown(perplexity, 2)]),
    ...(bits === undefined ? [] : [shown(bits, 3)]),
  ];
}

/** The measures of the text's next symbol, as those of a trained model. */
export function asPrediction({ loss, count }: NgramMeasures, kind: TextKind): PredictionMeasures {
  return {
    name: "text",
    kind: "token",
    by: "cross",
    loss,
    weight: 1,
    isInNats: true,
    perplexity: Math.exp(loss),
    ...(kind === "char" ? { bits: loss / Math.LN2 } : {}),
    count,
  };
}
