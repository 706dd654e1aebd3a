// A delayed sequence in a model is a scan that carries it. So it begins right in ragged batches, and goes on from chunk to chunk.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import { timeOf } from "../../shape/type.ts";
import { notAllowed } from "../messages.ts";
import type { Elaboration } from "./context.ts";
import { finalOf } from "./final.ts";
import { moves } from "./padding.ts";
import { startOf, stateStart } from "./first-value.ts";
import { withElementsOf, type NodeValue, type Value } from "./value.ts";

export function delaySequence(context: Elaboration, value: NodeValue, steps: number, span: Span, name: string): Value {
  const time = timeOf(context.type(value));
  if (time === undefined) return context.report(notAllowed("only a sequence can be delayed", span));
  const [delayed] = delayedTaps(context, value, [steps], { span, name });
  return delayed ?? fail("elaborate", "no delay");
}

/** A sequence with each of these delays. */
export function delayedTaps(
  context: Elaboration,
  value: NodeValue,
  delays: readonly number[],
  { span, name }: { readonly span: Span; readonly name: string },
): readonly NodeValue[] {
  const { build } = context;
  const time = timeOf(context.type(value)) ?? fail("elaborate", "no sequence");
  const most = Math.max(...delays);
  if (most === 0) return delays.map(() => value);
  const carried = Array.from({ length: most }, (_, index) => context.carried.delay(value.id, index + 1, name));
  const starts = carried.map((each) => stateStart(context, each.name, startOf(context, value)));
  const isMoving = moves(context, time, false);
  build.openScan(time, false);
  const now = build.local(value.id);
  const ports = starts.map((start) => build.state(start));
  const becomes = ports.map((_, index) => ports[index - 1] ?? now);
  ports.forEach((port, index) => {
    const next = becomes[index] ?? now;
    build.setNext(port, isMoving === undefined ? next : build.op("select", [isMoving, next, port]));
  });
  const emitted = delays.map((delay) => (delay === 0 ? undefined : build.emit(ports[delay - 1] ?? now)));
  const closed = build.closeScan();
  ports.forEach((port, each) => {
    const { name: own, isNew } = carried[each] ?? fail("elaborate", "no name");
    const initial = starts[each] ?? fail("elaborate", "no start");
    const final = finalOf(context, { closed, time, port, initial, becomes: becomes[each] ?? now });
    if (isNew) context.carried.states.push({ name: own, time, start: initial, final });
  });
  return emitted.map((index) => {
    if (index === undefined) return value;
    const id = build.emitted(closed.id, index);
    const delayed = withElementsOf(value, context.node(id, span, value.origin.reason));
    return value.token === undefined ? delayed : { ...delayed, token: value.token };
  });
}
