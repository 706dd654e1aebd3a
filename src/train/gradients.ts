// The gradient of a program's outputs on a target, by its weights, inputs and first states. It reads the weights and keeps nothing.
import { fail } from "../base/invariant.ts";
import { lower } from "../compile.ts";
import type { GradientRequest } from "../grad/gradient.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import type { Executable, HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "./device-state.ts";
import { freshness, inputNodes, zeros, type InputNode } from "./feeds.ts";
import { outputsOnly } from "./runner.ts";
import type { Batch } from "./source.ts";

export interface GradientsOptions<T> {
  /** The outputs to start from, each with its cotangent among the batch's arrays, or null for 1. */
  readonly from: GradientRequest["from"];
  /** Inputs of the graph by which it is differentiated, by name. */
  readonly by: readonly string[];
  readonly weights: DeviceState<T>;
  readonly sizes: Sizes;
}

export class GradientRunner<T> {
  readonly #target: Target<T>;
  readonly #options: GradientsOptions<T>;
  readonly #executable: Executable<T>;
  readonly #inputs: readonly InputNode[];

  constructor({ graph }: Program, target: Target<T>, options: GradientsOptions<T>) {
    const { from, by } = options;
    const whole = outputsOnly(graph, (name) => from.has(name));
    const differentiated = lower(whole, { from, by, omitsAbsent: true });
    this.#target = target;
    this.#options = options;
    this.#inputs = inputNodes(differentiated);
    this.#executable = target.compile(differentiated);
  }

  /** The outputs it starts from, and a gradient for each input that reaches them. States that the batch lacks are 0. */
  async run(batch: Batch): Promise<ReadonlyMap<string, HostArray>> {
    const sizes = new Map([...this.#options.sizes, ...batch.sizes]);
    const temporary: T[] = [];
    const upload = (array: HostArray): T => {
      const tensor = this.#target.upload(array);
      temporary.push(tensor);
      return tensor;
    };
    try {
      const feeds = new Map(this.#inputs.map((input) => [input.name, this.#feed(input, { batch, sizes, upload })]));
      const results = this.#executable.run(feeds, sizes);
      temporary.push(...results.values());
      const found = new Map<string, HostArray>();
      for (const [name, tensor] of results) found.set(name, await this.#target.download(tensor));
      return found;
    } finally {
      temporary.forEach((tensor) => this.#target.dispose(tensor));
    }
  }

  #feed(
    { input, name, dtype, axes }: InputNode,
    more: { readonly batch: Batch; readonly sizes: Sizes; readonly upload: (array: HostArray) => T },
  ): T {
    if (input.kind === "weight") return this.#options.weights.get(name);
    const given = more.batch.arrays.get(name);
    if (given !== undefined) return more.upload(given);
    if (input.kind === "state") return more.upload(zeros(axes(more.sizes), dtype));
    if (input.kind === "fresh") return more.upload(freshness(axes(more.sizes), true));
    return fail("gradients", `the batch lacks ${name}`);
  }

  dispose(): void {
    this.#executable.dispose();
  }
}
