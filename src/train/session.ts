// A model that is used step by step: what does not change is computed once, states are carried on, and what it predicts is fed back.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { programOf } from "../compile.ts";
import { outputOf, type Prediction } from "../lang/elaborate/predict.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { whyNotStepped } from "../lang/elaborate/step-by-step.ts";
import { printDim, type Sizes } from "../shape/dim.ts";
import { timeOf } from "../shape/type.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "./device-state.ts";
import type { Model } from "./model.ts";
import type { Batch } from "./source.ts";
import { compileSteps, Stepper, type CompiledSteps, type StepperOptions } from "./stepper.ts";

/** One thing that is predicted and read again. */
export interface Feedback {
  readonly prediction: Prediction;
  readonly input: ProgramInput;
}

/** What a program feeds back. Throws a UserError where that cannot be done step by step. */
export function feedbackOf(program: Program): readonly Feedback[] {
  const found = program.predictions.flatMap((prediction): readonly Feedback[] => {
    const input = program.inputs.find(({ name }) => name === prediction.target);
    return input === undefined || !prediction.isAutoregressive ? [] : [{ prediction, input }];
  });
  const far = found.find(({ prediction }) => prediction.ahead > 1);
  if (far !== undefined) {
    const { target, ahead } = far.prediction;
    throw new UserError(
      `\`${target}[t+${ahead}]\` cannot be fed back: what comes before it is not predicted. Predict \`${target}[t+1]\` to write with the model`,
    );
  }
  const times = new Set(found.map(timeName));
  if (times.size > 1)
    throw new UserError(`${[...times].join(" and ")} differ: only sequences of one length can be fed back together`);
  return found;
}

/**
 * How a program writes: along which time, what is fed back, what is needed of each step. Throws a UserError where nothing is fed back, or
 * something needs steps that are not yet written.
 */
export function stepping(program: Program): Pick<StepperOptions<unknown>, "time" | "fed" | "needed"> {
  const feedback = feedbackOf(program);
  const [first] = feedback;
  if (first === undefined)
    throw new UserError(`\`${program.name}\` feeds nothing back: what it predicts, it does not read`);
  const time = timeName(first);
  const needed = feedback.map(({ prediction }) => outputOf(prediction));
  const reason = whyNotStepped(program.graph, time, needed);
  if (reason !== undefined) throw new UserError(`\`${program.name}\` cannot write step by step: ${reason}`);
  return { time, fed: new Set(feedback.map(({ input }) => input.name)), needed };
}

/** Gives the steps that were made before, or makes them. */
export type SharedSteps<T> = (make: () => CompiledSteps<T>) => CompiledSteps<T>;

export class Session<T> {
  readonly feedback: readonly Feedback[];
  readonly #target: Target<T>;
  readonly #stepper: Stepper<T>;

  /**
   * `weights` stay the caller's, and so do steps that `share` keeps for further sessions of the same model.
   * Throws a UserError for a model that feeds nothing back.
   */
  constructor(model: Model, target: Target<T>, weights: DeviceState<T>, sizes: Sizes, share?: SharedSteps<T>) {
    const options = { ragged: model.layout === "rows", training: false, states: "carried" as const };
    const program = programOf(model.definition, model.statics, options);
    this.feedback = feedbackOf(program);
    this.#target = target;
    const cut = stepping(program);
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

  /** The examples' lengths where what is fed back is as long as an input; null where it ends by itself. */
  get wholeLengths(): readonly number[] | null {
    return this.#stepper.wholeLengths;
  }

  /** Begins anew, with the inputs of a batch; each example `copies` times, one after the other. */
  begin(batch: Batch, copies = 1): Promise<void> {
    return this.#stepper.begin(batch, copies);
  }

  /** Steps on: `fed` has, for what is read itself, arrays `[n, B]` of the next n steps. Gives logits or values, `[n, B, …]`, by the names of outputs. */
  async step(fed: ReadonlyMap<string, HostArray>, steps = 1): Promise<ReadonlyMap<string, HostArray>> {
    const found = new Map<string, HostArray>();
    for (const [name, tensor] of this.#stepper.step(fed, steps)) {
      found.set(name, await this.#target.download(tensor));
      this.#target.dispose(tensor);
    }
    return found;
  }

  /** Says what the last step's value was of something that is read delayed: `values` [B]. */
  correct(name: string, values: HostArray): void {
    this.#stepper.replaceState(`${name}[t-1]`, values);
  }

  /** Goes on with examples `rows` of the batch, in that order. */
  reorder(rows: readonly number[]): Promise<void> {
    return this.#stepper.reorder(rows);
  }

  dispose(): void {
    this.#stepper.dispose();
  }
}

function timeName({ input }: Feedback): string {
  return printDim(timeOf(input.type) ?? fail("session", "no time"));
}
