// Training a compiled model: updates from arrays that the user gives.
import { UserError } from "../base/diagnostic.ts";
import type { ClipSettings, OptimizerSetting } from "../lang/elaborate/settings.ts";
import { timeOfTruncation } from "../train/model.ts";
import { optimizerValue } from "../train/optimizer.ts";
import type { Batch } from "../train/source.ts";
import { Trainer, type UpdateResult } from "../train/trainer.ts";
import { truncationKind, type Truncation } from "../train/windows.ts";
import type { Compiled } from "./compiled.ts";
import { isPartlyLabelled, withMarks } from "./labels.ts";
import { gathered } from "./feed.ts";
import { refuseHugeResults } from "./memory.ts";
import { predictsUnequallyFar } from "./steps-ahead.ts";
import { aBoolean, checkedLater, checkedOptions, notNegative, type Checks } from "./options.ts";
import { clipOf, optimizerOf, refuseEndlessRate, truncationOf } from "./train-settings.ts";
import type { Arrays, LibraryTrainer, TrainerSettings, UpdateOptions, Updated } from "./types.ts";
import { windowsOf } from "./update-windows.ts";

const SETTINGS: Checks<TrainerSettings> = {
  optimizer: checkedLater,
  clip: checkedLater,
  steps: checkedLater,
  k1: checkedLater,
  k2: checkedLater,
  carriesState: aBoolean,
  allowNonFinite: aBoolean,
};

const UPDATE_OPTIONS: Checks<UpdateOptions> = {
  lengths: checkedLater,
  isFresh: aBoolean,
  rate: notNegative("the rate"),
};

/** Throws a UserError for a cell, and for settings that make no sense. */
export async function makeTrainer<T>(model: Compiled<T>, given: TrainerSettings): Promise<LibraryTrainer> {
  model.checkUsable();
  const settings = checkedOptions(given, SETTINGS, "trainer");
  if (model.program.graph.outputsOf("loss").length === 0)
    throw new UserError(`\`${model.name}\` has nothing to minimise: a model says \`predict y from …\``);
  const spec = model.program.settings;
  const made: Settings = {
    optimizer: optimizerOf(settings.optimizer, spec),
    clip: clipOf(settings.clip, spec),
    // Batches are what the user gives: the spec's truncation is for texts and rows of `fit`.
    truncate: truncationOf(settings, {}) ?? null,
    carriesState: settings.carriesState ?? false,
    allowNonFinite: settings.allowNonFinite ?? model.allowNonFinite,
  };
  if (made.carriesState || made.truncate !== null) timeOfTruncation(model.program);
  return new ArrayTrainer(model, made);
}

/** Settings with nothing left open. */
interface Settings {
  readonly optimizer: OptimizerSetting;
  readonly clip: ClipSettings;
  /** Null: gradients go through whole batches. */
  readonly truncate: Truncation | null;
  readonly carriesState: boolean;
  readonly allowNonFinite: boolean;
}

interface Made<T> {
  readonly isRagged: boolean;
  /** Whether its program asks at which steps there are targets. */
  readonly isPartlyLabelled: boolean;
  readonly trainer: Trainer<T>;
}

/** One update, its arrays read. */
interface Asked {
  readonly batch: Batch;
  readonly isRagged: boolean;
  /** Undefined: whether it is the first. */
  readonly isFresh: boolean | undefined;
  readonly rate: number;
}

class ArrayTrainer<T> implements LibraryTrainer {
  readonly #model: Compiled<T>;
  readonly #settings: Settings;
  readonly #needsMask: boolean;
  /** Made when the sizes of the weights are known. */
  #made: Made<T> | null = null;
  /** Examples in the batch before. */
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
    const options = checkedOptions(given, UPDATE_OPTIONS, "update");
    this.#checkUsable();
    const { rate = 1, isFresh } = options;
    const { allowNonFinite } = this.#settings;
    const lengths = options.lengths ?? (this.#needsMask ? {} : null);
    const { batch } = gathered(this.#model, arrays, { lengths, use: "train", allowNonFinite });
    refuseEndlessRate(rate, optimizerValue(this.#settings.optimizer, "lr"));
    const asked = { batch, isRagged: lengths !== null, isFresh, rate };
    return this.#model.access.change(() => this.#update(asked));
  }

  /** When its turn has come. What it fails at leaves weights, states and counts as they were. */
  async #update({ batch, isRagged, rate, ...asked }: Asked): Promise<Updated> {
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
    return together(results, parts);
  }

  /** `before`: how many windows of the same batch were learned from. */
  async #notFinite({ loss, norm }: Updated, trainer: Trainer<T>, before: number): Promise<UserError> {
    const what = Number.isFinite(loss) ? `the norm of the gradient is ${norm}` : `the loss is ${loss}`;
    const lost = (await trainer.notFinite()).map((name) => `\`${this.#model.nameOf(name)}\``);
    const why = lost.length === 0 ? "" : `; these weights hold numbers that are not finite: ${lost.join(", ")}`;
    return new UserError(
      `${what}, so this update was not made, and all is as it was before${before === 0 ? "" : ` it; ${before} earlier updates of the same batch were made`}${why}. The option \`allowNonFinite: true\` makes such updates too`,
    );
  }

  #checkUsable(): void {
    if (this.#isDisposed) throw new UserError("this trainer was disposed of: make another");
    this.#model.checkUsable();
  }

  /** From the first batch on that lacks targets, the program is one that asks where they are. */
  async #trainerFor(isRagged: boolean, partlyLabelled: boolean): Promise<Made<T>> {
    const weights = this.#model.ready();
    const before = this.#made;
    if (before?.isRagged === isRagged && (before.isPartlyLabelled || !partlyLabelled)) return before;
    if (before !== null && before.isRagged !== isRagged)
      throw new UserError("one trainer takes batches with `lengths`, or without, not both in turn: give full lengths");
    const model = this.#model;
    const { optimizer, clip, truncate, carriesState, allowNonFinite } = this.#settings;
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
      allowNonFinite,
      seed: model.seed,
      sizes: model.sizes.known,
      weights,
      cutsState: truncate !== null && truncate.k2 < truncate.k1,
    });
    if (before !== null) {
      trainer.restore(await before.trainer.wholeSnapshot(), before.trainer.updates);
      before.trainer.dispose();
    }
    this.#made = { isRagged, isPartlyLabelled: partlyLabelled, trainer };
    return this.#made;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#model.access.free(() => {
      this.#made?.trainer.dispose();
      this.#made = null;
    });
  }
}

/** The mean loss over the new steps of all windows, and the largest norm. */
function together(results: readonly Updated[], parts: readonly Batch[]): Updated {
  const [{ loss: only, norm } = { loss: NaN, norm: NaN }] = results;
  if (results.length === 1) return { loss: only, norm };
  const weights = parts.map(({ tokens }) => tokens);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const loss = results.reduce((sum, each, index) => sum + each.loss * ((weights[index] ?? 0) / total), 0);
  return { loss, norm: results.reduce((most, each) => Math.max(most, each.norm), norm) };
}
