// English words with their phonemes: the CMU Pronouncing Dictionary.
import { refusePackage } from "../base/optional-package.ts";
import type { DataSet } from "./data-set.ts";
import { divide, labelsFirst, SEED, shuffled } from "./divide.ts";

const PACKAGE = "cmu-pronouncing-dictionary";

export const phonemes: DataSet = {
  name: "phonemes",
  holds: "English words with their phonemes, 39 of them, without stress (CMU Pronouncing Dictionary)",
  fields: ["letters: seq char[L]", "phonemes: seq label[P]"],
  source: { kind: "package", package: PACKAGE, licence: "ISC", installed: "4.7 MB" },
  size: "8 MB",
  takes: ["rows", "seed"],
  make: async ({ rows, seed = SEED }) => {
    const { dictionary } = await import("cmu-pronouncing-dictionary").catch(refusePackage(PACKAGE, `npm i ${PACKAGE}`));
    // `read(2)` is another way to say `read`: each word has its first one only.
    const words = Object.entries(dictionary).filter(([word]) => /^[a-z']+$/.test(word));
    return divide(
      labelsFirst(shuffled(words, seed).map(wordRow), (row) => row.phonemes),
      rows,
    );
  },
};

interface WordRow {
  readonly letters: string;
  readonly phonemes: readonly string[];
}

/** From `("aalto", "AA1 L T OW2 # name, finnish")`. */
function wordRow([letters, said]: readonly [string, string]): WordRow {
  const phonemes = said.replace(/#.*/, "").replace(/\d/g, "").trim().split(/\s+/);
  return { letters, phonemes };
}
