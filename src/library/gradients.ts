// `gradients`: the loss of a batch and its gradients by weights, inputs and first states. It changes nothing.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { printInput, printOutput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { withMovableStates } from "../time/first-states.ts";
import { stateName, zeros } from "../train/feeds.ts";
import { GradientRunner } from "../train/gradients.ts";
import type { Batch } from "../train/source.ts";
import { toBatchFirst } from "./arrays.ts";
import type { Compiled } from "./compiled.ts";
import { readCotangents, type Cotangents } from "./cotangents.ts";
import { gatherBatch } from "./feed.ts";
import type { NumberArray } from "./given.ts";
import { gradientName, inputGradients, namesOfInputs } from "./input-gradients.ts";
import { getOrCreate } from "../base/get-or-create.ts";
import { isPartlyLabelled, withMarks } from "./labels.ts";
import { refuseHugeResults } from "./memory.ts";
import { checkBoolean, checkedLater, readOptions, type Checks } from "./options.ts";
import {
  carriedStates,
  checkBatch,
  checkPlaces,
  readFirstStates,
  refuseStateAsInput,
  type FirstStates,
} from "./states.ts";
import { predictsUnequallyFar } from "./steps-ahead.ts";
import type { Arrays, GradientOptions, Gradients } from "./types.ts";

const OPTIONS: Checks<GradientOptions> = {
  lengths: checkedLater,
  state: checkedLater,
  cotangents: checkedLater,
  allowNonFinite: checkBoolean,
};

/** A call with its arrays read. */
interface Request {
  readonly batch: Batch;
  readonly isSingle: boolean;
  readonly isRagged: boolean;
  readonly state: FirstStates;
  readonly cotangents: Cotangents;
}

/** Computes gradients of one model. Keeps compiled programs. */
export class GradientsOf<T> {
  readonly #model: Compiled<T>;
  readonly #runners = new Map<string, GradientRunner<T>>();

  constructor(model: Compiled<T>) {
    this.#model = model;
  }

  /** Rejects with a UserError for a cell without cotangents, and wherever `update` does. */
  async of(arrays: Arrays, given: GradientOptions): Promise<Gradients> {
    const request = this.#read(arrays, given);
    return this.#model.access.read(() => this.#compute(request));
  }

  #read(arrays: Arrays, given: GradientOptions): Request {
    const model = this.#model;
    model.checkUsable();
    const options = readOptions(given, OPTIONS, "gradients");
    const { allowNonFinite = model.allowNonFinite } = options;
    const state = readFirstStates(model, options.state ?? {}, { sizes: model.sizes.known, allowNonFinite });
    refuseStateAsInput(model, arrays);
    const fromLoss = options.cotangents === undefined;
    if (fromLoss) checkLoss(model);
    const lengths = options.lengths ?? (fromLoss && predictsUnequallyFar(model.program) ? {} : null);
    const use = fromLoss ? "train" : "run";
    const { batch, isSingle } = gatherBatch(model, arrays, { lengths, use, allowNonFinite });
    checkBatch(state, isSingle ? null : (batch.sizes.get("B") ?? 1), "the inputs are");
    checkPlaces(state, batch.sizes);
    model.learn(new Map([...state.sizes, ...model.sizes.known]));
    const cotangents = fromLoss
      ? { from: new Map([[printOutput({ kind: "loss" }), null]]), arrays: new Map<string, HostArray>() }
      : readCotangents(model, options.cotangents ?? {}, { batch, isSingle, allowNonFinite });
    return { batch, isSingle, isRagged: lengths !== null, state, cotangents };
  }

  async #compute({ batch, isSingle, isRagged, state, cotangents }: Request): Promise<Gradients> {
    const model = this.#model;
    const weights = model.ready();
    const partlyLabelled = isPartlyLabelled(batch, model.program);
    const carried = model.programFor({ ragged: isRagged, training: false, partlyLabelled, states: "carried" });
    refuseHugeResults(carried, batch.sizes);
    const key = JSON.stringify([isRagged, partlyLabelled, [...state.arrays.keys()], [...cotangents.from.keys()]]);
    const runner = getOrCreate(this.#runners, key, () => {
      const program = { ...carried, graph: withMovableStates(carried.graph, new Set(state.arrays.keys())) };
      const by = differentiableInputs(program);
      return new GradientRunner(program, model.device, {
        from: cotangents.from,
        by,
        weights,
        sizes: model.sizes.known,
      });
    });
    const states = [...state.arrays].map(([name, array]): [string, HostArray] => [stateName(name), array]);
    const fed = partlyLabelled ? withMarks(batch, model.program) : batch;
    const found = await runner.run({ ...fed, arrays: new Map([...fed.arrays, ...states, ...cotangents.arrays]) });
    const sizes = new Map([...model.sizes.known, ...batch.sizes]);
    const gradientOf = (name: string, type: Type): HostArray =>
      found.get(gradientName(name)) ?? zeros(shapeOf(type, sizes), "float");
    return {
      loss: lossOf(found, cotangents),
      weights: new Map(
        trained(carried).map(({ name, type }): [string, NumberArray] => {
          const { shape, data } = gradientOf(name, type);
          return [model.nameOf(name), { shape, data }];
        }),
      ),
      inputs: inputGradients(carried, found, { batch, isSingle, isRagged }),
      states: Object.fromEntries(
        carriedStates(model).flatMap(({ name, shown, type }): [string, NumberArray][] =>
          type.dtype === "int" ? [] : [[shown, toBatchFirst(gradientOf(stateName(name), type), type, isSingle)]],
        ),
      ),
    };
  }

  dispose(): void {
    for (const each of this.#runners.values()) each.dispose();
    this.#runners.clear();
  }
}

function checkLoss<T>({ program, name }: Compiled<T>): void {
  if (program.graph.outputsOf("loss").length === 0)
    throw new UserError(
      `\`${name}\` has no loss: give \`cotangents\`, as in \`gradients(arrays, { cotangents: { output: … } })\``,
    );
}

/** The names of all inputs of the graph that may have a gradient. */
function differentiableInputs(program: Program): readonly string[] {
  return [
    ...trained(program).map(({ name }) => name),
    ...namesOfInputs(program),
    ...program.states.map(({ name }) => stateName(name)),
  ];
}

/** A frozen weight has no gradient. */
function trained({ parameters }: Program): Program["parameters"] {
  return parameters.filter(({ learning }) => !learning.isFrozen);
}

function shapeOf({ axes }: Type, sizes: Sizes): readonly number[] {
  return axes.map(({ size }) => evaluateDim(size, sizes));
}

/** The loss of a model, or the sum of a cell's results times their cotangents. */
function lossOf(found: ReadonlyMap<string, HostArray>, { from, arrays }: Cotangents): number {
  let sum = 0;
  for (const [name, cotangent] of from) {
    const { data } = found.get(name) ?? fail("gradients", `no ${name}`);
    const factors = cotangent === null ? undefined : arrays.get(printInput(cotangent))?.data;
    data.forEach((value, index) => (sum += value * (factors?.[index] ?? 1)));
  }
  return sum;
}
