// Statements that are written as in another language. If the grammar refuses one, this says what was probably meant and how to write it.
// A table of rules, the more exact before the more general; the first that fits is used.
import { latexElsewhere, nameElsewhere, signElsewhere, statementElsewhere } from "./elsewhere.ts";

/** Where the grammar stopped in a statement. */
interface Place {
  readonly text: string;
  readonly offset: number;
  readonly before: string;
  readonly after: string;
}

export interface Meant {
  /** Absent if the error of the grammar is right, and only advice is missing. */
  readonly title?: string;
  readonly help: string;
  /** Offsets in the statement; absent for the place where the grammar stopped. */
  readonly start?: number;
  readonly end?: number;
}

type Rule = (place: Place) => Meant | undefined;

export function meantInstead(text: string, offset: number): Meant | undefined {
  const place = { text, offset, before: text.slice(0, offset).trimEnd(), after: text.slice(offset).trimStart() };
  for (const rule of RULES) {
    const meant = rule(place);
    if (meant !== undefined) return meant;
  }
  return undefined;
}

/** `h[t] = …`, `h_{t} = …`, `h(t) = …`. */
const leftSide: Rule = ({ text, offset }) => {
  const found = /^(\p{L}[\p{L}\p{N}]*?)_?(\[[^\]=]*\]|\{[^}=]*\}|\([^)=]*\))\s*=(?!=)/u.exec(text);
  if (found === null || offset > found[0].length) return undefined;
  const [whole, name = ""] = found;
  return {
    title: "the left side of `=` must be a name",
    help: `write \`${name} = …\`: it is the value at this step`,
    start: 0,
    end: whole.slice(0, -1).trimEnd().length,
  };
};

/** `h_{t-1}`, `W_{xh}`. */
const latexIndex: Rule = ({ text, offset }) => {
  const start = /[\p{L}\p{N}]+_\s*$/u.exec(text.slice(0, offset))?.index;
  const found = start === undefined ? null : /^([\p{L}\p{N}]+)_\s*\{([^}]*)\}?/u.exec(text.slice(start));
  if (start === undefined || found === null) return undefined;
  const [whole, name = "", index = ""] = found;
  return {
    title: "subscripts are not part of the language",
    help: latexHelp(name, index),
    start,
    end: start + whole.length,
  };
};

export function latexHelp(name: string, index: string): string {
  const inner = index.replaceAll(/\s/g, "").replaceAll("−", "-");
  if (inner === "t") return `write \`${name}\`: it is the value at this step`;
  if (/^t[-+]\w+$/.test(inner)) return `write \`${name}[${inner}]\``;
  return `write \`${name}_${inner.replaceAll(/[^\p{L}\p{N}]/gu, "")}\`, without braces`;
}

/** `def f(x): …`, `return h`, `let h = …`: the first word is not a keyword, and what follows is not an equation. */
const firstWord: Rule = ({ text }) => {
  const word = /^\p{L}[\p{L}\p{N}_]*/u.exec(text)?.[0] ?? "";
  const rest = text.slice(word.length);
  const help = /^\s*(=(?!=)|,)/.test(rest) ? undefined : statementElsewhere(word);
  if (help === undefined) return undefined;
  return { title: `\`${word}\` is not a statement here`, help, start: 0, end: word.length };
};

/** `output h + 1`, `output f, h[t-1]`: an expression without a name. */
const outputForm: Rule = ({ text, offset }) => {
  const form = /^output\s+((?:[\p{L}\p{N}_.]+\s*,\s*)*)(.+)$/su.exec(text);
  const [whole = "", , rest = ""] = form ?? [];
  if (rest === "" || offset < whole.length - rest.length || /^[\p{L}\p{N}_]+\s*=(?!=)/u.test(rest)) return undefined;
  return { title: "`output` takes names", help: `give the value a name: \`output shown = ${rest.trimEnd()}\`` };
};

/** `param W[H, H]`, `param W = …`, `input x: float`, `param W: (H, H)`, `param W: [H] = zeros`. */
const OF_DATA = "a type is `[]` (a number), `[n]` (a vector), `token[V]`, `char[V]`, or `seq` of these";
const OF_NUMBERS = "a type is `[]` (a number), `[n]` (a vector) or `[m, n]`";
const TYPES: Readonly<Record<string, string>> = {
  input: OF_DATA,
  target: OF_DATA,
  memory: "a type is `seq` of `[]` (a number) or `[n]` (a vector)",
  state: OF_NUMBERS,
  param: OF_NUMBERS,
};

