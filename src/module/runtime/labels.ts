// What is predicted by ctc, for modules that do: `scripts/generate-runtime.ts` bundles it.
import { sizeNamed } from "../../shape/thinned.ts";
import { likeliestTokens } from "../../train/from-logits.ts";
import { labelArray } from "../../train/likeliest-labels.ts";
import type { ReadLabels } from "./predictions.ts";

/** The labels of the likeliest path. At a step they are not known yet: the likeliest token of the path is given, where V is the blank. */
export const labels: ReadLabels = (logits, { time, vocabulary }, texts, { isSingle, isStep, lengths }) => {
  if (isStep) return likeliestTokens(logits);
  const found = labelArray(logits, (example) =>
    sizeNamed(time ?? "", new Map([...lengths].map(([name, own]) => [name, own[example] ?? 0]))),
  );
  const most = found.shape.at(-1) ?? 0;
  const decoded = Array.from({ length: isSingle ? 1 : (found.shape[0] ?? 0) }, (_, example) =>
    texts?.decoded(
      vocabulary,
      found.data.subarray(example * most, (example + 1) * most).filter((label) => label >= 0),
    ),
  ).filter((text) => text !== undefined);
  if (decoded.length === 0) return found;
  return { ...found, text: isSingle ? (decoded[0] ?? "") : decoded };
};
