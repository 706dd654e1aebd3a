// Runs of whole sequences, and of parts of them that go on from the state of the part before.
import { printOutput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { HostArray } from "../targets/target.ts";
import { stateName } from "../train/feeds.ts";
import { namedOutputs, outputsOfStep } from "../train/outputs.ts";
import { Runner } from "../train/runner.ts";
import { timeOfSteps } from "../train/step-inputs.ts";
import type { Compiled } from "./compiled.ts";
import { gathered } from "./feed.ts";
import { known } from "./known.ts";
import { refuseHugeResults } from "./memory.ts";
import { aBoolean, checkedLater, checkedOptions, type Checks } from "./options.ts";
import { resultsOf } from "./results.ts";
import { checkBatch, placedState, refuseStateAsInput, shownState, startingFrom, type PlacedState } from "./states.ts";
import type { Arrays, Chunk, Results, RunOptions } from "./types.ts";

const OPTIONS: Checks<RunOptions> = { lengths: checkedLater, state: checkedLater, allowNonFinite: aBoolean };

/** A run that was asked for, its arrays read. */
interface Asked {
  readonly batch: ReturnType<typeof gathered>["batch"];
  readonly isSingle: boolean;
  readonly isRagged: boolean;
  /** Whether a next part may go on from it. */
  readonly isPart: boolean;
  readonly state: PlacedState;
}

interface Found {
  readonly results: Results;
  /** States after the last step, by their names in the program; of a part only. */
  readonly finals: ReadonlyMap<string, HostArray>;
}

/** A program on the target. */
interface Made<T> {
  readonly program: Program;
  /** Those outputs of its graph that are results. */
  readonly named: readonly string[];
  readonly runner: Runner<T>;
}

/** What runs whole sequences of one model. It keeps what was compiled. */
export class Runs<T> {
  readonly #model: Compiled<T>;
  readonly #runners = new Map<string, Made<T>>();

  constructor(model: Compiled<T>) {
    this.#model = model;
  }

  async run(arrays: Arrays, given: RunOptions): Promise<Results> {
    const asked = this.#read(arrays, given, { called: "run", isPart: false });
    return this.#model.access.read(async () => (await this.#found(asked)).results);
  }

  async runChunk(arrays: Arrays, given: RunOptions): Promise<Chunk> {
    const model = this.#model;
    model.checkUsable();
    const carried = model.carried(false);
    timeOfSteps(carried, outputsOfStep(carried, model.definition), "run in parts");
    const asked = this.#read(arrays, given, { called: "runChunk", isPart: true });
    return model.access.read(async () => {
      const { results, finals } = await this.#found(asked);
      return { results, state: shownState(model, finals, asked.isSingle) };
    });
  }

  #read(
    arrays: Arrays,
    given: RunOptions,
    { called, isPart }: { readonly called: string; readonly isPart: boolean },
  ): Asked {
    const model = this.#model;
    model.checkUsable();
    const options = checkedOptions(given, OPTIONS, called);
    const { allowNonFinite = model.allowNonFinite } = options;
    const lengths = options.lengths ?? (isPart && this.#carriesMoreWithLengths() ? {} : null);
    const state = placedState(model, options.state ?? {}, { sizes: model.sizes.known, allowNonFinite });
    refuseStateAsInput(model, arrays);
    const { batch, isSingle } = gathered(model, arrays, { lengths, use: "run", allowNonFinite });
    checkBatch(state, isSingle ? null : (batch.sizes.get("B") ?? 1), "the inputs are");
    model.learn(new Map([...state.sizes, ...model.sizes.known]));
    return { batch, isSingle, isRagged: lengths !== null, isPart, state };
  }

  /** Whether a later part, in which an example may have no step, needs something that full examples do not carry. */
  #carriesMoreWithLengths(): boolean {
    const [full, ragged] = [this.#model.carried(false), this.#model.carried(true)];
    return ragged.states.length > full.states.length;
  }

  async #found({ batch, isSingle, isRagged, isPart, state }: Asked): Promise<Found> {
    const key = JSON.stringify([isRagged, isPart, ...state.arrays.keys()]);
    const { program, named, runner } = known(this.#runners, key, () => this.#made({ isRagged, isPart, state }));
    refuseHugeResults(program, batch.sizes);
    const given = [...state.arrays].map(([name, array]): [string, HostArray] => [stateName(name), array]);
    const found = await runner.run({ ...batch, arrays: new Map([...batch.arrays, ...given]) });
    const results = new Map([...found].filter(([name]) => named.includes(name)));
    const finals = program.states.flatMap(({ name }): [string, HostArray][] => {
      const array = found.get(finalName(name));
      return array === undefined ? [] : [[name, array]];
    });
    return { results: resultsOf(program, results, { isSingle, isStep: false }), finals: new Map(finals) };
  }

  #made({ isRagged, isPart, state }: Pick<Asked, "isRagged" | "isPart" | "state">): Made<T> {
    const model = this.#model;
    const program =
      isPart || state.arrays.size > 0
        ? startingFrom(model.carried(isRagged), state)
        : model.programFor({ ragged: isRagged, training: false, states: "initial" });
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
