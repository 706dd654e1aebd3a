// Three thousand labelled sentences of reviews (Kotzias et al. 2015).
import { join } from "node:path";
import { z } from "zod";
import { readText } from "../files/files.ts";
import type { DataSet } from "./data-set.ts";
import { divide, SEED, shuffled } from "./divide.ts";
import { folderOfPackage } from "./installed.ts";

const PACKAGE = "sentiment";
const FILE = z.array(z.object({ text: z.string(), class: z.number().nullable() }));

export const sentences: DataSet = {
  name: "sentences",
  holds: "3,000 sentences of reviews of goods, films and restaurants, good or bad (Kotzias et al. 2015)",
  fields: ["words: seq word[V]", "label: label[C]"],
  source: { kind: "package", package: PACKAGE, licence: "MIT", installed: "0.6 MB" },
  size: "0.3 MB",
  takes: ["rows", "seed"],
  make: async ({ rows, seed = SEED }) => {
    const folder = join(folderOfPackage(PACKAGE), "test/fixtures");
    const all = ["amazon", "imdb", "yelp"].flatMap((name) =>
      FILE.parse(JSON.parse(readText(join(folder, `${name}.json`)))),
    );
    // Each file ends with one without a class.
    const labelled = all.filter((each) => each.class !== null);
    return divide(shuffled(labelled, seed).map(labelledRow), rows);
  },
};

function labelledRow({ text, class: label }: { readonly text: string; readonly class: number | null }): object {
  return { words: text, label: label === 1 ? "good" : "bad" };
}