const declaration: Rule = ({ text, before, after }) => {
  const [, first, second] = /^(input|target|memory|state|param|const)\s+[\p{L}\p{N}_]+\s+([\p{L}_]+)/u.exec(text) ?? [];
  if (first === "const") return { help: `write \`const ${second ?? "a"} = …\`, without a type` };
  if (first !== undefined) return { help: `the type comes after the name: \`${first} ${second ?? "x"}: …\`` };
  const [, keyword, name = "x"] = /^(input|target|memory|state|param)\s+([\p{L}\p{N}_]+)/u.exec(text) ?? [];
  if (keyword === undefined) return undefined;
  const type = { input: "[I]", target: "[I]", memory: "seq [K]", state: "[H]", param: "[H, H]" }[keyword] ?? "[H]";
  if (before.endsWith("]") && after.startsWith("=") && keyword === "param")
    return { help: "the initial value comes after `~`: `param W: [H, H] ~ glorot`" };
  if (before.endsWith("frozen") && after.startsWith("~"))
    return { help: "`frozen` comes last: `param W: [H] ~ zeros frozen`" };
  if (before.endsWith("]") && after.startsWith("~") && keyword === "state")
    return { help: `write a learned initial value as \`state ${name}: ${type} = param ~ …\`` };
  if (before.endsWith("]") && after.startsWith("="))
    return { help: `only a state has an initial value; pass \`${name}\` in from outside` };
  if (/:\s*\p{L}*$/u.test(before) || /^[([=]/.test(after))
    return { help: `write \`${keyword} ${name}: ${type}\`: ${TYPES[keyword] ?? ""}` };
  return undefined;
};

/** `cell C(int H)`, `cell C(H: int)`, `cell C[H]`, `cell C(H) -> h`, `cell C(H):`. */
const header: Rule = ({ text, before, after }) => {
  const found = /^(cell|model)\s+([\p{L}\p{N}_]+)/u.exec(text);
  if (found === null) return undefined;
  const [whole, keyword = "", name = ""] = found;
  if (/^(->|=>|→)/.test(after)) return { help: `write what the ${keyword} returns in its body: \`output NAME\`` };
  if (after.startsWith(":") && before.endsWith(")"))
    return { help: `write the body of the ${keyword} in braces: \`{ … }\`` };
  return /^[[:\p{L}]/u.test(after) && (before === whole || before.includes("("))
    ? { help: `parameters are names, without types; one for a cell is \`C: cell\`: \`${keyword} ${name}(H, C: cell)\`` }
    : undefined;
};

/** `h += x`, `h := x`, `h <- x`, `W: [H, H]`, `h ~ x`: a name, followed by something else than `=`. */
const assignment: Rule = ({ before, after }) => {
  const [name] = /^\p{L}[\p{L}\p{N}_]*$/u.exec(before) ?? [];
  if (name === undefined) return undefined;
  if (/^[-+*/]=/.test(after))
    return { help: `write \`${name} = ${name}[t-1] ${after.charAt(0)} …\`, where \`${name}\` is a state` };
  if (/^(:=|<-|←|≔|=>|->)/.test(after)) return { help: `write \`${name} = …\`` };
  if (after.startsWith("~"))
    return { help: `write \`${name} = …\`: \`~\` is only for the initial value of a \`param\`` };
  if (after.startsWith(":"))
    return { help: `declare what it is: \`param ${name}: …\`, \`state ${name}: …\`, \`input ${name}: …\`` };
  return undefined;
};

// Comments as in C, SQL and LaTeX.
const comment: Rule = ({ text, offset }) => {
  const start = /^(\/\/|\/\*|--|%)/.exec(text) !== null ? 0 : text.search(/\/\*|\n\s*\/\//);
  if (start < 0 || offset < start) return undefined;
  return {
    title: "this is not a comment",
    help: "a comment begins with `#` and ends at the end of the line",
    start,
    end: start + 2,
  };
};

/** `h'`. */
const prime: Rule = ({ text, offset }) => {
  const name = /[\p{L}\p{N}_]+$/u.exec(text.slice(0, offset))?.[0];
  if (!/^['’′]/.test(text.slice(offset)) || name === undefined) return undefined;
  return { help: `for the value one step ago write \`${name}[t-1]\`; for the transpose write \`transpose(${name})\`` };
};

/** `x[..., 0]`, `x[0; 1]`, `[a; b]`. */
const indices: Rule = ({ text, offset, after }) => {
  const open = openBracket(text.slice(0, offset));
  if (open === undefined || !/^[,;.]/.test(after)) return undefined;
  const isIndex = /[\p{L}\p{N}_)\]]\s*$/u.test(text.slice(0, open));
  if (!isIndex) return { help: "join vectors with `concat(a, b)`" };
  return {
    title: "an index is a number or a range",
    help: "separate them by commas, and write `:` for a whole axis: `M[:, 0]`",
  };
};

/** The offset of the innermost `[` that is open at the end of the text. */
function openBracket(text: string): number | undefined {
  const open: number[] = [];
  for (const [index, character] of text.split("").entries()) {
    if ("([".includes(character)) open.push(index);
    else if (")]".includes(character)) open.pop();
  }
  const last = open.at(-1);
  return last !== undefined && text.charAt(last) === "[" ? last : undefined;
}

/** `hₜ₋₁`, `\sigma(x)`, `x²`. */
const lettersOfPapers: Rule = ({ text, offset, after }) => {
  if (after.startsWith("\\")) return { help: latexElsewhere(/^\\(\p{L}*)/u.exec(after)?.[1] ?? "") };
  const near = text.slice(Math.max(0, offset - 1), offset + 1);
  if (/[\u2080-\u208e\u209c]/u.test(near))
    return { help: "write `h[t-1]` for the value one step ago and `h` for the value at this step" };
  const word = /^[\p{L}\p{N}_]+/u.exec(after)?.[0] ?? "";
  return /[\u00b2\u00b3\u00b9\u2070-\u2079]/u.test(word + near) ? { help: "write `x^2`" } : undefined;
};

const predictForm: Rule = ({ text, after }) =>
  /^predict\b/.test(text) && after.startsWith("=") ? { help: "write `predict y from …`" } : undefined;

/** In `train`: `batch = 32`, `clip 5`, `lr = 0.1`. */
const settingForm: Rule = ({ text, offset, before }) => {
  const [, word = "", value = "…"] = /^(\p{L}[\p{L}\p{N}_]*)\s*[=:]?\s*([^\s=:]*)/u.exec(text) ?? [];
  if (/^(batch|epochs|seed|optimizer|schedule|clip|truncate|freeze)\s*[=:]/.test(text) && before === word)
    return { help: `write \`${word} ${value}\`, without a sign in between` };
  if (before === "clip") return { help: "write `clip norm 5`, `clip value 1` or `clip state 1`" };
  if (/^scale\b/.test(text)) return { help: "write `scale lr 0.1 for encoder.*`" };
  if (/^decay\b/.test(text) && !before.endsWith("=")) return { help: "write `decay 0 for *.b`" };
  const help = offset === 0 ? statementElsewhere(word) : undefined;
  return help === undefined ? undefined : { help };
};

/** `use LSTM from cells`, `use * from …`. */
const useForm: Rule = ({ text }) => (/^use\b/.test(text) ? { help: 'write `use LSTM, GRU from "cells"`' } : undefined);

/** `x ** 2`, `a && b`, `a % b`, `√x`; `**`, `//`, `||` stop at their second sign. */
const sign: Rule = ({ text, offset, after }) => {
  const twice = text.slice(Math.max(0, offset - 1), offset + 1);
  const doubled = /^([*/|&+-])\1$/.test(twice) ? signElsewhere(twice) : undefined;
  if (doubled !== undefined)
    return { title: `unexpected \`${twice}\``, help: doubled, start: offset - 1, end: offset + 1 };
  const help = signElsewhere(after);
  return help === undefined ? undefined : { help };
};

/** `not x`, `lambda x`: an unknown word before what it would act on. */
const wordBefore: Rule = ({ before }) => {
  const word = /[\p{L}_]+$/u.exec(before)?.[0] ?? "";
  const help = signElsewhere(word) ?? (word === "lambda" ? statementElsewhere(word) : undefined) ?? nameElsewhere(word);
  return help === undefined ? undefined : { help };
};

const RULES: readonly Rule[] = [
  comment,
  leftSide,
  latexIndex,
  prime,
  outputForm,
  predictForm,
  useForm,
  settingForm,
  declaration,
  header,
  assignment,
  firstWord,
  indices,
  lettersOfPapers,
  sign,
  wordBefore,
];
