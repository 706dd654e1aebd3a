// The weights of a compiled model on its target. Weights that were not given are created when their sizes are known.
import { UserError } from "../base/diagnostic.ts";
import type { HostArray } from "../targets/target.ts";
import { DeviceState } from "../train/device-state.ts";
import type { Compiled } from "./compiled.ts";
import { readWeights, WEIGHT_OPTIONS } from "./given-weights.ts";
import type { NumberArray } from "./given.ts";
import { hiddenSizes, initialWeight, refuseHiddenSize } from "./initial-weight.ts";
import { readOptions } from "./options.ts";
import type { WeightOptions, Weights } from "./types.ts";

export class ModelWeights<T> {
  readonly #model: Compiled<T>;
  readonly #held: DeviceState<T>;
  #hidden: ReadonlySet<string> | undefined;

  constructor(model: Compiled<T>) {
    this.#model = model;
    this.#held = new DeviceState(model.device);
  }

  /** All weights, created if needed. Throws a UserError that names a size that is not known yet. */
  ready(): DeviceState<T> {
    this.#hidden ??= hiddenSizes(this.#model.program);
    refuseHiddenSize(this.#model, this.#hidden);
    const weights = this.#held.entries();
    for (const parameter of this.#model.program.parameters)
      if (!weights.has(parameter.name)) this.#held.put(parameter.name, initialWeight(this.#model, parameter));
    return this.#held;
  }

  /** Copies of the weights that exist on the target, by their names in the graph. */
  given(): Promise<ReadonlyMap<string, HostArray>> {
    return this.#held.downloadAll();
  }

  /** Copies of all weights, by their names for users. Rejects as `ready` throws. */
  async now(): Promise<ReadonlyMap<string, NumberArray>> {
    const arrays = await this.ready().downloadAll();
    return new Map([...arrays].map(([name, { shape, data }]) => [this.#model.nameOf(name), { shape, data }]));
  }

  /** Replaces some or all weights. Throws a UserError and changes none if one is wrong, or if earlier calls are still at work. */
  set(weights: Weights, options: WeightOptions): void {
    const { allowNonFinite = this.#model.allowNonFinite } = readOptions(options, WEIGHT_OPTIONS, "setWeights");
    if (this.#model.access.isBusy)
      throw new UserError(`\`${this.#model.name}\` is busy: await earlier calls before \`setWeights\``);
    this.replace(weights, allowNonFinite);
  }

  /** As `set`, within a call whose turn it is. */
  replace(weights: Weights, allowNonFinite: boolean): void {
    const model = this.#model;
    const sizes = model.sizes.forRun();
    const placed = readWeights(model, weights, { sizes, allowNonFinite });
    model.learn(sizes);
    for (const [name, array] of placed) this.#held.put(name, array);
  }

  dispose(): void {
    this.#held.dispose();
  }
}
