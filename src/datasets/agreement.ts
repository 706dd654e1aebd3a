// Sentences of a small grammar whose verb agrees with a noun further back (the question of Linzen, Dupoux and Goldberg 2016): `was` or `were`.
import { fillUniform, permutation } from "../base/random.ts";
import type { DataSet } from "./data-set.ts";
import { heldOut, SEED } from "./divide.ts";

const ROWS = 8000;

const NOUNS = (
  "flight airline pilot ticket train driver doctor nurse teacher pupil farmer tractor author book singer song captain ship " +
  "lawyer judge painter picture tenant house baker oven guard prisoner hunter dog neighbour garden"
).split(" ");
const LINKS = ["near", "behind", "of", "beside"];
const DOINGS = ["calling", "watching", "blaming", "following", "describing", "hiding"];
const ENDS = ["full", "late", "new", "tired", "gone", "here", "ready", "famous", "old", "quiet"];

interface Row {
  readonly text: readonly string[];
  /** 1 at the word before the verb, 0 elsewhere. */
  readonly before: readonly number[];
  readonly right: string;
  readonly wrong: string;
  readonly one: number;
}

/** Each pair of nouns is in one part only. */
export const agreement: DataSet = {
  name: "agreement",
  holds: "sentences with `was` or `were`; in test.jsonl another noun of the other number stands in between",
  fields: ["text: seq word[V]", "before: seq []", "right: word[V]", "wrong: word[V]", "one: []"],
  source: { kind: "drawn", paper: "Linzen, Dupoux and Goldberg 2016, from a small grammar" },
  size: "2 MB",
  takes: ["rows", "seed"],
  make: async ({ rows = ROWS, seed = SEED }) => {
    const pairs = [...permutation(NOUNS.length ** 2, seed, "pairs")].filter((pair) => pair % (NOUNS.length + 1) !== 0);
    const tenth = Math.floor(pairs.length / 10);
    const part = (name: string, own: readonly number[], count: number, make: typeof sentence): readonly Row[] => {
      const numbers = new Float64Array(8);
      return Array.from({ length: count }, (_, row) => {
        fillUniform(numbers, seed, `agreement ${name} ${row}`, 0);
        const pair = own[Math.floor((numbers[0] ?? 0) * own.length)] ?? 0;
        return make(pair, [...numbers.subarray(1)]);
      });
    };
    return {
      train: part("train", pairs.slice(2 * tenth), rows, sentence),
      valid: part("valid", pairs.slice(0, tenth), heldOut(rows), plainSentence),
      test: part("test", pairs.slice(tenth, 2 * tenth), heldOut(rows), crossedSentence),
    };
  },
};

/** Any sentence: half of them have a second noun in between, of either number. */
function sentence(pair: number, numbers: readonly number[]): Row {
  const [kind = 0, one = 0, two = 0] = numbers;
  const isMany = one < 0.5;
  return kind < 0.5 ? plain(pair, isMany, numbers) : crossed(pair, isMany, two < 0.5, numbers);
}

function plainSentence(pair: number, numbers: readonly number[]): Row {
  return plain(pair, (numbers[1] ?? 0) < 0.5, numbers);
}

function crossedSentence(pair: number, numbers: readonly number[]): Row {
  const isMany = (numbers[1] ?? 0) < 0.5;
  return crossed(pair, isMany, !isMany, numbers);
}

function plain(pair: number, isMany: boolean, numbers: readonly number[]): Row {
  return rowOf(["the", noun(Math.floor(pair / NOUNS.length), isMany)], isMany, numbers);
}

/** `the flights the airline was canceling were full`, or `the flights near the airline were full`. */
function crossed(pair: number, isMany: boolean, otherIsMany: boolean, numbers: readonly number[]): Row {
  const [, , , form = 0, link = 0, doing = 0] = numbers;
  const [first, second] = [noun(Math.floor(pair / NOUNS.length), isMany), noun(pair % NOUNS.length, otherIsMany)];
  const between =
    form < 0.5 ? [pick(LINKS, link), "the", second] : ["the", second, verb(otherIsMany), pick(DOINGS, doing)];
  return rowOf(["the", first, ...between], isMany, numbers);
}

function rowOf(prefix: readonly string[], isMany: boolean, numbers: readonly number[]): Row {
  const text = [...prefix, verb(isMany), pick(ENDS, numbers[6] ?? 0)];
  return {
    text,
    before: text.map((_, step) => (step === prefix.length - 1 ? 1 : 0)),
    right: verb(isMany),
    wrong: verb(!isMany),
    one: 1,
  };
}

function noun(index: number, isMany: boolean): string {
  return `${NOUNS[index] ?? ""}${isMany ? "s" : ""}`;
}

function verb(isMany: boolean): string {
  return isMany ? "were" : "was";
}

function pick(words: readonly string[], number: number): string {
  return words[Math.floor(number * words.length)] ?? "";
}
