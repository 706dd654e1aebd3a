// The last value of a state, after the scan that carries it is closed.
import { KEPT_STEPS } from "../../base/window-sizes.ts";
import type { ClosedScan } from "../../ops/open-scan.ts";
import { ONE, subtract, symbol, type Dim } from "../../shape/dim.ts";
import { timeOf } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";
import { hasSteps, settled } from "./padding.ts";

export interface Carried {
  readonly closed: ClosedScan;
  readonly time: Dim;
  readonly port: string;
  readonly initial: string;
  /** Its next value, in the scan's body. */
  readonly becomes: string;
}

/** The state after its example's last step, or after K steps of an overlapping window. An example without steps keeps its first state. */
export function finalOf(context: Elaboration, carried: Carried): string {
  const { closed, time, port, initial } = carried;
  const final = stepBefore(context, carried, endOf(context, carried)) ?? closed.final(port);
  const isReal = hasSteps(context, time);
  return isReal === undefined ? final : context.build.op("select", [isReal, final, initial]);
}

/** After how many steps the state leaves its scan, if not at its end. */
function endOf({ options, drawsForAll }: Elaboration, { closed, time }: Carried): Dim | undefined {
  if (options.truncation === "overlapping") return symbol(KEPT_STEPS);
  return options.ragged && drawsForAll.has(closed.id) ? time : undefined;
}

/** The state after this number of steps. */
function stepBefore(context: Elaboration, { closed, becomes }: Carried, steps: Dim | undefined): string | undefined {
  const { build } = context;
  if (steps === undefined) return undefined;
  const sequence = build.emitLater(closed.id, becomes);
  if (timeOf(build.type(sequence)) === undefined) return sequence;
  return build.op("at", [settled(context, closed.id, sequence)], { dims: [subtract(steps, ONE)] });
}
