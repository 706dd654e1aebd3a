// The weights of a compiled model on its target: those that were given, and the others from when their sizes are known.
import { UserError } from "../base/diagnostic.ts";
import type { HostArray } from "../targets/target.ts";
import { DeviceState } from "../train/device-state.ts";
import type { Compiled } from "./compiled.ts";
import { placedWeights, WEIGHT_OPTIONS } from "./given-weights.ts";
import type { NumberArray } from "./given.ts";
import { initialWeight } from "./initial-weight.ts";
import { checkedOptions } from "./options.ts";
import type { WeightOptions, Weights } from "./types.ts";

export class ModelWeights<T> {
  readonly #model: Compiled<T>;
  readonly #held: DeviceState<T>;

  constructor(model: Compiled<T>) {
    this.#model = model;
    this.#held = new DeviceState(model.device);
  }

  /** All of them; they are made when their sizes are known. Throws a UserError that names a size that is not. */
  ready(): DeviceState<T> {
    const weights = this.#held.entries();
    for (const { name, type, init } of this.#model.program.parameters)
      if (!weights.has(name)) this.#held.put(name, initialWeight(this.#model, { name, type, init }));
    return this.#held;
  }

  /** Copies of those that are not as they begin, by their names in the graph. */
  given(): Promise<ReadonlyMap<string, HostArray>> {
    return this.#held.downloadAll();
  }

  /** Copies of all, by the names that a user knows. Rejects as `ready`. */
  async now(): Promise<ReadonlyMap<string, NumberArray>> {
    const arrays = await this.ready().downloadAll();
    return new Map([...arrays].map(([name, { shape, data }]) => [this.#model.nameOf(name), { shape, data }]));
  }

  /** Puts others in place of some or all: none is changed where one is wrong, or something is at work, which throws a UserError. */
  set(weights: Weights, options: WeightOptions): void {
    const model = this.#model;
    const { allowNonFinite = model.allowNonFinite } = checkedOptions(options, WEIGHT_OPTIONS, "setWeights");
    if (model.access.isBusy)
      throw new UserError(`\`${model.name}\` is at work: await what was called before \`setWeights\``);
    const sizes = model.sizes.forRun();
    const placed = placedWeights(model, weights, { sizes, allowNonFinite });
    model.learn(sizes);
    for (const [name, array] of placed) this.#held.put(name, array);
  }

  dispose(): void {
    this.#held.dispose();
  }
}
