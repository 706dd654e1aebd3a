// The arguments of `by`: numbers known at compile time, and the standard deviation, which may be any value.
import { constantOf } from "../../shape/dim.ts";
import { timeOf } from "../../shape/type.ts";
import type { Expression } from "../ast.ts";
import { wrongShape, wrongType } from "../messages.ts";
import { hasNoNames, readArguments, readCount, readNumber, type Call } from "./arguments.ts";
import { evaluate } from "./expression.ts";
import type { LossRequest } from "./losses.ts";
import type { NodeValue } from "./value.ts";

/** A loss as a call, for errors about its arguments. */
function asCall({ call: { loss, arguments: given, span } }: LossRequest): Call {
  return { kind: "call", callee: { kind: "name", ...loss }, arguments: given, span };
}

/** Whether there are no arguments; one that is given is reported. */
export function takesNothing(request: LossRequest): boolean {
  return readArguments(asCall(request), request.frame, []) !== undefined;
}

/** Where the squared error ends and the absolute one begins. */
export function readHuberDelta(request: LossRequest): number | undefined {
  const given = readArguments(asCall(request), request.frame, ["d"])?.get("d");
  return given === undefined
    ? undefined
    : readWithin(request, given, { what: "`d` of `huber`", holds: (value) => value > 0, words: "above 0" });
}

/** How many components a mixture has. */
export function readComponents(request: LossRequest): number | undefined {
  const given = readArguments(asCall(request), request.frame, ["k"])?.get("k");
  return given === undefined ? undefined : readCount(given, request.frame, "`k` of `mixture`");
}

/** The share of probability that is given to all tokens alike; 0 without the argument. */
export function readSmoothing(request: LossRequest): number | undefined {
  const given = readArguments(asCall(request), request.frame, [], ["smoothing"]);
  if (given === undefined) return undefined;
  const smoothing = given.get("smoothing");
  const holds = (value: number): boolean => value >= 0 && value < 1;
  return smoothing === undefined
    ? 0
    : readWithin(request, smoothing, { what: "`smoothing`", holds, words: "at least 0 and below 1" });
}

/** The probabilities of quantiles, in rising order. */
export function readProbabilities(request: LossRequest): readonly number[] | undefined {
  const { frame } = request;
  const call = asCall(request);
  if (!hasNoNames(call, frame, "write `by quantile(0.1, 0.5, 0.9)`")) return undefined;
  if (call.arguments.length === 0) {
    frame.context.report(
      wrongType(
        "`by quantile` needs the probabilities of its quantiles",
        call.span,
        "write `by quantile(0.1, 0.5, 0.9)`",
      ),
    );
    return undefined;
  }
  const found: number[] = [];
  for (const { value: given } of call.arguments) {
    const holds = (value: number): boolean => value > 0 && value < 1;
    const value = readWithin(request, given, { what: "a quantile", holds, words: "above 0 and below 1" });
    if (value === undefined) return undefined;
    const before = found.at(-1);
    if (before !== undefined && before >= value) {
      const title = `quantiles are in rising order, but ${value} comes after ${before}`;
      frame.context.report(wrongType(title, given.span, "write `by quantile(0.1, 0.5, 0.9)`"));
      return undefined;
    }
    found.push(value);
  }
  return found;
}

interface Range {
  readonly what: string;
  readonly holds: (value: number) => boolean;
  readonly words: string;
}

function readWithin({ frame }: LossRequest, given: Expression, { what, holds, words }: Range): number | undefined {
  const value = readNumber(given, frame, what);
  if (value === undefined || holds(value)) return value;
  frame.context.report(wrongType(`${what} must be ${words}, but this is ${value}`, given.span));
  return undefined;
}

/** A standard deviation: a number, or a value of the target's shape or of a scalar's, at each step or for each example. */
export function readDeviation(request: LossRequest): string | undefined {
  const { frame, target } = request;
  const { context } = frame;
  const given = readArguments(asCall(request), frame, ["sd"])?.get("sd");
  if (given === undefined) return undefined;
  const value = evaluate(given, frame);
  const number = value.kind === "static" ? constantOf(context.unifier.resolve(value.value)) : undefined;
  if (number !== undefined && !(number > 0)) {
    context.report(wrongType(`\`sd\` of \`gaussian\` must be above 0, but this is ${number}`, given.span));
    return undefined;
  }
  const node = context.float(value, given.span);
  if (node === undefined || fits(request, node)) return node?.id;
  const sides = [context.side(node, given.span, "this"), context.side(target.value, target.span, `\`${target.name}\``)];
  const help = "give one standard deviation, or one for each element: it has the target's shape";
  const title = `this cannot be the standard deviation of \`${target.name}\``;
  context.report(wrongShape(title, given.span, sides, help));
  return undefined;
}

function fits({ frame: { context }, target }: LossRequest, node: NodeValue): boolean {
  const [own, expected] = [context.own(node), context.own(target.value)];
  const [time, along] = [timeOf(context.type(node)), timeOf(context.type(target.value))];
  const sameTime = time === undefined || (along !== undefined && context.unifier.unify(time, along));
  if (!sameTime) return false;
  return (
    own.length === 0 ||
    (own.length === expected.length &&
      own.every((axis, index) => {
        const other = expected[index];
        return other !== undefined && context.unifier.same(other, axis) !== undefined;
      }))
  );
}
