// Runs a program forward, and keeps its carried states on the target: for measuring and for `run`.
import { fail } from "../base/invariant.ts";
import { optimised } from "../passes/list.ts";
import { readOutput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { outputsOnly } from "../ops/rewrite.ts";
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
import { batchFeeders } from "./batch-feeders.ts";
import { DeviceState } from "./device-state.ts";
import { freshMarks, stateName, zeros } from "./feeds.ts";
import { bucketsOf, removePadding, type LengthBuckets } from "./length-buckets.ts";
import type { Batch } from "./source.ts";

export interface RunnerOptions<T> {
  /** Outputs of the program's graph. */
  readonly needed: readonly string[];
  /** The weights by name; they stay the caller's. */
  readonly weights: DeviceState<T>;
  /** Sizes from the data. */
  readonly sizes: Sizes;
  /** The result of `compileRun` for the same program, target and outputs; it stays the caller's. */
  readonly compiled?: CompiledGraph<T>;
}

/** A program compiled with the outputs `needed` and its carried states. It holds no state, so runners of one model can share it. */
export function compileRun<T>(program: Program, target: Target<T>, needed: readonly string[]): CompiledGraph<T> {
  const graph = outputsOnly(program.graph, (name) => needed.includes(name) || isCarriedState(program, name));
  return compileGraph(optimised(graph), target);
}

export class Runner<T> {
  readonly #target: Target<T>;
  readonly #compiled: CompiledGraph<T>;
  readonly #bound: BoundProgram<T, Batch>;
  /** Null if the target makes no plans. */
  readonly #buckets: LengthBuckets | null;
  readonly #options: RunnerOptions<T>;
  readonly #states: DeviceState<T>;

  /** `program` is elaborated without training. */
  constructor(program: Program, target: Target<T>, options: RunnerOptions<T>) {
    this.#target = target;
    this.#options = options;
    this.#compiled = options.compiled ?? compileRun(program, target, options.needed);
    this.#bound = new BoundProgram(this.#compiled, target, this.#feeders());
    this.#buckets = bucketsOf(this.#compiled);
    this.#states = new DeviceState(target);
  }

  /** Runs one batch. The next batch starts with its last states, unless that batch is fresh. */
  async run(given: Batch): Promise<ReadonlyMap<string, HostArray>> {
    const batch = this.#buckets?.pad(given) ?? given;
    const sizes = new Map([...this.#options.sizes, ...batch.sizes]);
    const results = [...this.#bound.run(batch, sizes)].map(([name, tensor]) => {
      const { output, type } = this.#compiled.outputs.get(name) ?? fail("runner", `no output ${name}`);
      return { name, tensor, output, type };
    });
    const needed = results.filter(({ name }) => this.#options.needed.includes(name));
    // Asked for at once, so that a target can read them together.
    const reading = needed.map(async ({ name, tensor, type }): Promise<[string, HostArray]> => {
      return [name, removePadding(await this.#target.download(tensor), type, given.sizes)];
    });
    const found = new Map(await Promise.all(reading));
    for (const { tensor, output } of results) {
      if (output.kind === "final") this.#states.replace(stateName(output.path), tensor);
      else this.#target.dispose(tensor);
    }
    return found;
  }

  #feeders(): Feeders<T, Batch> {
    return {
      ...ONLY_IN_PARTS,
      ...ONLY_IN_TRAINING,
      ...batchFeeders((batch) => batch),
      weight: ({ input }) => this.#options.weights.get(input.path),
      state: ({ name, dtype, axes }, { context, sizes, upload }) => {
        const first = context.arrays.get(name);
        if (first !== undefined) return upload(first);
        const isKnown = this.#states.entries().has(name) && !context.isFresh;
        if (!isKnown) this.#states.put(name, zeros(axes(sizes), dtype));
        return this.#states.get(name);
      },
      fresh: ({ axes }, { context, sizes, upload }) => upload(freshMarks(axes(sizes), context.isFresh)),
    };
  }

  /** Replaces a state with which the next batch starts. */
  replaceState(name: string, value: HostArray): void {
    this.#states.put(stateName(name), value);
  }

  dispose(): void {
    this.#states.dispose();
    if (this.#options.compiled === undefined) this.#compiled.executable.dispose();
  }
}

/** Whether an output is the last value of a carried state. */
function isCarriedState(program: Program, name: string): boolean {
  const output = readOutput(name);
  return output.kind === "final" && program.states.some((state) => state.name === output.path);
}
