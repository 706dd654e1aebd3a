// What a state ends as, once the scan that carries it is closed.
import type { ClosedScan } from "../../ops/builder.ts";
import type { Dim } from "../../shape/dim.ts";
import { timeOf } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";
import { hasSteps } from "./padding.ts";

/** The name of the size that says after how many steps of an overlapping window its states are kept. */
export const KEPT_STEPS = "K";

export interface Carried {
  readonly closed: ClosedScan;
  readonly time: Dim;
  readonly port: string;
  readonly initial: string;
  /** What a step makes of it, in the scan's body. */
  readonly becomes: string;
}

/** The state after its example's last step; of an overlapping window after K steps. An example without steps keeps what it began with. */
export function finalOf(context: Elaboration, carried: Carried): string {
  const { closed, time, port, initial } = carried;
  const isKept = context.options.truncation === "overlapping";
  const final = isKept ? kept(context, carried) : closed.final(port);
  const isReal = hasSteps(context, time);
  return isReal === undefined ? final : context.build.op("select", [isReal, final, initial]);
}

function kept({ build }: Elaboration, { closed, becomes }: Carried): string {
  const sequence = build.emitLater(closed.id, becomes);
  const isConstant = timeOf(build.type(sequence)) === undefined;
  return isConstant ? sequence : build.op("at", [sequence], { dims: [`${KEPT_STEPS}-1`] });
}
