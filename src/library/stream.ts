// Streams: a cell or model that gets one step at a time and keeps its state. The steps of a stream equal the steps of `run`.
import { UserError } from "../base/diagnostic.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { printDim } from "../shape/dim.ts";
import { timeOf, withoutTime, type Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { downloadedOnce } from "../train/downloaded.ts";
import { outputsOfStep } from "../train/outputs.ts";
import { fedNames, isFed, isGivenOnce, timeOfSteps } from "../train/step-inputs.ts";
import { compileSteps, Stepper } from "../train/stepper.ts";
import { readInput } from "./arrays.ts";
import type { Compiled } from "./compiled.ts";
import { missing } from "./feed.ts";
import { refuseNonFinite } from "./finite.ts";
import { refuseHugeResults } from "./memory.ts";
import { refuseUnknown } from "./names.ts";
import {
  checkBoolean,
  checkNames,
  checkWhole,
  checkedLater,
  readOptions,
  readEntries,
  type Checks,
} from "./options.ts";
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
import { toTokens } from "./tokens.ts";
import type { Arrays, Results, State, Stream, StreamOptions } from "./types.ts";

const OPTIONS: Checks<StreamOptions> = {
  batch: checkWhole("the batch", 1),
  inputs: checkedLater,
  state: checkedLater,
  show: checkNames,
  allowNonFinite: checkBoolean,
};

/** Throws a UserError if something needs whole sequences. */
export function startStream<T>(model: Compiled<T>, given: StreamOptions): Stream {
  model.checkUsable();
  const options = readOptions(given, OPTIONS, "start");
  const carried = model.carried(false, options.show);
  const needed = outputsOfStep(carried, model.definition);
  const time = timeOfSteps(carried, needed, "fed step by step");
  const { allowNonFinite = model.allowNonFinite } = options;
  const state = readFirstStates(model, options.state ?? {}, { sizes: model.sizes.known, allowNonFinite });
  checkBatch(state, options.batch ?? null, "this stream is for");
  refuseStateAsInput(model, options.inputs ?? {});
  const program = withFirstStates(carried, state);
  return new DeviceStream(model, { program, needed, time, state }, options);
}

interface Stepping {
  readonly program: Program;
  readonly needed: readonly string[];
  readonly time: string;
  readonly state: FirstStates;
}

interface StreamInput {
  readonly input: ProgramInput;
  /** Whether it is given with each step, not at the start. */
  readonly isEachStep: boolean;
  /** Of the array that is given. */
  readonly type: Type;
}

class DeviceStream<T> implements Stream {
  readonly #model: Compiled<T>;
  readonly #program: Program;
  readonly #time: string;
  readonly #batch: number | null;
  readonly #allowNonFinite: boolean;
  readonly #needed: readonly string[];
  readonly #inputs: readonly StreamInput[];
  readonly #names: readonly string[];
  /** Inputs that are the same at every step. Read when the stream starts, because tensors may be disposed of later. */
  readonly #given: ReadonlyMap<string, HostArray>;
  readonly #first: FirstStates;
  #stepper: Stepper<T> | null = null;
  #isDisposed = false;

  constructor(model: Compiled<T>, { program, needed, time, state }: Stepping, options: StreamOptions) {
    const { batch, inputs = {}, allowNonFinite = model.allowNonFinite } = options;
    this.#model = model;
    this.#program = program;
    this.#time = time;
    this.#batch = batch ?? null;
    this.#allowNonFinite = allowNonFinite;
    this.#needed = needed;
    this.#first = state;
    this.#inputs = program.inputs.flatMap((input): readonly StreamInput[] => {
      if (isFed(program, input)) return [{ input, isEachStep: true, type: withoutTime(input.type) }];
      return isGivenOnce(input) ? [{ input, isEachStep: false, type: input.type }] : [];
    });
    this.#names = this.#inputs.map(({ input }) => input.name);
    this.#given = this.#readArrays(inputs, false);
    checkPlaces(state, this.#givenTimes());
    model.learn(new Map([...state.sizes, ...model.sizes.known]));
  }

  /** The number of steps of each time that was given as a whole. */
  #givenTimes(): ReadonlyMap<string, number> {
    return new Map(
      this.#program.inputs.flatMap(({ name, type }): [string, number][] => {
        const time = timeOf(type);
        const steps = this.#given.get(name)?.shape[0];
        return time === undefined || steps === undefined ? [] : [[printDim(time), steps]];
      }),
    );
  }

  step(inputs: Arrays): Results {
    const { downloadNow, name } = this.#model.device;
    if (downloadNow === null)
      throw new UserError(`${name} cannot return results at once: \`await stream.stepLater(…)\``);
    const found = new Map<string, HostArray>();
    for (const [output, tensor] of this.#stepOnDevice(inputs)) {
      found.set(output, downloadNow(tensor));
      this.#model.device.dispose(tensor);
    }
    return this.#results(found);
  }

  async stepLater(inputs: Arrays): Promise<Results> {
    return this.#results(await downloadedOnce(this.#model.device, this.#stepOnDevice(inputs)));
  }

  #stepOnDevice(inputs: Arrays): ReadonlyMap<string, T> {
    this.#checkUsable();
    const fed = new Map<string, HostArray>();
    for (const [name, array] of this.#readArrays(inputs, true)) fed.set(name, { ...array, shape: [1, ...array.shape] });
    const weights = this.#model.ready();
    this.#stepper ??= this.#begin(weights);
    return this.#stepper.step(fed);
  }

  /**
   * Arrays `[B, …]` of the inputs that are given with each step, or at the start. Throws a UserError for a missing or another input. Keeps
   * new sizes if all are right.
   */
  #readArrays(arrays: Arrays, isStep: boolean): ReadonlyMap<string, HostArray> {
    const { name: own } = this.#program;
    const given = readEntries(arrays, `the arrays of \`${own}\``, `{ ${this.#names[0] ?? "x"}: … }`);
    refuseUnknown(given.keys(), this.#names, `\`${own}\` has no input`);
    const learnt = this.#model.sizes.forRun();
    const found = new Map<string, HostArray>();
    for (const { input, isEachStep, type } of this.#inputs) {
      const { name } = input;
      const array = given.get(name);
      if (isEachStep !== isStep) {
        const elsewhere = isStep ? "is the same at every step: give it to `start`" : "is given with each step";
        if (array !== undefined) throw new UserError(`\`${name}\` ${elsewhere}`);
        continue;
      }
      if (array === undefined) throw missing(this.#program, input);
      const read = readInput(array, type, name, learnt);
      this.#checkBatch(name, read.batch);
      const where = { name, hasTime: read.steps !== null, isSingle: this.#batch === null };
      if (!this.#allowNonFinite && input.token === undefined) refuseNonFinite(read.array, where);
      found.set(name, toTokens(input, read.array, learnt));
    }
    this.#model.learn(learnt);
    return found;
  }

  #checkBatch(name: string, batch: number | null): void {
    if (batch === this.#batch) return;
    const describe = (each: number | null): string =>
      each === null ? "one example without a batch axis" : `a batch of ${each}`;
    throw new UserError(`this stream was started for ${describe(this.#batch)}, but \`${name}\` is ${describe(batch)}`);
  }

  #begin(weights: ReturnType<Compiled<T>["ready"]>): Stepper<T> {
    const sizes = new Map([...this.#model.sizes.known, ...this.#givenTimes()]);
    const batch = ["B", this.#batch ?? 1] as const;
    refuseHugeResults(this.#program, new Map([...sizes, [this.#time, 1], batch]));
    const { device } = this.#model;
    const cut = {
      time: this.#time,
      fed: fedNames(this.#program),
      needed: this.#needed,
    };
    const key = JSON.stringify(["stream", [...this.#first.arrays.keys()], this.#program.shown]);
    const stepper = new Stepper(this.#program, device, {
      ...cut,
      compiled: this.#model.sharedSteps(key)(() => compileSteps(this.#program, device, cut)),
      weights,
      sizes,
    });
    stepper.beginNow({ arrays: this.#given, sizes: new Map([batch]), isFresh: true, tokens: 0 });
    for (const [name, array] of this.#first.arrays) stepper.replaceState(name, array);
    return stepper;
  }

  #results(found: ReadonlyMap<string, HostArray>): Results {
    return resultsOf(this.#program, found, { isSingle: this.#batch === null, isStep: true });
  }

  async state(): Promise<State> {
    this.#checkUsable();
    const arrays = (await this.#stepper?.downloadStates()) ?? this.#first.arrays;
    return namedStates(this.#model, arrays, this.#batch === null);
  }

  #checkUsable(): void {
    if (this.#isDisposed) throw new UserError("this stream was disposed of: start another");
  }

  reset(): void {
    this.#stepper?.dispose();
    this.#stepper = null;
  }

  dispose(): void {
    this.reset();
    this.#isDisposed = true;
  }
}
