// Training a compiled model: updates from arrays that the user gives.
import { UserError } from "../base/diagnostic.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { OPTIMIZERS, type ClipSettings, type OptimizerSetting } from "../lang/elaborate/settings.ts";
import { timeOfTruncation } from "../train/model.ts";
import { DEFAULT_OPTIMIZER, optimizerValue } from "../train/optimizer.ts";
import type { Batch } from "../train/source.ts";
import { Trainer } from "../train/trainer.ts";
import type { Compiled } from "./compiled.ts";
import { isPartlyLabelled, withMarks } from "./labels.ts";
import { gathered } from "./feed.ts";
import { refuseHugeResults } from "./memory.ts";
import { refuseUnknown } from "./names.ts";
import { aBoolean, checkedLater, checkedOptions, entriesOf, mustBe, notNegative, type Checks } from "./options.ts";
import type { Arrays, LibraryTrainer, TrainerSettings, UpdateOptions, Updated } from "./types.ts";

const SETTINGS: Checks<TrainerSettings> = {
  optimizer: checkedLater,
  clip: checkedLater,
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
  const made: Settings = {
    optimizer: optimizerOf(settings, model),
    clip: clipOf(settings, model),
    carriesState: settings.carriesState ?? false,
    allowNonFinite: settings.allowNonFinite ?? model.allowNonFinite,
  };
  if (made.carriesState) timeOfTruncation(model.program);
  return new ArrayTrainer(model, made);
}

function clipOf<T>({ clip }: TrainerSettings, { program }: Compiled<T>): ClipSettings {
  if (clip === undefined) return program.settings.clip ?? {};
  const limits = entriesOf<unknown>(clip, "`clip`", "{ norm: 5 }");
  refuseUnknown(limits.keys(), ["norm", "value", "state"], "`clip` has no limit");
  return Object.fromEntries(
    [...limits].flatMap(([name, limit]) => (limit === undefined ? [] : [[name, limitOf(name, limit)]])),
  );
}

function limitOf(name: string, limit: unknown): number {
  if (typeof limit === "number" && limit > 0) return limit;
  throw mustBe(`the limit of \`clip\` \`${name}\``, limit, "above 0");
}

function optimizerOf<T>({ optimizer }: TrainerSettings, { program }: Compiled<T>): OptimizerSetting {
  if (optimizer === undefined) return program.settings.optimizer ?? DEFAULT_OPTIMIZER;
  const given = entriesOf<unknown>(optimizer, "`optimizer`", '{ kind: "adam", lr: 0.01 }');
  const kind = given.get("kind");
  if (typeof kind !== "string")
    throw mustBe("the `kind` of `optimizer`", kind, `one of ${Object.keys(OPTIMIZERS).join(", ")}`);
  refuseUnknown([kind], Object.keys(OPTIMIZERS), "there is no optimizer");
  const values = [...given].filter(([name, value]) => name !== "kind" && value !== undefined);
  refuseUnknown(
    values.map(([name]) => name),
    OPTIMIZERS[kind] ?? [],
    `\`${kind}\` has no setting`,
  );
  return { kind, values: new Map(values.map(([name, value]) => [name, settingOf(kind, name, value)])) };
}

/** As in a spec, but that the rate may be 0; each as a 32-bit float, in which updates are computed. */
function settingOf(kind: string, name: string, value: unknown): number {
  const told = `\`${name}\` of \`${kind}\``;
  const number = typeof value === "number" ? Math.fround(value) : NaN;
  if (!Number.isFinite(number) || number < 0) throw mustBe(told, value, "a finite number, 0 or more");
  if (["momentum", "beta1", "beta2"].includes(name) && number >= 1) throw mustBe(told, value, "below 1");
  // What divides by the root of a gradient that is 0 would be no number.
  if (name === "epsilon" && number === 0) throw mustBe(told, value, "above 0");
  return Number(value);
}

/** Settings with nothing left open. */
interface Settings {
  readonly optimizer: OptimizerSetting;
  readonly clip: ClipSettings;
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
    this.#needsMask = !settings.carriesState && predictsUnequallyFar(model.program);
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
    if (!Number.isFinite(Math.fround(rate * optimizerValue(this.#settings.optimizer, "lr"))))
      throw new UserError(`the rate is ${rate}: with it the learning rate is not a finite number`);
    const asked = { batch, isRagged: lengths !== null, isFresh, rate };
    return this.#model.turns.change(() => this.#update(asked));
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
    const { loss, norm, isMade } = await trainer.update({ ...fed, isFresh: !goesOn }, rate);
    if (!isMade) throw await this.#notFinite({ loss, norm }, trainer);
    this.#updates += 1;
    this.#model.updates += 1;
    this.#batch = count;
    return { loss, norm };
  }

  async #notFinite({ loss, norm }: Updated, trainer: Trainer<T>): Promise<UserError> {
    const what = Number.isFinite(loss) ? `the norm of the gradient is ${norm}` : `the loss is ${loss}`;
    const lost = (await trainer.notFinite()).map((name) => `\`${this.#model.nameOf(name)}\``);
    const why = lost.length === 0 ? "" : `; these weights hold numbers that are not finite: ${lost.join(", ")}`;
    return new UserError(
      `${what}, so this update was not made, and all is as it was before${why}. The option \`allowNonFinite: true\` makes such updates too`,
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
    const { optimizer, clip, carriesState, allowNonFinite } = this.#settings;
    const program = model.programFor({
      ragged: isRagged,
      training: true,
      partlyLabelled,
      states: carriesState ? "carried" : "initial",
    });
    const trainer = new Trainer(program, model.device, {
      optimizer,
      clip,
      allowNonFinite,
      seed: model.seed,
      sizes: model.sizes.known,
      weights,
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
    this.#model.turns.free(() => {
      this.#made?.trainer.dispose();
      this.#made = null;
    });
  }
}

/** Whether something is predicted a step ahead and something else is not: the last steps then have a target for one of them only. */
export function predictsUnequallyFar({ predictions }: Program): boolean {
  return new Set(predictions.map(({ ahead }) => ahead)).size > 1;
}
