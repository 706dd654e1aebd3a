// Computes the gradient of a program's outputs by weights, inputs and first states on a target. Does not change the weights.
import { lower } from "../compile.ts";
import type { GradientRequest } from "../grad/gradient.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import {
  BoundProgram,
  compileGraph,
  ONLY_IN_PARTS,
  ONLY_IN_TRAINING,
  type CompiledGraph,
  type Feeders,
} from "../targets/bound.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { batchFeeders, fromBatch } from "./batch-feeders.ts";
import type { DeviceState } from "./device-state.ts";
import { downloadedOnce } from "./downloaded.ts";
import { freshMarks, zeros } from "./feeds.ts";
import { outputsOnly } from "../ops/rewrite.ts";
import type { Batch } from "./source.ts";

export interface GradientsOptions<T> {
  /** The outputs with their cotangents, which are arrays of the batch; null means 1. */
  readonly from: GradientRequest["from"];
  /** The names of the inputs whose gradients are computed. */
  readonly by: readonly string[];
  readonly weights: DeviceState<T>;
  readonly sizes: Sizes;
}

export class GradientRunner<T> {
  readonly #target: Target<T>;
  readonly #options: GradientsOptions<T>;
  readonly #compiled: CompiledGraph<T>;
  readonly #bound: BoundProgram<T, Batch>;

  constructor({ graph }: Program, target: Target<T>, options: GradientsOptions<T>) {
    const { from, by } = options;
    const whole = outputsOnly(graph, (name) => from.has(name));
    this.#target = target;
    this.#options = options;
    this.#compiled = compileGraph(lower(whole, { from, by, omitsAbsent: true }), target);
    this.#bound = new BoundProgram(this.#compiled, target, this.#feeders());
  }

  /** The outputs, and a gradient for each input on which they depend. States that are not in the batch are 0. */
  async run(batch: Batch): Promise<ReadonlyMap<string, HostArray>> {
    const results = this.#bound.run(batch, new Map([...this.#options.sizes, ...batch.sizes]));
    return downloadedOnce(this.#target, results);
  }

  #feeders(): Feeders<T, Batch> {
    return {
      ...ONLY_IN_PARTS,
      ...ONLY_IN_TRAINING,
      ...batchFeeders((batch) => batch),
      weight: ({ input }) => this.#options.weights.get(input.path),
      state: ({ name, dtype, axes }, { context, sizes, upload }) =>
        upload(context.arrays.get(name) ?? zeros(axes(sizes), dtype)),
      fresh: ({ axes }, { sizes, upload }) => upload(freshMarks(axes(sizes), true)),
      cotangent: fromBatch((batch) => batch),
    };
  }

  dispose(): void {
    this.#compiled.executable.dispose();
  }
}
