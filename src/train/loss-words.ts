// What a loss is called in progress and learning curves.
import type { Prediction } from "../lang/elaborate/predict.ts";
import type { Model } from "./model.ts";

/** Losses that are not in nats. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ["squared", "squared error"],
  ["absolute", "absolute error"],
  ["huber", "Huber loss"],
  ["quantile", "quantile loss"],
]);

type Lossy = Pick<Model, "definition" | "inference">;

/** `squared error`; `loss` where several are added up, or where it is an equation. */
export function lossName(model: Lossy): string {
  return WORDS.get(onlyPrediction(model)?.by ?? "") ?? "loss";
}

/** With its unit: `squared error`, `loss (nats a character)`. */
export function lossTitle(model: Lossy): string {
  const only = onlyPrediction(model);
  if (only?.isInNats !== true) return lossName(model);
  const reading = model.inference.inputs.find((input) => input.name === only.target)?.token?.reading;
  return `loss (nats${reading === "char" ? " a character" : reading === "word" ? " a word" : ""})`;
}

/** The only part of the loss; undefined if there are others. */
function onlyPrediction({ definition, inference }: Lossy): Prediction | undefined {
  const [only, ...others] = inference.predictions;
  const isWhole = others.length === 0 && definition.definition.body.every(({ kind }) => kind !== "minimize");
  return isWhole ? only : undefined;
}
