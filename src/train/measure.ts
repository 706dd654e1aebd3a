// Measures a model on data: means over the steps of all batches without padding, for each prediction and in all.
import { printOutput, readOutput, type Measure, type Output } from "../graph/border.ts";
import { outputOf, type Prediction } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import type { CompiledGraph } from "../targets/bound.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "./device-state.ts";
import { LabelErrors } from "./label-errors.ts";
import { compileRun, Runner } from "./runner.ts";
import type { Batch, MeasuredSource } from "./source.ts";

/** The measures of one prediction. */
export interface PredictionMeasures {
  readonly name: string;
  readonly kind: Prediction["kind"];
  /** The name of the loss: `squared`, `cross`, … */
  readonly by: string;
  /** As it is minimised, without a `weight` that is a number. */
  readonly loss: number;
  /** That number: the factor of this loss in the whole loss. With 0 the prediction is measured, but not learned. */
  readonly weight: number;
  /** Whether the loss is in nats: the negative logarithm of a probability or a density. */
  readonly isInNats: boolean;
  /** For tokens: exp of the mean cross-entropy, without smoothing and weights. */
  readonly perplexity?: number;
  /** For characters: the mean cross-entropy of one in bits. */
  readonly bits?: number;
  /** The share of tokens, or of binary targets, for which the likeliest value is right. Absent if binary targets are not all 0 or 1. */
  readonly accuracy?: number;
  /** For sequences of tokens: the share of examples with every step right. Greedy generation writes the same share exactly. */
  readonly exact?: number;
  /**
   * By ctc: the fewest labels that must be changed, added or removed to turn the labels of the likeliest path into the right ones, in all rows,
   * divided by the number of right labels. `exact` is the share of rows without such an error.
   */
  readonly errorRate?: number;
  /** Mean absolute error, for numbers; by gaussian of the mean, by poisson of the rate. */
  readonly error?: number;
  /** By quantile: the share of targets from the lowest to the highest quantile, or up to the only one. */
  readonly covered?: number;
  /** By gaussian: the shares of targets at most one and at most two standard deviations from the mean; 0.683 and 0.954 if all is right. */
  readonly within?: readonly [number, number];
  /** The number of predictions. */
  readonly count: number;
}

/** Means over all steps without padding, for each prediction and in all. */
export interface Measures {
  /** The whole loss: the weighted sum of its parts. */
  readonly loss: number;
  readonly predictions: readonly PredictionMeasures[];
  /** With the option `each` of `evaluate`: the measures of each row, in the order of the data. NaN where a row has no target. */
  readonly rows?: readonly Measures[];
}

/** The measures of a program, compiled for a target: meters of one model can share it. */
export function compileMeasures<T>(program: Program, target: Target<T>): CompiledGraph<T> {
  return compileRun(program, target, measuredOutputs(program));
}

function measuredOutputs({ graph, predictions }: Program): readonly string[] {
  const scores = predictions.filter(({ kind }) => kind === "labels").map(outputOf);
  return [...graph.outputs.keys()].filter((name) => {
    const { kind } = readOutput(name);
    return kind === "loss" || kind === "measure" || scores.includes(name);
  });
}

/** Measures a program that was elaborated without training. Each call uses the weights of that moment. */
export class Meter<T> {
  readonly #runner: Runner<T>;
  readonly #program: Program;

  /** `compiled` is the result of `compileMeasures` for the same program and target; it stays the caller's. */
  constructor(program: Program, target: Target<T>, weights: DeviceState<T>, sizes: Sizes, compiled?: CompiledGraph<T>) {
    this.#program = program;
    const options = { needed: measuredOutputs(program), weights, sizes };
    this.#runner = new Runner(program, target, compiled === undefined ? options : { ...options, compiled });
  }

