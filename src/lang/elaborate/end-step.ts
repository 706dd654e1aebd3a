// The value of a sequence at each example's own first or last step; 0 for an example without steps.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import { timeOf } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";
import { firstOver, lastOver } from "./over-time.ts";

/** `name` is that of the value if it is carried from chunk to chunk. */
export function endStep(
  context: Elaboration,
  id: string,
  which: "first" | "last",
  { name, span }: { readonly name: string; readonly span: Span },
): string {
  const type = context.unifier.resolveType(context.build.type(id));
  const time = timeOf(type) ?? fail("elaborate", "no sequence");
  const chunk = atMark(context, id, context.marks(time, which, { memory: false }));
  const along = { time, span, name };
  return which === "first" ? firstOver(context, along, chunk) : lastOver(context, along, chunk);
}

/** The sequence at the one step where the mark is 1. */
export function atMark({ build }: Elaboration, id: string, mark: string): string {
  const zero = build.constant(0);
  return build.op("sum", [build.op("select", [mark, id, zero])], { axes: [-build.type(id).axes.length] });
}
