// Wrong specs made of right ones: an edit removes, repeats, exchanges or replaces characters, tokens, lines and spans.
// An edit is plain data, so that a failing test can shrink a list of them.
import fc from "fast-check";
import { parse } from "../../src/lang/parse.ts";
import { shipped } from "../../src/shipped/specs.ts";

/** Every shipped cell and model as a file of its own, with what its file uses and the cells beside it that it applies. */
export const specs: readonly string[] = [...shipped("cells"), ...shipped("models")].flatMap((source) => {
  const { definitions, uses } = parse(source).file;
  const textOf = ({ start, end }: { readonly start: number; readonly end: number }): string =>
    source.text.slice(start, end);
  return definitions.map(({ kind, span }) => {
    const beside = kind === "model" ? definitions.filter((each) => each.kind === "cell") : [];
    const applied = beside.filter(({ name }) => textOf(span).includes(name.name));
    const needsUse = [span, ...applied.map((each) => each.span)].some((each) => /\b(GRU|LSTM)\(/.test(textOf(each)));
    const used = needsUse ? uses.map((use) => textOf(use.span)) : [];
    return [...used, textOf(span), ...applied.map((each) => textOf(each.span)), ""].join("\n");
  });
});

const ACTIONS = ["remove", "repeat", "exchange", "borrow", "insert", "rename", "number", "multiply", "cut"] as const;
const UNITS = ["character", "token", "line", "span"] as const;

export interface Edit {
  readonly action: (typeof ACTIONS)[number];
  readonly unit: (typeof UNITS)[number];
  /** Places, each as a share of the text. */
  readonly at: number;
  readonly to: number;
  /** Which of the texts is borrowed from. */
  readonly other: number;
}

const share = fc.nat({ max: 9999 }).map((each) => each / 10_000);

export const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    action: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...ACTIONS) },
      { weight: 3, arbitrary: fc.constantFrom("rename", "number", "borrow", "exchange") },
    ),
    unit: fc.constantFrom(...UNITS, "token", "token", "line"),
    at: share,
    to: share,
    other: fc.nat({ max: 999 }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** What no spec holds, or holds rarely: foreign letters, controls, lone surrogates, marks, brackets, whole statements. */
const ODD = [
  "\u0000",
  "\u001b[31m",
  "\u202e",
  "\ufeff",
  "\ud800",
  "\udc00",
  "\u0301",
  "\u00a0",
  "\u2028",
  "\r",
  "\t",
  "é",
  "漢",
  "👩‍👧",
  "−",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  '"',
  "#",
  ";",
  "\n",
  "|>",
  "[t-1]",
  "[t+1]",
  "[t]",
  " = ",
  ".h",
  "\ninput q\n",
  "\nmemory m: seq [K]\n",
  "\nstate s: [H] = param\n",
  "\noutput x\n",
  "\nminimize 1\n",
  "\ntruncate k1 = 8\n",
  "((((((((",
  "reverse(",
  "bidirectional(",
  "stack(",
  "seq seq ",
  "constructor",
  "__proto__",
  "t",
] as const;

const NUMBERS = [
  "0",
  "1",
  "2",
  "3",
  "7",
  "-1",
  "0.5",
  "64",
  "1e9",
  "1e308",
  "1e-308",
  "999999999999",
  "H",
  "0/0",
] as const;

function pick<T>(list: readonly T[], by: number): T | undefined {
  return list[Math.floor(by * list.length)];
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

const PATTERNS: Readonly<Record<Exclude<Edit["unit"], "span">, RegExp>> = {
  character: /./gsu,
  token: /[\p{L}_][\p{L}\p{N}_]*|\d+(?:\.\d+)?|\s+|./gsu,
  line: /[^\n]*\n/g,
};

function matches(text: string, pattern: RegExp): readonly Stretch[] {
  return [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

function stretch(text: string, { unit, at, to }: Pick<Edit, "unit" | "at" | "to">): Stretch {
  const empty = { start: 0, end: 0 };
  if (unit !== "span") return pick(matches(text, PATTERNS[unit]), at) ?? empty;
  const start = Math.floor(at * text.length);
  return { start, end: Math.min(text.length, start + Math.floor(to * to * 200)) };
}

function replaced(text: string, { start, end }: Stretch, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

function applied(text: string, edit: Edit, texts: readonly string[]): string {
  const here = stretch(text, edit);
  const words = text.slice(here.start, here.end);
  switch (edit.action) {
    case "remove":
      return replaced(text, here, "");
    case "repeat":
      return replaced(text, here, words.repeat(2));
    case "multiply":
      return replaced(text, here, words.repeat(1 + Math.floor(edit.to * 100)));
    case "exchange": {
      const there = stretch(text, { ...edit, at: edit.to });
      const [first, second] = here.start <= there.start ? [here, there] : [there, here];
      if (first.end > second.start) return text;
      const [a, b] = [first, second].map((each) => text.slice(each.start, each.end));
      return replaced(replaced(text, second, a ?? ""), first, b ?? "");
    }
    case "borrow": {
      const source = texts[edit.other % texts.length] ?? "";
      const there = stretch(source, { ...edit, at: edit.to });
      return replaced(text, here, source.slice(there.start, there.end));
    }
    case "insert":
      return replaced(text, { start: here.start, end: here.start }, pick(ODD, edit.to) ?? "");
    case "rename":
      return exchangedWord(text, edit, /[\p{L}_][\p{L}\p{N}_]*/gu, (known) => pick(known, edit.to) ?? "");
    case "number":
      return exchangedWord(text, edit, /\d+(?:\.\d+)?/g, () => pick(NUMBERS, edit.to) ?? "");
    case "cut":
      return text.slice(0, Math.floor(edit.at * text.length));
  }
}

/** One of the words that fit `pattern`, as another: a name as another name of the text. */
function exchangedWord(text: string, { at }: Edit, pattern: RegExp, by: (known: readonly string[]) => string): string {
  const found = matches(text, pattern);
  const here = pick(found, at);
  if (here === undefined) return text;
  return replaced(text, here, by([...new Set(found.map(({ start, end }) => text.slice(start, end)))]));
}

/** The text `which` of `texts`, edited. Never longer than 100,000 characters. */
export function mutated(texts: readonly string[], which: number, list: readonly Edit[]): string {
  const text = texts[which % texts.length] ?? "";
  return list.reduce((before, edit) => applied(before, edit, texts).slice(0, 100_000), text);
}
