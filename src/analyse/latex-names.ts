// Names of specs as mathematics writes them: `f` is f_t, `h[t-1]` is h_{t-1}, the weights of `f.x` are W_{f,x}, its bias b_f.
import { DELTA } from "./equations.ts";
import type { Expression } from "./expression.ts";

export function latexName({ name, rank, isWeight, isOnce }: Extract<Expression, { kind: "name" }>): string {
  if (name.startsWith('"')) return `\\text{${name}}`;
  if (name.startsWith(DELTA)) {
    return `\\delta ${latexName({ kind: "name", name: name.slice(DELTA.length), rank, isWeight, isOnce })}`;
  }
  if (isWeight) return weight(name, rank);
  const [, met, of = "", every = ""] = /^(?:(\w+)\((.*)\)|(.*)\[:\])$/.exec(name) ?? [];
  if (met !== undefined)
    return `\\${STANDARD_LIMITS.has(met) ? met : `operatorname{${met}}`}\\left(${once(of)}\\right)`;
  if (every !== "") return `${once(every)}_{:}`;
  const [, bare = name, back = ""] = /^(.*?)(?:\[t([+-]\d+)\])?$/.exec(name) ?? [];
  return isOnce ? once(name) : `${once(bare)}_{t${back}}`;
}

const STANDARD_LIMITS: ReadonlySet<string> = new Set(["max"]);

/** Without a step: of a path, all but the first name are above. */
function once(name: string): string {
  const [first = "", ...rest] = name.split(/[._]/);
  return `${word(first)}${rest.length === 0 ? "" : `^{${rest.map(word).join(",")}}`}`;
}

function weight(name: string, rank: number): string {
  const [first = "", ...rest] = name.split(/[._]/);
  const isPath = name.includes(".");
  const isBias = isPath && rest.at(-1) === "b" && rank < 2;
  if (isPath) {
    const index = isBias ? [first, ...rest.slice(0, -1)] : [first, ...rest];
    return `${rank >= 2 ? "W" : isBias ? "b" : "w"}_{${index.map(word).join(",")}}`;
  }
  return rest.length === 0 ? word(first) : `${word(first)}_{${rest.map(word).join(",")}}`;
}

/** One letter is a variable, and a word is upright. Digits after a letter stay with it. */
function word(text: string): string {
  return /^\p{L}?\d*$/u.test(text) ? text : `\\mathrm{${text}}`;
}