  /** `onBatch` is called after each batch with its own measures. */
  async measure(source: MeasuredSource, onBatch?: (measures: Measures) => void): Promise<Measures> {
    const total = new Sums(this.#program);
    for await (const batch of source.batches()) {
      const results = await this.#runner.run(batch);
      total.add(results, batch);
      if (onBatch === undefined) continue;
      const own = new Sums(this.#program);
      own.add(results, batch);
      onBatch(own.measures());
    }
    return total.measures();
  }

  dispose(): void {
    this.#runner.dispose();
  }
}

/** The sums of all measures over batches. */
class Sums {
  readonly #program: Program;
  readonly #means = new Map<string, Mean>();
  /** By the names of predictions by ctc. */
  readonly #errors = new Map<string, LabelErrors>();
  /** What the loss has besides predictions. */
  readonly #others = new Mean();

  constructor(program: Program) {
    this.#program = program;
  }

  #mean(measure: Measure, of: string): Mean {
    const name = printOutput({ kind: "measure", measure, of });
    const entry = this.#means.get(name) ?? new Mean();
    this.#means.set(name, entry);
    return entry;
  }

  /** Adds the results of a batch. */
  add(results: ReadonlyMap<string, HostArray>, batch: Batch): void {
    const all = batch.sizes.get("B") ?? 1;
    const value = (output: Output): number | undefined => results.get(printOutput(output))?.data[0];
    let rest = value({ kind: "loss" }) ?? 0;
    for (const prediction of this.#program.predictions) {
      const { name, weight } = prediction;
      const own = (measure: Measure): number | undefined => value({ kind: "measure", measure, of: name });
      const [loss = NaN, count = 0] = [own("loss"), own("count")];
      rest -= weight * loss;
      // A weighted mean of means is the mean over all: by the steps, the sum of their weights or the examples.
      this.#mean("loss", name).add(loss, own("weight") ?? count);
      this.#mean("count", name).add(1, count);
      for (const measure of ["nats", "accuracy", "decided", "error", "covered", "inone", "intwo"] as const)
        this.#mean(measure, name).add(own(measure) ?? NaN, count);
      this.#mean("exact", name).add(own("exact") ?? NaN, own("examples") ?? all);
      if (prediction.kind !== "labels") continue;
      const errors = this.#errors.get(name) ?? new LabelErrors();
      this.#errors.set(name, errors);
      errors.add(this.#program, prediction, results, batch);
    }
    this.#others.add(rest, all);
  }

  measures(): Measures {
    const predictions = this.#program.predictions.map((prediction) => {
      const input = this.#program.inputs.find(({ name }) => name === prediction.target);
      const measures = measuresOf(
        prediction,
        (measure, of) => this.#mean(measure, of),
        input?.token?.reading === "char",
      );
      const errors = this.#errors.get(prediction.name);
      if (errors === undefined || Number.isNaN(errors.exact)) return measures;
      const rate = Number.isFinite(errors.rate) ? { errorRate: errors.rate } : {};
      return { ...measures, ...rate, exact: errors.exact };
    });
    const parts = predictions.map(({ loss }, index) => (this.#program.predictions[index]?.weight ?? 1) * loss);
    return { loss: parts.reduce((sum, part) => sum + part, this.#others.value), predictions };
  }
}

type MeanOf = (measure: Measure, prediction: string) => Mean;

function measuresOf(
  { name, kind, by, weight, isInNats }: Prediction,
  mean: MeanOf,
  isCharacter: boolean,
): PredictionMeasures {
  const { value: loss } = mean("loss", name);
  const { weight: count } = mean("count", name);
  const given = (measure: Measure): number | undefined => {
    const { value } = mean(measure, name);
    return Number.isNaN(value) ? undefined : value;
  };
  const [right, exact, error, covered] = [given("accuracy"), given("exact"), given("error"), given("covered")];
  const [one, two] = [given("inone"), given("intwo")];
  const accuracy = (given("decided") ?? 1) < 1 - ROUNDING ? undefined : right;
  return {
    name,
    kind,
    by,
    loss,
    weight,
    isInNats,
    ...(kind === "token" ? { perplexity: Math.exp(given("nats") ?? loss) } : {}),
    ...(isCharacter && kind === "token" ? { bits: (given("nats") ?? loss) / Math.LN2 } : {}),
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(exact === undefined ? {} : { exact }),
    ...(error === undefined ? {} : { error }),
    ...(covered === undefined ? {} : { covered }),
    ...(one === undefined || two === undefined ? {} : { within: [one, two] as const }),
    count,
  };
}

/** The rounding error of a share of 1 that is a sum in float32. */
const ROUNDING = 1e-4;

/** A weighted mean. Values with weight 0 do not count. NaN if there are no values. */
class Mean {
  #sum = 0;
  weight = 0;

  add(value: number, weight: number): void {
    if (weight === 0) return;
    this.#sum += value * weight;
    this.weight += weight;
  }

  get value(): number {
    return this.weight === 0 ? NaN : this.#sum / this.weight;
  }
}
