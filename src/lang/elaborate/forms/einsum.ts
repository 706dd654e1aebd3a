// `einsum` of any number of operands: contractions of two at a time, the cheapest first.
import type { Span } from "../../../base/source.ts";
import { constantOf } from "../../../shape/dim.ts";
import { wrongShape, wrongType } from "../../messages.ts";
import { type Call, hasNoNames } from "../arguments.ts";
import type { Elaboration } from "../context.ts";
import type { Frame } from "../frame.ts";
import { contract, leadingLabels, OWN_LABELS, type Operand } from "../product.ts";
import { POISON, type Value } from "../value.ts";
import { operandOf } from "./form.ts";

export function einsum(call: Call, frame: Frame): Value {
  const { context } = frame;
  if (!hasNoNames(call, frame, 'write `einsum("ij,j->i", a, b)`')) return POISON;
  const [pattern, ...rest] = call.arguments;
  if (pattern?.value.kind !== "string")
    return context.report(wrongType("the first argument of `einsum` must be its pattern in quotes", call.span));
  const match = /^([a-z]*(?:,[a-z]*)*)->([a-z]*)$/.exec(pattern.value.value.replaceAll(" ", ""));
  const operands = rest.map((argument) => operandOf(argument.value, frame)).filter((each) => each !== undefined);
  if (operands.length < rest.length) return POISON;
  const inputs = match?.[1]?.split(",") ?? [];
  if (match === null) {
    const help = 'write the letters of each operand and of the result: "hij,hj->hi"';
    return context.report(wrongType("this is not a pattern of `einsum`", pattern.value.span, help));
  }
  if (inputs.length !== operands.length) {
    const [of, given] = [inputs.length, operands.length].map((count) => `${count} operand${count === 1 ? "" : "s"}`);
    return context.report(
      wrongType(`this pattern is for ${of ?? ""}, but there are ${given ?? ""}`, pattern.value.span),
    );
  }
  const unlike = operands.find((operand, index) => context.own(operand.value).length !== (inputs[index] ?? "").length);
  if (unlike !== undefined)
    return context.report(
      wrongShape("the number of axes differs from the pattern", pattern.value.span, [
        context.side(unlike.value, unlike.span, "this"),
      ]),
    );
  return einsumOf(context, operands, inputs, match[2] ?? "", call);
}

/** Axes of only one operand that the result lacks are summed first. Axes that repeat within one operand are refused. */
function einsumOf(
  context: Elaboration,
  operands: readonly Operand[],
  inputs: readonly string[],
  out: string,
  call: Call,
): Value {
  if ([...inputs, out].some((text) => new Set(text).size < text.length)) {
    return context.report(
      wrongType(
        "a letter occurs twice in one operand, which is not supported",
        call.span,
        "to keep only the diagonal, multiply by `eye(n)`",
      ),
    );
  }
  const reduced = operands.map((operand, index) => {
    const labels = inputs[index] ?? "";
    const others = inputs.filter((_, each) => each !== index).join("") + out;
    const alone = [...labels].flatMap((label, position) => (others.includes(label) ? [] : [position - labels.length]));
    const rank = context.type(operand.value).axes.length;
    const real = alone.reduce((value, axis) => context.masked(value, rank + axis, 0), operand.value.id);
    const id = alone.length === 0 ? real : context.build.op("sum", [real], { axes: alone });
    return {
      operand: { ...operand, value: { ...operand.value, id } },
      labels: [...labels].filter((label) => others.includes(label)).join(""),
    };
  });
  let terms: readonly Term[] = reduced;
  while (terms.length > 2) {
    const joined = joinCheapest(context, terms, out, call.span);
    if (joined === undefined) return POISON;
    terms = joined;
  }
  const [a, b] = terms;
  if (a === undefined) return POISON;
  if (b !== undefined) return contracted(context, [a, b], out, call.span);
  const order = [...out].map((label) => a.labels.indexOf(label) - a.labels.length);
  return context.op("permute", [a.operand.value.id], call.span, { order });
}

/** An operand with a letter for each of its axes. */
interface Term {
  readonly operand: Operand;
  readonly labels: string;
}

function contracted(context: Elaboration, [a, b]: readonly [Term, Term], out: string, span: Span): Value {
  const labels = rename([a.labels, b.labels, out]);
  return contract(
    context,
    [a.operand, b.operand],
    { left: labels[0] ?? "", right: labels[1] ?? "", out: labels[2] ?? "" },
    span,
  );
}

/** Multiplies the two terms whose product has the fewest multiplications; it keeps the letters that the others or the result have. */
function joinCheapest(
  context: Elaboration,
  terms: readonly Term[],
  out: string,
  span: Span,
): readonly Term[] | undefined {
  const pairs = terms.flatMap((a, index) => terms.slice(index + 1).map((b) => [a, b] as const));
  const costs = pairs.map((pair) => multiplications(context, pair));
  const pair = pairs[costs.indexOf(Math.min(...costs))];
  if (pair === undefined) return undefined;
  const others = terms.filter((term) => !pair.includes(term));
  const needed = others.map(({ labels }) => labels).join("") + out;
  const kept = [...new Set(pair[0].labels + pair[1].labels)].filter((label) => needed.includes(label)).join("");
  const value = contracted(context, pair, kept, span);
  return value.kind === "node" ? [{ operand: { value, span }, labels: kept }, ...others] : undefined;
}

/** What a size counts that is not known yet, such as that of a batch. */
const USUAL_SIZE = 64;

function multiplications(context: Elaboration, pair: readonly [Term, Term]): number {
  const sizes = new Map<string, number>();
  for (const { operand, labels } of pair) {
    const { axes } = context.type(operand.value);
    const names = leadingLabels(context, operand.value).toUpperCase() + labels;
    axes.forEach(({ size }, index) => sizes.set(names[index] ?? "", constantOf(size) ?? USUAL_SIZE));
  }
  return [...sizes.values()].reduce((product, size) => product * size, 1);
}

/** The user's letters as own labels, which are never those of time and batch. */
function rename(texts: readonly string[]): readonly string[] {
  const letters = [...new Set(texts.join(""))];
  return texts.map((text) => [...text].map((letter) => OWN_LABELS[letters.indexOf(letter)] ?? "").join(""));
}
