// What a newcomer probably meant by an expression that has no meaning: an earlier value under another name, weights that are not
// declared, prefixes of modules, time in the wrong brackets. Each function gives the help of an error, or the whole error.
import type { Diagnostic } from "../../base/diagnostic.ts";
import { spanText } from "../../base/source.ts";
import type { Expression } from "../ast.ts";
import { isModuleElsewhere, nameElsewhere } from "./elsewhere.ts";
import { notAllowed, unknownName, wrongType } from "../messages.ts";
import type { Call } from "../elaborate/arguments.ts";
import type { Frame } from "../elaborate/frame.ts";

const PAST = /^(.*?)_?(?:prev|previous|old|last|tm1|t_1|t1|minus_?1|before|lag)$/iu;
const PAST_FIRST = /^(?:prev|previous|old|last)_?(.*)$/iu;
const NOW = /^(.+?)(?:_t|ₜ)$/u;
const STATE_WORDS = /^(?:hidden|hx|state|hidden_state|cell_state)$/iu;
const WEIGHT = /^[WUVR](?:_\w+|[a-z]{1,2}|\d)?$|^(?:weight|kernel)\w*$/u;
const BIAS = /^b(?:_\w+|[a-z]|\d)?$|^bias\w*$/u;

/** Help for an unknown name; `isSure` if it is better than a name that looks alike. */
export function valueHint(name: string, frame: Frame): { readonly help: string; readonly isSure: boolean } | undefined {
  const sure = pastHint(name, frame) ?? nameElsewhere(name);
  if (sure !== undefined) return { help: sure, isSure: true };
  if (name === "layer")
    return { help: "`layer` is known in the cell of a `stack`: `stack(C(2^layer), n)`", isSure: true };
  const transposed = /^(.+?)(?:ᵀ|_T)$/u.exec(name)?.[1];
  if (transposed !== undefined) return { help: `write \`transpose(${transposed})\``, isSure: true };
  const help = weightHint(name, frame);
  return help === undefined ? undefined : { help, isSure: false };
}

function pastHint(name: string, frame: Frame): string | undefined {
  const known = new Set(frame.names());
  const [state] = frame.states.names();
  const before = PAST.exec(name)?.[1] ?? PAST_FIRST.exec(name)?.[1];
  const meant = before !== undefined && known.has(before) ? before : state;
  const isState = STATE_WORDS.test(name);
  if ((before !== undefined || isState) && meant !== undefined)
    return `write \`${meant}[t-1]\` for the value one step ago`;
  const now = NOW.exec(name)?.[1];
  return now !== undefined && known.has(now) ? `\`${now}\` is the value at this step` : undefined;
}

/** A weight as papers name it, that is not declared. */
function weightHint(name: string, frame: Frame): string | undefined {
  const isBias = BIAS.test(name);
  if (!isBias && !WEIGHT.test(name)) return undefined;
  const [input = "x"] = frame.definition.body.flatMap((each) =>
    each.kind === "input" ? each.names.map((one) => one.name) : [],
  );
  const [state] = frame.states.names();
  const size = stateSize(frame) ?? frame.definition.parameters[0]?.name.name ?? "H";
  const type = isBias ? `[${size}]` : `[${size}, ${size}]`;
  return `declare \`param ${name}: ${type}\`, or write \`linear(${input}${state === undefined ? "" : `, ${state}[t-1]`})\``;
}

/** The size of the first state, if it is a vector. */
function stateSize({ definition }: Frame): string | undefined {
  const state = definition.body.find((each) => each.kind === "state");
  if (state?.kind !== "state" || state.type.kind !== "array") return undefined;
  const [size, more] = state.type.dimensions;
  return size == null || more !== undefined ? undefined : spanText(size.span);
}

/** Help for a function that is not known: `f(x)`, `φ(x)` of papers. */
export function functionHint(name: string): string | undefined {
  const isAny = /^(?:[a-z\u03b1-\u03c9\u03d5\u03d1\u03f5]|act|activation|nonlinearity)(?:_\w)?$/u.test(name);
  return (
    nameElsewhere(name) ?? (isAny ? "use a function by its name: `tanh(x)`, `sigmoid(x)`, `relu(x)`, …" : undefined)
  );
}

/** `torch.tanh(x)`, `self.W`: a member of a module that is written in other languages. */
export function prefixed(
  words: readonly { readonly name: string }[] | undefined,
  expression: Expression,
  frame: Frame,
): Diagnostic | undefined {
  const [first] = words ?? [];
  const last = words?.at(-1)?.name ?? "";
  if (first === undefined || !isModuleElsewhere(first.name) || frame.owns(first.name)) return undefined;
  const isOwn = first.name === "self" || first.name === "this";
  const rest = isOwn ? `write \`${last}\`: names have no prefix` : `write \`${last}(…)\`: functions have no prefix`;
  const help = nameElsewhere(last) ?? (isOwn ? weightHint(last, frame) : undefined) ?? rest;
  return unknownName(first.name, expression.span, [], "", { first: help });
}

/** Help for a part that a value does not have: `x.T`, `x.sum()`. */
export function partHint(
  { object, member }: Extract<Expression, { kind: "member" }>,
  isKnown: (name: string) => boolean,
): string {
  const value = spanText(object.span);
  if (/^(?:T|mT|t|transpose)$/.test(member.name)) return `write \`transpose(${value})\``;
  if (isKnown(member.name)) return `write \`${member.name}(${value})\``;
  return nameElsewhere(member.name) ?? `\`${value}\` is one value: write it without \`.${member.name}\``;
}

/** `h(t-1)`, `x(t)`: a value with its time in parentheses. */
export function calledWithTime({ callee, arguments: given, span }: Call, frame: Frame): Diagnostic | undefined {
  const [argument, more] = given;
  if (callee.kind !== "name" || argument === undefined || more !== undefined || argument.name !== null)
    return undefined;
  if (!frame.owns(callee.name) && !frame.states.has(callee.name)) return undefined;
  const time = spanText(argument.value.span).replaceAll(" ", "");
  if (!/^t(?:[-+]\w+)?$/.test(time)) return undefined;
  const help =
    time === "t" ? `write \`${callee.name}\`: it is the value at this step` : `write \`${callee.name}[${time}]\``;
  return notAllowed(`\`${callee.name}\` is not a function, so it cannot be called`, span, help);
}

/** `h[-1]`, `h[n-1]`: a step that is not counted from now. */
export function indexedByTime(
  { object, index, span }: Extract<Expression, { kind: "element" }>,
  frame: Frame,
): Diagnostic | undefined {
  const value = spanText(object.span);
  const written = spanText(index.span).replaceAll(" ", "");
  if (/^-\d+$/.test(written)) {
    const last = frame.isCell
      ? "; the last element of a vector `[n]` is `[n-1]`"
      : `; the last step is \`last(${value})\``;
    return wrongType("an index cannot be negative", span, `the value one step ago is \`${value}[t-1]\`${last}`);
  }
  const [, letter = "", rest] = /^([a-zτ]|step|time)([-+]\d+)?$/u.exec(written) ?? [];
  if (letter === "" || frame.names().includes(letter) || letter === "t") return undefined;
  const meant = rest === undefined ? `\`${value}\` is the value at this step` : `write \`${value}[t${rest}]\``;
  return unknownName(letter, index.span, [], "", { first: `the time is \`t\`: ${meant}` });
}
