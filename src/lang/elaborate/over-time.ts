// What a model computes along the time of a sequence. In a program that goes on from chunk to chunk, the result so far is carried like a
// state, and each chunk adds to it. The nodes have the user's call: `step-by-step.ts` reports those that cannot go on.
import type { BinaryFunction } from "../../scalar/table.ts";
import type { Span } from "../../base/source.ts";
import type { AlongTime } from "../../graph/node.ts";
import type { Dim } from "../../shape/dim.ts";
import { type Axis, withoutTime } from "../../shape/type.ts";
import { withBatch } from "./batch.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { finalOf } from "./final.ts";
import { hasSteps } from "./padding.ts";
import { stateStart } from "./first-value.ts";

/** The time, the user's call, and the name under which the result is carried. */
export interface Along {
  readonly time: Dim;
  readonly span: Span;
  readonly name: string;
}

/** How two results over consecutive steps are combined, and the neutral value. */
export interface Combining {
  readonly combine: BinaryFunction;
  readonly identity: number;
}

/** From a reduction over these steps, `[B, …]`, the reduction over all steps so far. */
export function foldedOver(context: Elaboration, along: Along, chunk: string, combining: Combining): string {
  note(context, chunk, "fold", along);
  return addedUp(context, along, chunk, combining);
}

/** As `foldedOver`, for what does not depend on the values of the sequence, such as its number of steps. */
export function addedUp(context: Elaboration, along: Along, chunk: string, { combine, identity }: Combining): string {
  if (context.options.states !== "carried") return chunk;
  const name = context.carried.names.claim(along.name);
  const start = stateStart(context, name, everywhere(context, chunk, identity));
  const final = context.build.op(combine, [start, chunk]);
  context.carried.states.push({ name, time: along.time, start, final });
  return final;
}

/** At each step of `sequence`, `[T, B, …]`, the combination of this step and all before it; padding has the neutral value. */
export function prefixOver(
  context: Elaboration,
  along: Along,
  sequence: string,
  { combine, identity }: Combining,
): string {
  const { build } = context;
  const name = context.carried.names.claim(along.name);
  const start = stateStart(context, name, everywhere(context, sequence, identity));
  build.openScan(along.time, false);
  const before = build.state(start);
  const now = build.op(combine, [before, sequence]);
  build.setNext(before, now);
  const index = build.emit(now);
  const closed = build.closeScan();
  const final = finalOf(context, { closed, time: along.time, port: before, initial: start, becomes: now });
  context.carried.states.push({ name, time: along.time, start, final });
  const sums = build.emitted(closed.id, index);
  note(context, sums, "prefix", along);
  return sums;
}

/** The value at the first step: that of the first chunk. */
export function firstOver(context: Elaboration, along: Along, chunk: string): string {
  note(context, chunk, "first", along);
  if (context.options.states !== "carried") return chunk;
  const name = context.carried.names.claim(along.name);
  const first = stateStart(context, name, withBatch(context, chunk));
  context.carried.states.push({ name, time: along.time, start: first, final: first });
  return first;
}

/** The value at the last step so far: that of this chunk, unless the example has no step in it. */
export function lastOver(context: Elaboration, along: Along, chunk: string): string {
  const { build } = context;
  note(context, chunk, "fold", along);
  const isReal = hasSteps(context, along.time);
  if (context.options.states !== "carried" || context.carried.isWhole || isReal === undefined) return chunk;
  const name = context.carried.names.claim(along.name);
  const start = stateStart(context, name, everywhere(context, chunk, 0));
  const final = build.op("select", [isReal, chunk, start]);
  context.carried.states.push({ name, time: along.time, start, final });
  return final;
}

/** Notes the user's call on a node. */
export function note(
  { build }: Elaboration,
  id: string,
  how: AlongTime["how"],
  { time, span }: Pick<Along, "time" | "span">,
): void {
  build.note(id, { how, time, span });
}

/** `value` for each example; `like` has its axes, without the time. */
function everywhere(context: Elaboration, like: string, value: number): string {
  return broadcast(context, context.build.constant(value), like);
}

function broadcast({ build, unifier }: Elaboration, id: string, like: string): string {
  const { axes } = withoutTime(unifier.resolveType(build.type(like)));
  const own = axes.filter(({ tag }) => tag !== "batch");
  const all: readonly Axis[] = [{ tag: "batch", size: BATCH }, ...own];
  return build.op("broadcast", [id], { type: { dtype: "float", axes: all } });
}
