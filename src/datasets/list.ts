// All data sets, in the order in which they are listed.
import { agreement } from "./agreement.ts";
import type { DataSet } from "./data-set.ts";
import { digits, permuted, pixels } from "./digits.ts";
import { adding, copy } from "./memory-tasks.ts";
import { mobyDick, reversed } from "./moby-dick.ts";
import { phonemes } from "./phonemes.ts";
import { sentences } from "./sentences.ts";
import { brown, tags } from "./tags.ts";
import { cbow, skipgram } from "./word-pairs.ts";

export const DATA_SETS: readonly DataSet[] = [
  mobyDick,
  brown,
  reversed,
  tags,
  phonemes,
  sentences,
  digits,
  pixels,
  permuted,
  adding,
  copy,
  agreement,
  skipgram,
  cbow,
];
