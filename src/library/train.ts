// Trains a compiled model: updates from arrays.
import { UserError } from "../base/diagnostic.ts";
import type { ClipSettings, OptimizerSetting } from "../lang/elaborate/settings.ts";
import { timeOfTruncation } from "../train/model.ts";
import { optimizerValue } from "../train/optimizer.ts";
import type { Batch } from "../train/source.ts";
import { Trainer, type UpdateResult } from "../train/trainer.ts";
import { limitsOf, truncationKind, type Truncation } from "../train/windows.ts";
import type { Compiled } from "./compiled.ts";
import { isPartlyLabelled, withMarks } from "./labels.ts";
import { gatherBatch } from "./feed.ts";
import { refuseHugeResults } from "./memory.ts";
import { predictsUnequallyFar } from "./steps-ahead.ts";
import { checkBoolean, checkedLater, readOptions, checkNotNegative, type Checks } from "./options.ts";
import { clipOf, frozenOf, optimizerOf, refuseEndlessRate, truncationOf } from "./train-settings.ts";
import type { Arrays, LibraryTrainer, TrainerSettings, UpdateOptions, Updated } from "./types.ts";
import { windowsOf } from "./update-windows.ts";

const SETTINGS: Checks<TrainerSettings> = {
  optimizer: checkedLater,
  clip: checkedLater,
  freeze: checkedLater,
  steps: checkedLater,
  k1: checkedLater,
  k2: checkedLater,
  truncateEach: checkedLater,
  carriesState: checkBoolean,
  allowNonFinite: checkBoolean,
};

const UPDATE_OPTIONS: Checks<UpdateOptions> = {
  lengths: checkedLater,
  isFresh: checkBoolean,
  rate: checkNotNegative("the rate"),
};

/** Rejects with a UserError for a cell, and for wrong settings. */
export async function createTrainer<T>(model: Compiled<T>, given: TrainerSettings): Promise<LibraryTrainer> {
  model.checkUsable();
  const settings = readOptions(given, SETTINGS, "trainer");
  if (model.program.graph.outputsOf("loss").length === 0)
    throw new UserError(`\`${model.name}\` has nothing to minimise: a model says \`predict y from …\``);
  const spec = model.program.settings;
  const complete: Settings = {
    optimizer: optimizerOf(settings.optimizer, spec),
    clip: clipOf(settings.clip, spec),
    frozen: frozenOf(settings.freeze, model.program),
    // The truncation of the spec is for the texts and rows of `fit`.
    truncate: truncationOf(settings, {}) ?? null,
    carriesState: settings.carriesState ?? false,
    allowNonFinite: settings.allowNonFinite ?? model.allowNonFinite,
  };
  const { carriesState, truncate } = complete;
  if (carriesState || truncate !== null) timeOfTruncation(model.program, truncate?.each !== undefined);
  return new ArrayTrainer(model, complete);
}

/** Complete settings. */
interface Settings {
  readonly optimizer: OptimizerSetting;
  readonly clip: ClipSettings;
  readonly frozen: readonly string[];
  /** Null: gradients go through whole sequences. */
  readonly truncate: Truncation | null;
  readonly carriesState: boolean;
  readonly allowNonFinite: boolean;
}

interface ActiveTrainer<T> {
  readonly isRagged: boolean;
  /** Whether its program has marks of missing targets as inputs. */
  readonly isPartlyLabelled: boolean;
  readonly trainer: Trainer<T>;
}

/** One update with its arrays read. */
interface Request {
  readonly batch: Batch;
  readonly isRagged: boolean;
  /** Undefined: true for the first update. */
  readonly isFresh: boolean | undefined;
  readonly rate: number;
}

class ArrayTrainer<T> implements LibraryTrainer {
  readonly #model: Compiled<T>;
  readonly #settings: Settings;
  readonly #needsMask: boolean;
  /** Created when the sizes of the weights are known. */
  #active: ActiveTrainer<T> | null = null;
  /** The number of examples in the batch before. */
  #batch = 0;
  #updates = 0;
  #isDisposed = false;

  constructor(model: Compiled<T>, settings: Settings) {
    this.#model = model;
    this.#settings = settings;
    this.#needsMask = settings.truncate !== null || (!settings.carriesState && predictsUnequallyFar(model.program));
  }

  get updates(): number {
    return this.#updates;
  }

