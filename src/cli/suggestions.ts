// Prints what a model expects next.
import type { Suggestion } from "../library/types.ts";

/** A row for each: the symbol in quotes, and its probability. */
export function suggestionRows(suggestions: readonly Suggestion[]): readonly (readonly string[])[] {
  return suggestions.map(({ text, probability }) => [JSON.stringify(text), shortProbability(probability)]);
}

/** `"e" 0.41, "a" 0.12`. */
export function suggestionLine(suggestions: readonly Suggestion[]): string {
  return suggestionRows(suggestions)
    .map((row) => row.join(" "))
    .join(", ");
}

function shortProbability(probability: number): string {
  return probability !== 0 && probability < 1e-4 ? probability.toExponential(1) : probability.toFixed(4);
}
