// Training a compiled model: updates from arrays that the user gives.
import { UserError } from "../base/diagnostic.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { OPTIMIZERS, type OptimizerSetting } from "../lang/elaborate/settings.ts";
import { timeOfTruncation } from "../train/model.ts";
import { DEFAULT_OPTIMIZER } from "../train/optimizer.ts";
import { Trainer } from "../train/trainer.ts";
import type { Compiled } from "./compiled.ts";
import { gathered } from "./feed.ts";
import { refuseUnknown, refuseUnknownOptions } from "./names.ts";
import type { Arrays, LibraryTrainer, TrainerSettings, UpdateOptions, Updated } from "./types.ts";

/** Throws a UserError for a cell, and for settings that make no sense. */
export async function makeTrainer<T>(model: Compiled<T>, settings: TrainerSettings): Promise<LibraryTrainer> {
  refuseUnknownOptions(settings, { optimizer: true, clip: true, carriesState: true }, "trainer");
  if (!model.program.graph.outputs.has("loss"))
    throw new UserError(`\`${model.name}\` has nothing to minimise: a model says \`predict y from …\``);
  const clip = settings.clip ?? model.program.settings.clip ?? {};
  refuseUnknown(Object.keys(clip), ["norm", "value", "state"], "`clip` has no limit");
  for (const [name, limit] of Object.entries(clip))
    if (!(limit > 0)) throw new UserError(`the limit of \`clip\` \`${name}\` is ${limit}, but it must be above 0`);
  if (settings.carriesState === true) timeOfTruncation(model.program);
  return new ArrayTrainer(model, { ...settings, clip }, optimizerOf(settings, model));
}

function optimizerOf<T>({ optimizer }: TrainerSettings, { program }: Compiled<T>): OptimizerSetting {
  if (optimizer === undefined) return program.settings.optimizer ?? DEFAULT_OPTIMIZER;
  const { kind, ...values } = optimizer;
  refuseUnknown([kind], Object.keys(OPTIMIZERS), "there is no optimizer");
  refuseUnknown(Object.keys(values), OPTIMIZERS[kind] ?? [], `\`${kind}\` has no setting`);
  for (const [name, value] of Object.entries(values))
    if (typeof value !== "number" || !(value >= 0))
      throw new UserError(`\`${name}\` of \`${kind}\` is ${value}, but it must be a number, 0 or more`);
  return { kind, values: new Map(Object.entries(values).map(([name, value]) => [name, Number(value)])) };
}

interface Made<T> {
  readonly isRagged: boolean;
  readonly trainer: Trainer<T>;
}

class ArrayTrainer<T> implements LibraryTrainer {
  readonly #model: Compiled<T>;
  readonly #settings: TrainerSettings;
  readonly #optimizer: OptimizerSetting;
  readonly #needsMask: boolean;
  /** Made when the sizes of the weights are known. */
  #made: Made<T> | null = null;
  /** Examples in the batch before. */
  #batch = 0;
  #updates = 0;
  #isDisposed = false;

  constructor(model: Compiled<T>, settings: TrainerSettings, optimizer: OptimizerSetting) {
    this.#model = model;
    this.#settings = settings;
    this.#optimizer = optimizer;
    this.#needsMask = settings.carriesState !== true && predictsUnequallyFar(model.program);
  }

  get updates(): number {
    return this.#updates;
  }

  async update(arrays: Arrays, options: UpdateOptions = {}): Promise<Updated> {
    refuseUnknownOptions(options, { lengths: true, isFresh: true, rate: true }, "update");
    if (this.#isDisposed) throw new UserError("this trainer was disposed of: make another");
    const { rate = 1, isFresh = this.#updates === 0 } = options;
    if (!(rate >= 0)) throw new UserError(`the rate is ${rate}, but it must be 0 or more`);
    const lengths = options.lengths ?? (this.#needsMask ? {} : null);
    const { batch } = gathered(this.#model, arrays, { lengths, use: "train" });
    const count = batch.sizes.get("B") ?? 1;
    const goesOn = this.#settings.carriesState === true && !isFresh;
    if (goesOn && count !== this.#batch)
      throw new UserError(
        `this batch has ${count} examples and the one before ${this.#batch}, so the state cannot be carried: give \`isFresh: true\``,
      );
    const trainer = this.#trainerFor(lengths !== null);
    this.#updates += 1;
    this.#model.updates += 1;
    this.#batch = count;
    return trainer.update({ ...batch, isFresh: !goesOn }, rate);
  }

  #trainerFor(isRagged: boolean): Trainer<T> {
    const weights = this.#model.ready();
    if (this.#made?.isRagged === isRagged) return this.#made.trainer;
    if (this.#made !== null)
      throw new UserError("one trainer takes batches with `lengths`, or without, not both in turn: give full lengths");
    const model = this.#model;
    const program = model.programFor({
      ragged: isRagged,
      training: true,
      states: this.#settings.carriesState === true ? "carried" : "initial",
    });
    const trainer = new Trainer(program, model.device, {
      optimizer: this.#optimizer,
      clip: this.#settings.clip ?? {},
      seed: model.seed,
      sizes: model.sizes.known,
      weights,
    });
    this.#made = { isRagged, trainer };
    return trainer;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#made?.trainer.dispose();
    this.#made = null;
  }
}

/** Whether something is predicted a step ahead and something else is not: the last steps then have a target for one of them only. */
function predictsUnequallyFar({ predictions }: Program): boolean {
  return new Set(predictions.map(({ ahead }) => ahead)).size > 1;
}