  async update(arrays: Arrays, given: UpdateOptions = {}): Promise<Updated> {
    const options = readOptions(given, UPDATE_OPTIONS, "update");
    this.#checkUsable();
    const { rate = 1, isFresh } = options;
    const { allowNonFinite } = this.#settings;
    const lengths = options.lengths ?? (this.#needsMask ? {} : null);
    const { batch } = gatherBatch(this.#model, arrays, { lengths, use: "train", allowNonFinite });
    refuseEndlessRate(rate, optimizerValue(this.#settings.optimizer, "lr"));
    const request = { batch, isRagged: lengths !== null, isFresh, rate };
    return this.#model.access.change(() => this.#update(request));
  }

  /** If it fails, weights, states and counts stay as they were. */
  async #update({ batch, isRagged, rate, ...asked }: Request): Promise<Updated> {
    this.#checkUsable();
    const count = batch.sizes.get("B") ?? 1;
    const isFresh = asked.isFresh ?? this.#updates === 0;
    const goesOn = this.#settings.carriesState && !isFresh;
    if (goesOn && count !== this.#batch)
      throw new UserError(
        `this batch has ${count} examples and the one before ${this.#batch}, so the state cannot be carried: give \`isFresh: true\``,
      );
    refuseHugeResults(this.#model.program, batch.sizes);
    const { program } = this.#model;
    const { trainer, ...made } = await this.#trainerFor(isRagged, isPartlyLabelled(batch, program));
    const fed = made.isPartlyLabelled ? withMarks(batch, program) : batch;
    const { truncate } = this.#settings;
    const parts = truncate === null ? [{ ...fed, isFresh: !goesOn }] : windowsOf(program, fed, truncate, goesOn);
    const results: UpdateResult[] = [];
    for (const part of parts) {
      const result = await trainer.update(part, rate);
      if (!result.isMade) throw await this.#notFinite(result, trainer, results.length);
      this.#updates += 1;
      this.#model.updates += 1;
      this.#batch = count;
      results.push(result);
    }
    return combineResults(results, parts);
  }

  /** `before`: the number of updates that earlier windows of the same batch made. */
  async #notFinite({ loss, norm }: Updated, trainer: Trainer<T>, before: number): Promise<UserError> {
    const what = Number.isFinite(loss) ? `the norm of the gradient is ${norm}` : `the loss is ${loss}`;
    const lost = (await trainer.notFinite()).map((name) => `\`${this.#model.nameOf(name)}\``);
    const why = lost.length === 0 ? "" : `; these weights hold numbers that are not finite: ${lost.join(", ")}`;
    return new UserError(
      `${what}, so this update was not made, and nothing has changed${before === 0 ? "" : ` since the ${before} earlier updates of the same batch`}${why}. The option \`allowNonFinite: true\` makes such updates too`,
    );
  }

  #checkUsable(): void {
    if (this.#isDisposed) throw new UserError("this trainer was disposed of: make another");
    this.#model.checkUsable();
  }

  /** From the first batch with missing targets, the program is one with their marks as inputs. */
  async #trainerFor(isRagged: boolean, partlyLabelled: boolean): Promise<ActiveTrainer<T>> {
    const weights = this.#model.ready();
    const before = this.#active;
    if (before?.isRagged === isRagged && (before.isPartlyLabelled || !partlyLabelled)) return before;
    if (before !== null && before.isRagged !== isRagged)
      throw new UserError("one trainer takes batches with `lengths`, or without, not both in turn: give full lengths");
    const model = this.#model;
    const { optimizer, clip, frozen, truncate, carriesState, allowNonFinite } = this.#settings;
    const program = model.programFor({
      ragged: isRagged,
      training: true,
      partlyLabelled,
      states: carriesState || truncate !== null ? "carried" : "initial",
      ...(truncate === null ? {} : { truncation: truncationKind(truncate) }),
    });
    const trainer = new Trainer(program, model.device, {
      optimizer,
      clip,
      frozen,
      allowNonFinite,
      seed: model.seed,
      sizes: model.sizes.known,
      weights,
      ...limitsOf(truncate),
    });
    if (before !== null) {
      trainer.restore(await before.trainer.wholeSnapshot(), before.trainer.updates);
      before.trainer.dispose();
    }
    this.#active = { isRagged, isPartlyLabelled: partlyLabelled, trainer };
    return this.#active;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#model.access.free(() => {
      this.#active?.trainer.dispose();
      this.#active = null;
    });
  }
}

/** The mean loss over the new steps of all windows, and the largest norm. */
function combineResults(results: readonly Updated[], parts: readonly Batch[]): Updated {
  const [{ loss: only, norm } = { loss: NaN, norm: NaN }] = results;
  if (results.length === 1) return { loss: only, norm };
  const weights = parts.map(({ tokens }) => tokens);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const loss = results.reduce((sum, each, index) => sum + each.loss * ((weights[index] ?? 0) / total), 0);
  return { loss, norm: results.reduce((most, each) => Math.max(most, each.norm), norm) };
}
