// A model that writes step by step: constant parts are computed once, states are carried, and predictions are fed back.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { programOf } from "../programs.ts";
import { drawnOutput, shownOutput, type Prediction } from "../lang/elaborate/predict.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { whyNotStepped } from "../lang/elaborate/step-by-step.ts";
import type { Sizes } from "../shape/dim.ts";
import { timeName, type Type } from "../shape/type.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "./device-state.ts";
import { downloadedOnce } from "./downloaded.ts";
import type { Model } from "./model.ts";
import type { Batch } from "./source.ts";
import { compileSteps, Stepper, type CompiledSteps, type StepperOptions } from "./stepper.ts";

/** A prediction that is read again as an input. */
export interface Feedback {
  readonly prediction: Prediction;
  readonly input: ProgramInput;
}

/** The predictions that a program feeds back. Throws a UserError if that cannot be done step by step. */
export function feedbackOf(program: Program): readonly Feedback[] {
  const found = program.predictions.flatMap((prediction): readonly Feedback[] => {
    const input = program.inputs.find(({ name }) => name === prediction.target);
    return input === undefined || !prediction.isAutoregressive ? [] : [{ prediction, input }];
  });
  const far = found.find(({ prediction }) => prediction.ahead > 1);
  if (far !== undefined) {
    const { target, ahead } = far.prediction;
    throw new UserError(
      `\`${target}[t+${ahead}]\` cannot be fed back: the steps before it are not predicted. Predict \`${target}[t+1]\` to write with the model`,
    );
  }
  const times = new Set(found.map(timeOfFeedback));
  if (times.size > 1)
    throw new UserError(`${[...times].join(" and ")} differ: only sequences of one length can be fed back together`);
  return found;
}

/**
 * The time along which a program writes, the inputs that are fed back, and the outputs of each step. Throws a UserError if nothing is fed
 * back, or if something needs steps that are not written yet.
 */
export function stepsOfFeedback(
  program: Program,
  shown: readonly string[] = [],
): Pick<StepperOptions<unknown>, "time" | "fed" | "needed"> {
  const feedback = feedbackOf(program);
  const [first] = feedback;
  if (first === undefined)
    throw new UserError(`\`${program.name}\` feeds nothing back: it does not read its predictions`);
  const time = timeOfFeedback(first);
  const needed = [...feedback.map(({ prediction }) => drawnOutput(prediction)), ...shown.map(shownOutput)];
  const reason = whyNotStepped(program.graph, time, needed);
  if (reason !== undefined) throw new UserError(`\`${program.name}\` cannot write step by step: ${reason}`);
  return { time, fed: new Set(feedback.map(({ input }) => input.name)), needed };
}

/** Returns compiled steps, and compiles them by `make` the first time. */
export type SharedSteps<T> = (make: () => CompiledSteps<T>) => CompiledSteps<T>;

export interface SessionOptions<T> {
  /** Compiled steps that sessions of one model share; they stay the caller's. */
  readonly share?: SharedSteps<T>;
  /** Values that each step gives besides the predictions: names that the model shows. */
  readonly shown?: readonly string[];
}

/** A value that each step gives: the output that holds it, and whether it has a value for the step alone. */
export interface ShownValue {
  readonly name: string;
  readonly output: string;
  readonly type: Type;
  readonly isOfSteps: boolean;
}

export class Session<T> {
  readonly shown: readonly ShownValue[];
  readonly feedback: readonly Feedback[];
  readonly #target: Target<T>;
  readonly #stepper: Stepper<T>;

  /** `weights` stay the caller's. Throws a UserError for a model that feeds nothing back. */
  constructor(
    model: Model,
    target: Target<T>,
    weights: DeviceState<T>,
    sizes: Sizes,
    { share, shown = [] }: SessionOptions<T> = {},
  ) {
    const { layout, show } = model;
    const options = { ragged: layout === "rows", training: false, states: "carried" as const, show };
    const program = programOf(model.definition, model.statics, options);
    this.feedback = feedbackOf(program);
    this.#target = target;
    const cut = stepsOfFeedback(program, shown);
    this.shown = shown.map((name) => {
      const output = shownOutput(name);
      const { type } = program.graph.output(output);
      return { name, output, type, isOfSteps: timeName(type) === cut.time };
    });
    const compiled = share?.(() => compileSteps(program, target, cut));
    this.#stepper = new Stepper(program, target, {
      ...cut,
      weights,
      sizes,
      ...(compiled === undefined ? {} : { compiled }),
    });
  }

  get batch(): number {
    return this.#stepper.batch;
  }

  /** The examples' lengths if the output is as long as an input; null if it ends by itself. */
  get wholeLengths(): readonly number[] | null {
    return this.#stepper.wholeLengths;
  }

  /** Starts again with the inputs of a batch, each example `copies` times, one after the other. */
  begin(batch: Batch, copies = 1): Promise<void> {
    return this.#stepper.begin(batch, copies);
  }

  /** Makes n steps. `fed` has arrays `[n, B]` of inputs. Returns logits or values, `[n, B, …]`, by the names of outputs. */
  async step(fed: ReadonlyMap<string, HostArray>, steps = 1): Promise<ReadonlyMap<string, HostArray>> {
    return downloadedOnce(this.#target, this.#stepper.step(fed, steps));
  }

  /** Sets the value `[B]` of the last step of an input that is read with a delay. */
  correct(name: string, values: HostArray): void {
    this.#stepper.replaceState(`${name}[t-1]`, values);
  }

  /** Keeps the examples `rows` of the batch, in that order. */
  reorder(rows: readonly number[]): Promise<void> {
    return this.#stepper.reorder(rows);
  }

  dispose(): void {
    this.#stepper.dispose();
  }
}

function timeOfFeedback({ input }: Feedback): string {
  return timeName(input.type) ?? fail("session", "no time");
}
