// Training a compiled model: updates from arrays that the user gives.
import { UserError } from "../base/diagnostic.ts";
import { OPTIMIZERS, type OptimizerSetting } from "../lang/elaborate/settings.ts";
import { DEFAULT_OPTIMIZER } from "../train/optimizer.ts";
import { Trainer } from "../train/trainer.ts";
import type { Compiled } from "./compiled.ts";
import { gathered, predictsAhead } from "./feed.ts";
import type { Arrays, LibraryTrainer, TrainerSettings, UpdateOptions } from "./types.ts";

/** Throws a UserError for a cell, and for settings that make no sense. */
export function makeTrainer<T>(model: Compiled<T>, settings: TrainerSettings): Promise<LibraryTrainer> {
  if (!model.program.graph.outputs.has("loss"))
    throw new UserError(`\`${model.name}\` has nothing to minimise: a model says \`predict y from …\``);
  return Promise.resolve(new ArrayTrainer(model, settings, optimizerOf(settings, model)));
}

function optimizerOf<T>({ optimizer }: TrainerSettings, { program }: Compiled<T>): OptimizerSetting {
  if (optimizer === undefined) return program.settings.optimizer ?? DEFAULT_OPTIMIZER;
  const { kind, ...values } = optimizer;
  const known = OPTIMIZERS[kind];
  if (known === undefined)
    throw new UserError(`there is no optimizer \`${kind}\`; there is ${Object.keys(OPTIMIZERS).join(", ")}`);
  const wrong = Object.keys(values).find((name) => !known.includes(name));
  if (wrong !== undefined) throw new UserError(`\`${kind}\` has no setting \`${wrong}\`; it has ${known.join(", ")}`);
  return { kind, values: new Map(Object.entries(values).map(([name, value]) => [name, Number(value)])) };
}

class ArrayTrainer<T> implements LibraryTrainer {
  readonly #model: Compiled<T>;
  readonly #settings: TrainerSettings;
  readonly #optimizer: OptimizerSetting;
  /** By whether examples have lengths; made when the sizes of the weights are known. */
  #trainer: { readonly isRagged: boolean; readonly trainer: Trainer<T> } | null = null;
  #updates = 0;

  constructor(model: Compiled<T>, settings: TrainerSettings, optimizer: OptimizerSetting) {
    this.#model = model;
    this.#settings = settings;
    this.#optimizer = optimizer;
  }

  get updates(): number {
    return this.#updates;
  }

  async update(arrays: Arrays, options: UpdateOptions = {}): Promise<{ readonly loss: number; readonly norm: number }> {
    const { lengths, rate = 1, isFresh = this.#updates === 0 } = options;
    const { batch } = gathered(this.#model, arrays, { lengths: lengths ?? {}, use: "train" });
    const trainer = this.#trainerFor(lengths !== undefined || predictsAhead(this.#model.program));
    this.#updates += 1;
    return trainer.update({ ...batch, isFresh: isFresh || this.#settings.carriesState !== true }, rate);
  }

  #trainerFor(isRagged: boolean): Trainer<T> {
    if (this.#trainer?.isRagged === isRagged) return this.#trainer.trainer;
    if (this.#trainer !== null)
      throw new UserError("one trainer takes batches with `lengths`, or without, not both in turn: give full lengths");
    const model = this.#model;
    const program = model.programFor({
      ragged: isRagged,
      training: true,
      states: this.#settings.carriesState === true ? "carried" : "initial",
    });
    const trainer = new Trainer(program, model.device, {
      optimizer: this.#optimizer,
      clip: this.#settings.clip ?? model.program.settings.clip ?? {},
      seed: model.seed,
      sizes: model.sizes.known,
      weights: model.ready(),
    });
    this.#trainer = { isRagged, trainer };
    return trainer;
  }

  dispose(): void {
    this.#trainer?.trainer.dispose();
    this.#trainer = null;
  }
}
