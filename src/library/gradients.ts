// `gradients`: the loss of a batch and what it changes by with each weight, input and first state. Nothing is changed by it.
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
import { unplaced } from "./arrays.ts";
import type { Compiled } from "./compiled.ts";
import { placedCotangents, type Cotangents } from "./cotangents.ts";
import { gathered } from "./feed.ts";
import type { NumberArray } from "./given.ts";
import { gradientName, inputGradients, namesOfInputs } from "./input-gradients.ts";
import { known } from "./known.ts";
import { isPartlyLabelled, withMarks } from "./labels.ts";
import { refuseHugeResults } from "./memory.ts";
import { aBoolean, checkedLater, checkedOptions, type Checks } from "./options.ts";
import { carriedStates, checkBatch, placedState, refuseStateAsInput, type PlacedState } from "./states.ts";
import { predictsUnequallyFar } from "./steps-ahead.ts";
import type { Arrays, GradientOptions, Gradients } from "./types.ts";

const OPTIONS: Checks<GradientOptions> = {
  lengths: checkedLater,
  state: checkedLater,
  cotangents: checkedLater,
  allowNonFinite: aBoolean,
};

/** What was asked for, its arrays read. */
interface Asked {
  readonly batch: Batch;
  readonly isSingle: boolean;
  readonly isRagged: boolean;
  readonly state: PlacedState;
  readonly cotangents: Cotangents;
}

/** What computes gradients of one model. It keeps what was compiled. */
export class GradientsOf<T> {
  readonly #model: Compiled<T>;
  readonly #runners = new Map<string, GradientRunner<T>>();

  constructor(model: Compiled<T>) {
    this.#model = model;
  }

  /** Rejects with a UserError for a cell without cotangents, and for what `update` rejects. */
  async of(arrays: Arrays, given: GradientOptions): Promise<Gradients> {
    const asked = this.#read(arrays, given);
    return this.#model.access.read(() => this.#found(asked));
  }

  #read(arrays: Arrays, given: GradientOptions): Asked {
    const model = this.#model;
    model.checkUsable();
    const options = checkedOptions(given, OPTIONS, "gradients");
    const { allowNonFinite = model.allowNonFinite } = options;
    const lengths = options.lengths ?? (predictsUnequallyFar(model.program) ? {} : null);
    const state = placedState(model, options.state ?? {}, { sizes: model.sizes.known, allowNonFinite });
    refuseStateAsInput(model, arrays);
    const hasLoss = model.program.graph.outputsOf("loss").length > 0;
    checkCotangents(model, hasLoss, options);
    const use = hasLoss ? "train" : "run";
    const { batch, isSingle } = gathered(model, arrays, { lengths, use, allowNonFinite });
    checkBatch(state, isSingle ? null : (batch.sizes.get("B") ?? 1), "the inputs are");
    model.learn(new Map([...state.sizes, ...model.sizes.known]));
    const cotangents = hasLoss
      ? { from: new Map([[printOutput({ kind: "loss" }), null]]), arrays: new Map<string, HostArray>() }
      : placedCotangents(model, options.cotangents ?? {}, { batch, isSingle, allowNonFinite });
    return { batch, isSingle, isRagged: lengths !== null, state, cotangents };
  }

  async #found({ batch, isSingle, isRagged, state, cotangents }: Asked): Promise<Gradients> {
    const model = this.#model;
    const weights = model.ready();
    const partlyLabelled = isPartlyLabelled(batch, model.program);
    const carried = model.programFor({ ragged: isRagged, training: false, partlyLabelled, states: "carried" });
    refuseHugeResults(carried, batch.sizes);
    const key = JSON.stringify([isRagged, partlyLabelled, [...state.arrays.keys()], [...cotangents.from.keys()]]);
    const runner = known(this.#runners, key, () => {
      const program = { ...carried, graph: withMovableStates(carried.graph, new Set(state.arrays.keys())) };
      const by = byOf(program);
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
        carried.parameters.map(({ name, type }): [string, NumberArray] => {
          const { shape, data } = gradientOf(name, type);
          return [model.nameOf(name), { shape, data }];
        }),
      ),
      inputs: inputGradients(carried, found, { batch, isSingle, isRagged }),
      states: Object.fromEntries(
        carriedStates(model).flatMap(({ name, shown, type }): [string, NumberArray][] =>
          type.dtype === "int" ? [] : [[shown, unplaced(gradientOf(stateName(name), type), type, isSingle)]],
        ),
      ),
    };
  }

  dispose(): void {
    for (const each of this.#runners.values()) each.dispose();
    this.#runners.clear();
  }
}

function checkCotangents<T>(model: Compiled<T>, hasLoss: boolean, { cotangents }: GradientOptions): void {
  if (hasLoss && cotangents !== undefined)
    throw new UserError(`\`${model.name}\` has a loss of its own, so it takes no \`cotangents\``);
  if (!hasLoss && cotangents === undefined)
    throw new UserError(
      `\`${model.name}\` has no loss: give \`cotangents\`, as in \`gradients(arrays, { cotangents: { output: … } })\``,
    );
}

/** All inputs of the graph that may have a gradient. */
function byOf(program: Program): readonly string[] {
  return [
    ...program.parameters.map(({ name }) => name),
    ...namesOfInputs(program),
    ...program.states.map(({ name }) => stateName(name)),
  ];
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
