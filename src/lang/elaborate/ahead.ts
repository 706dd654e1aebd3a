// `e[t+1]` in a model: the sequence read some steps later, zero past the end of each example. No stream can give it.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import { timeOf } from "../../shape/type.ts";
import type { Expression } from "../ast.ts";
import { notAllowed } from "../messages.ts";
import { futureOfPrediction } from "../messages-time.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { note } from "./over-time.ts";
import { moves } from "./padding.ts";
import { withElementsOf, type NodeValue, type Value } from "./value.ts";

type Delay = Extract<Expression, { kind: "delay" }>;

export function ahead({ object, span }: Delay, frame: Frame, steps: number): Value {
  const { context } = frame;
  const predicted = futurePredictedBy(frame);
  const name = object.kind === "name" ? object.name : object.kind === "member" ? object.member.name : "this";
  if (predicted !== undefined) return context.report(futureOfPrediction(name, predicted, span));
  const value = evaluate(object, frame);
  if (value.kind !== "node")
    return value.kind === "poison" ? value : context.report(notAllowed("only a sequence has later steps", span));
  return later(context, value, steps, span);
}

/** Where the model predicts a later step of something, if it does. */
function futurePredictedBy({ definition }: Frame): Span | undefined {
  const found = definition.body.find((each) => each.kind === "predict" && each.target.kind === "delay");
  return found?.kind === "predict" ? found.target.span : undefined;
}

/** A scan from right to left that carries the last values it met. */
function later(context: Elaboration, value: NodeValue, steps: number, span: Span): Value {
  const { build } = context;
  const time = timeOf(context.type(value));
  if (time === undefined) return context.report(notAllowed("only a sequence has later steps", span));
  const end = pastTheEnd(context, value);
  const isMoving = moves(context, time, true);
  build.openScan(time, true);
  const now = build.local(value.id);
  const ports = Array.from({ length: steps }, () => build.state(end));
  ports.forEach((port, index) => {
    const next = ports[index - 1] ?? now;
    build.setNext(port, isMoving === undefined ? next : build.op("select", [isMoving, next, port]));
  });
  const index = build.emit(ports.at(-1) ?? fail("elaborate", "no step ahead"));
  const closed = build.closeScan();
  note(context, closed.id, "reverse", { time, span });
  const found = withElementsOf(value, context.node(build.emitted(closed.id, index), span, value.origin.reason));
  return value.token === undefined ? found : { ...found, token: value.token };
}

/** Zeros, or no token. */
function pastTheEnd(context: Elaboration, value: NodeValue): string {
  const { build } = context;
  return build.outermost(() => {
    const axes = [{ tag: "batch" as const, size: BATCH }, ...context.own(value)];
    const isToken = value.token !== undefined;
    const none = isToken ? build.op("constant", [], { value: -1, integer: true }) : build.constant(0);
    return build.op("broadcast", [none], { type: { dtype: isToken ? "int" : "float", axes } });
  });
}
