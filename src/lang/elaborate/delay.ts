// A sequence delayed in a model is a scan that carries it: so it begins right in ragged batches, and goes on from chunk to chunk.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import { timeOf } from "../../shape/type.ts";
import { notAllowed } from "../messages.ts";
import type { Elaboration } from "./context.ts";
import { keptState } from "./kept.ts";
import { startOf, stateStart } from "./start.ts";
import type { NodeValue, Value } from "./value.ts";

export function delaySequence(context: Elaboration, value: NodeValue, steps: number, span: Span, name: string): Value {
  const { build } = context;
  const time = timeOf(context.type(value));
  if (time === undefined) return context.report(notAllowed("only a sequence can be delayed", span));
  const carried = Array.from({ length: steps }, (_, index) => context.carried.delay(value.id, index + 1, name));
  const starts = carried.map((each) => stateStart(context, each.name, startOf(context, value)));
  const mask = context.mask(time, { memory: false });
  build.openScan(time, false);
  const now = build.local(value.id);
  const ports = starts.map((start) => build.state(start));
  ports.forEach((port, index) => {
    const next = index === 0 ? now : (ports[index - 1] ?? now);
    build.setNext(port, mask === undefined ? next : build.op("select", [mask, next, port]));
  });
  const index = build.emit(ports[steps - 1] ?? fail("elaborate", "a delay of 0"));
  const closed = build.closeScan();
  carried.forEach(({ name: own, isNew }, each) => {
    const [port, start] = [ports[each] ?? fail("elaborate", "no port"), starts[each] ?? fail("elaborate", "no start")];
    if (isNew) context.carried.states.push({ name: own, time, start, final: keptState(context, closed.final(port)) });
  });
  const delayed = context.node(build.emitted(closed.id, index), span, value.origin.reason);
  return value.token === undefined ? delayed : { ...delayed, token: value.token };
}
