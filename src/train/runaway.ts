// Stops a training run whose numbers are no longer finite, or whose loss has exploded: a UserError says which and what to try.
import { UserError } from "../base/diagnostic.ts";
import type { Batch } from "./source.ts";
import type { Trainer, UpdateResult } from "./trainer.ts";

/** The advice in such an error, in the words of the command line or of the library. */
export interface Advice {
  /** What is left: "What was saved last is kept". */
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

/** Throws a UserError that names the update and the quantity where numbers are no longer finite, or the loss has exploded. */
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
  // The first update has no learning before it. After later ones, the batch is run again with the first weights.
  const wasLed = isFinite || (standing.updates > 0 && (await trainer.isFiniteAtFirst(batch)));
  throw runaway(standing.updates + 1, what, { lost, advice, help: wasLed ? advice.slower : NOT_FINITE });
}

/** Throws as `refuseRunaway` where weights are no longer finite: what is saved can be gone on from. */
export async function refuseLostWeights(
  { trainer, advice }: Watched,
  { updates }: Pick<Before, "updates">,
): Promise<void> {
  const lost = await trainer.notFinite();
  if (lost.length > 0)
    throw runaway(updates, "it leaves weights that are no numbers", { lost, advice, help: advice.slower });
}

const NOT_FINITE =
  "It is not the learning rate: with the weights of the start this batch gives no finite number either. Look in the spec for a division by 0 or a logarithm of 0";

function runaway(
  update: number,
  what: string,
  { lost, advice, help }: { readonly lost: readonly string[]; readonly advice: Advice; readonly help: string },
): UserError {
  const where =
    lost.length === 0 ? "" : ` (no longer finite: ${lost.slice(0, 3).join(", ")}${lost.length > 3 ? ", …" : ""})`;
  return new UserError(`update ${update}: ${what}${where}. ${advice.kept}. ${help}`);
}
