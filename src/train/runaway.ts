// Stops a training run whose numbers are no longer finite, or whose loss has exploded. The UserError says what to try.
import { UserError } from "../base/diagnostic.ts";
import type { Batch } from "./source.ts";
import type { Trainer, UpdateResult } from "./trainer.ts";

/** Learning went astray; what was asked for is not at fault. */
export class RunawayError extends UserError {}

/** The advice in such an error. The command line and the library have different words. */
export interface Advice {
  /** What remains: "What was saved last is kept". */
  readonly kept: string;
  /** What to try: "Try a smaller learning rate …". */
  readonly slower: string;
}

interface Watched {
  readonly trainer: Pick<Trainer<unknown>, "notFinite" | "isFiniteAtFirst">;
  readonly advice: Advice;
}

/** The run before the update. */
interface Before {
  readonly updates: number;
  /** The loss of the first update; null before it. */
  readonly firstLoss: number | null;
}

/** A loss that is larger than the first one, plus one, by this factor has exploded. */
const EXPLODED = 1000;

/** Throws a UserError with the update and the quantity if numbers are no longer finite, or if the loss has exploded. */
export async function refuseRunaway(
  { trainer, advice }: Watched,
  { result, batch, standing }: { readonly result: UpdateResult; readonly batch: Batch; readonly standing: Before },
): Promise<void> {
  const { loss, norm } = result;
  const limit = EXPLODED * (1 + Math.abs(standing.firstLoss ?? Infinity));
  const isFinite = Number.isFinite(loss) && Number.isFinite(norm);
  if (isFinite && !(loss > limit)) return;
  const what = !Number.isFinite(loss)
    ? `the loss is ${loss}`
    : !Number.isFinite(norm)
      ? `the gradient's norm is ${norm}`
      : `the loss has exploded: it is ${loss.toPrecision(3)}, and was ${(standing.firstLoss ?? NaN).toPrecision(3)} at first`;
  const lost = await trainer.notFinite();
  // At the first update, learning cannot be the cause. Later, the batch is run again with the initial weights.
  const wasLed = isFinite || (standing.updates > 0 && (await trainer.isFiniteAtFirst(batch)));
  throw runaway(standing.updates + 1, what, { lost, advice, help: wasLed ? advice.slower : NOT_FINITE });
}

/** Throws as `refuseRunaway` if weights are no longer finite, so that a saved run can be resumed. */
export async function refuseLostWeights(
  { trainer, advice }: Watched,
  { updates }: Pick<Before, "updates">,
): Promise<void> {
  const lost = await trainer.notFinite();
  if (lost.length > 0)
    throw runaway(updates, "it leaves weights that are not finite", { lost, advice, help: advice.slower });
}

const NOT_FINITE =
  "The learning rate is not the cause: with the initial weights this batch gives no finite number either. Look in the spec for a division by 0 or a logarithm of 0";

function runaway(
  update: number,
  what: string,
  { lost, advice, help }: { readonly lost: readonly string[]; readonly advice: Advice; readonly help: string },
): RunawayError {
  const where =
    lost.length === 0 ? "" : ` (no longer finite: ${lost.slice(0, 3).join(", ")}${lost.length > 3 ? ", …" : ""})`;
  return new RunawayError(`update ${update}: ${what}${where}. ${advice.kept}. ${help}`);
}
