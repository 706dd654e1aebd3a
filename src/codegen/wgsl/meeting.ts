// How slices meet: words that one sends and others receive. In one dispatch for all turns they wait for each other (`exchange.ts`);
// by steps each meeting is the end of a dispatch, and words are plain numbers in temporary memory.
import type { Words } from "./words.ts";

/** How many words are asked for before the first is used. */
export const TOGETHER = 8;

export interface Meeting {
  /** Reserves this many words; returns the place of the first. */
  readonly reserve: (count: number) => string;
  readonly send: (word: string, value: string) => string;
  /** Statements that receive words. They may stand in divergent control flow. */
  readonly receive: (words: readonly string[]) => string;
  /** The value of one of them. */
  readonly received: (index: number) => string;
}

/** Words from `first` on in the memory of numbers, each written in one dispatch and read in the next. */
export function meetingBySteps(words: Words, reserve: (count: number) => number): Meeting {
  return {
    reserve: (count) => words.of(reserve(count)),
    send: (word, value) => `floats[${word}] = ${value};\n`,
    receive: (asked) => asked.map((word, index) => `let x${index} = floats[${word}];\n`).join(""),
    received: (index) => `x${index}`,
  };
}

/** Statements for each of the places from `begin` to before `end`, `most` at a time: `use` gets the values that have arrived. */
export function receiveAll(
  { receive, received }: Meeting,
  range: { readonly begin: string; readonly end: string; readonly most: number },
  wordOf: (sender: string) => string,
  use: (value: string) => string,
): string {
  const { begin, end, most } = range;
  const together = Array.from({ length: Math.min(TOGETHER, most) }, (_, index) => index);
  const words = together.map((index) => wordOf(`min(sender + ${index}, ${end} - 1)`));
  const uses = together.map((index) => `if (sender + ${index} < ${end}) {\n${use(received(index))}}\n`);
  return `for (var sender = ${begin}; sender < ${end}; sender += ${together.length}) {
${receive(words)}${uses.join("")}}
`;
}
