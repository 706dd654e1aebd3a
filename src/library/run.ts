// Runs whole sequences, and parts of sequences, each of which continues from the state of the part before.
import { printOutput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { HostArray } from "../targets/target.ts";
import { stateName } from "../train/feeds.ts";
import { namedOutputs, outputsOfStep } from "../train/outputs.ts";
import { Runner } from "../train/runner.ts";
import { timeOfSteps } from "../train/step-inputs.ts";
import type { Compiled } from "./compiled.ts";
import { gatherBatch } from "./feed.ts";
import { getOrCreate } from "../base/get-or-create.ts";
import { refuseHugeResults } from "./memory.ts";
import { checkBoolean, checkNames, checkedLater, readOptions, type Checks } from "./options.ts";
import { resultsOf } from "./results.ts";
import {
  checkBatch,
  checkPlaces,
  readFirstStates,
  refuseStateAsInput,
  namedStates,
  withFirstStates,
  type FirstStates,
} from "./states.ts";
import type { Arrays, Chunk, Results, RunOptions } from "./types.ts";

const OPTIONS: Checks<RunOptions> = {
  lengths: checkedLater,
  state: checkedLater,
  show: checkNames,
  allowNonFinite: checkBoolean,
};

/** A call with its arrays read. */
interface Request {
  readonly batch: ReturnType<typeof gatherBatch>["batch"];
  readonly isSingle: boolean;
  readonly isRagged: boolean;
  /** Whether a next part may continue from its state. */
  readonly isPart: boolean;
  readonly state: FirstStates;
  readonly show: readonly string[];
}

interface Found {
  readonly results: Results;
  /** States after the last step, by their names in the program; only for a part. */
  readonly finals: ReadonlyMap<string, HostArray>;
}

/** A program that is compiled for the target. */
interface CompiledRun<T> {
  readonly program: Program;
  /** The outputs of its graph that are results. */
  readonly named: readonly string[];
  readonly runner: Runner<T>;
}

/** Runs one model. Keeps compiled programs. */
export class Runs<T> {
  readonly #model: Compiled<T>;
  readonly #runners = new Map<string, CompiledRun<T>>();

  constructor(model: Compiled<T>) {
    this.#model = model;
  }

  async run(arrays: Arrays, given: RunOptions): Promise<Results> {
    const asked = this.#read(arrays, given, { called: "run", isPart: false });
    return this.#model.access.read(async () => (await this.#compute(asked)).results);
  }

  async runChunk(arrays: Arrays, given: RunOptions): Promise<Chunk> {
    const model = this.#model;
    const asked = this.#read(arrays, given, { called: "runChunk", isPart: true });
    return model.access.read(async () => {
      const { results, finals } = await this.#compute(asked);
      return { results, state: namedStates(model, finals, asked.isSingle) };
    });
  }

  #read(
    arrays: Arrays,
    given: RunOptions,
    { called, isPart }: { readonly called: string; readonly isPart: boolean },
  ): Request {
    const model = this.#model;
    model.checkUsable();
    const options = readOptions(given, OPTIONS, called);
    const { allowNonFinite = model.allowNonFinite, show = [] } = options;
    if (isPart) this.#checkParts(show);
    else model.checkShown(show);
    const lengths = options.lengths ?? (isPart && this.#carriesMoreWithLengths() ? {} : null);
    const state = readFirstStates(model, options.state ?? {}, { sizes: model.sizes.known, allowNonFinite });
    refuseStateAsInput(model, arrays);
    const { batch, isSingle } = gatherBatch(model, arrays, { lengths, use: "run", allowNonFinite });
    checkBatch(state, isSingle ? null : (batch.sizes.get("B") ?? 1), "the inputs are");
    checkPlaces(state, batch.sizes);
    model.learn(new Map([...state.sizes, ...model.sizes.known]));
    return { batch, isSingle, isRagged: lengths !== null, isPart, state, show };
  }

  #checkParts(show: readonly string[]): void {
    const carried = this.#model.carried(false, show);
    timeOfSteps(carried, outputsOfStep(carried, this.#model.definition), "run in parts");
  }

  /** Whether parts with lengths carry more states: an example may have no step in a later part. */
  #carriesMoreWithLengths(): boolean {
    const [full, ragged] = [this.#model.carried(false), this.#model.carried(true)];
    return ragged.states.length > full.states.length;
  }

  async #compute(request: Request): Promise<Found> {
    const { batch, isSingle, isRagged, isPart, state, show } = request;
    const key = JSON.stringify([isRagged, isPart, [...state.arrays.keys()], show]);
    const { program, named, runner } = getOrCreate(this.#runners, key, () => this.#compile(request));
    refuseHugeResults(program, batch.sizes);
    const given = [...state.arrays].map(([name, array]): [string, HostArray] => [stateName(name), array]);
    const found = await runner.run({ ...batch, arrays: new Map([...batch.arrays, ...given]) });
    const results = new Map([...found].filter(([name]) => named.includes(name)));
    const finals = program.states.flatMap(({ name }): [string, HostArray][] => {
      const array = found.get(finalName(name));
      return array === undefined ? [] : [[name, array]];
    });
    return {
      results: resultsOf(program, results, { isSingle, isStep: false, arrays: batch.arrays }),
      finals: new Map(finals),
    };
  }

  #compile({ isRagged, isPart, state, show }: Omit<Request, "batch" | "isSingle">): CompiledRun<T> {
    const model = this.#model;
    const program =
      isPart || state.arrays.size > 0
        ? withFirstStates(model.carried(isRagged, show), state)
        : model.programFor({ ragged: isRagged, training: false, states: "initial", show });
    const named = namedOutputs(program, model.definition);
    const finals = isPart ? program.states.map(({ name }) => finalName(name)) : [];
    const needed = [...new Set([...named, ...finals])];
    const options = { needed, weights: model.ready(), sizes: model.sizes.known };
    return { program, named, runner: new Runner(program, model.device, options) };
  }

  dispose(): void {
    for (const { runner } of this.#runners.values()) runner.dispose();
    this.#runners.clear();
  }
}

function finalName(path: string): string {
  return printOutput({ kind: "final", path });
}
