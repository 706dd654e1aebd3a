// A compiled cell or model in a program that has no compiler: it runs sequences, steps and writes.
import { UserError } from "../../base/diagnostic.ts";
import type { DataDescription, Feed, ModuleDescription } from "../description.ts";
import { addLengths, exampleOf, gather, type Gathered, type Inputs } from "./gathered.ts";
import type { Machine } from "./machine.ts";
import { PlacedProgram } from "./placed-program.ts";
import type { Predict, ReadLabels } from "./predictions.ts";
import { plainResults, stacked, type Plain, type Results } from "./results.ts";
import { Sequence, Steps, type Carried } from "./steps.ts";
import type { Texts } from "./texts.ts";

/** What a stream has carried: plain arrays by the names of states, which JSON can store. */
export type State = Readonly<Record<string, readonly number[]>>;

export interface StartOptions {
  /** Memories and other inputs that are the same at every step. */
  readonly inputs?: Inputs;
  /** Where it begins: the `state` of a stream. */
  readonly state?: State;
}

export interface ModelParts {
  readonly machine: Machine;
  readonly description: ModuleDescription;
  /** The address of a weight; undefined for what is not one. */
  readonly weight: (feed: Feed) => number | undefined;
  readonly labels: ReadLabels | undefined;
}

/** What not all modules need. */
export interface ModelExtras {
  /** Null where there are no vocabularies. */
  readonly texts: Texts | null;
  readonly predict: Predict;
}

export class Model {
  readonly #description: ModuleDescription;
  readonly #extras: ModelExtras;
  readonly #run: PlacedProgram;
  readonly #stream: Steps | string;

  constructor(parts: ModelParts, extras: ModelExtras) {
    const { machine, description, weight } = parts;
    const { run, stream } = description;
    this.#description = description;
    this.#extras = extras;
    this.#run = new PlacedProgram(machine, run, weight);
    this.#stream = typeof stream === "string" ? stream : new Steps(machine, stream, weight);
  }

  get name(): string {
    return this.#description.name;
  }

  get inputs(): readonly { readonly name: string; readonly role: string; readonly type: string }[] {
    return this.#description.inputs.map(({ name, role, type }) => ({ name, role, type }));
  }

  /** Runs whole sequences: one example, or a batch of them with their `lengths` where these differ. Results are 0 behind an example's end. */
  run(inputs: Inputs, options: { readonly lengths?: Readonly<Record<string, ArrayLike<number>>> } = {}): Results {
    const given = this.gather(inputs, (input) => this.#isNeeded(input), false);
    for (const [name, lengths] of Object.entries(options.lengths ?? {}))
      addLengths(this.#description, given, name, lengths);
    const isSingle = given.batch === null;
    const plain =
      given.lengths.size === 0
        ? this.#ranAll(given)
        : stacked(
            Array.from({ length: given.batch ?? 1 }, (_, example) =>
              this.#ranAll(exampleOf(this.#description, given, example)),
            ),
            this.#shapes(given),
            isSingle,
          );
    return this.#extras.predict(plain, { isSingle, lengths: given.lengths });
  }

  /** All examples, whose sequences are equally long. */
  #ranAll({ arrays, sizes, batch }: Gathered): Plain {
    const program = this.#run;
    program.fit(sizes.set("B", batch ?? 1));
    program.inputs.forEach(({ feed }, index) => {
      if (feed.kind === "data") program.input(index).set(arrays.get(feed.name)?.data ?? []);
    });
    program.run();
    return plainResults(program.outputs, batch === null, false);
  }

  /** The shapes of one example's results at its full lengths. */
  #shapes({ sizes }: Gathered): ReadonlyMap<string, readonly number[]> {
    return this.#run.shapesOfResults(new Map(sizes).set("B", 1));
  }

  /** Begins a stream. Throws a UserError where something needs whole sequences. */
  start({ inputs = {}, state }: StartOptions = {}): Stream {
    const steps = this.#stream;
    if (typeof steps === "string") throw new UserError(steps);
    const { fed } = steps.description;
    const given = this.gather(inputs, (input) => input.role !== "target" && !fed.includes(input.name), false);
    const begin = (carried: Carried | null): Sequence => this.sequence(given, carried);
    const own = this.#description.inputs.filter((input) => fed.includes(input.name) && this.#isNeeded(input));
    return new Stream(steps, begin, {
      state: state ?? null,
      states: this.#description.states.map(({ along = [], elements, ...each }) => ({
        ...each,
        elements: along.reduce((product, time) => product * (given.sizes.get(time) ?? 1), elements),
      })),
      read: (values) => {
        const step = this.gather(values, (input) => own.includes(input), true);
        return new Map([...step.arrays].map(([name, { data }]) => [name, data]));
      },
      results: (outputs) =>
        this.#extras.predict(plainResults(outputs, true, true), { isSingle: true, isStep: true, lengths: new Map() }),
    });
  }

  /** One sequence from inputs that are given as a whole. */
  protected sequence({ arrays, sizes, batch }: Gathered, carried: Carried | null): Sequence {
    if (batch !== null && batch !== 1) throw new UserError("give one example: streams and writing take no batch");
    const times = new Map(this.#description.inputs.map(({ name, time }) => [name, time]));
    return new Sequence(arrays, sizes, { timeOf: (name) => times.get(name) ?? null, carried });
  }

  protected gather(given: Inputs, belongs: (input: DataDescription) => boolean, isStep: boolean): Gathered {
    return gather(this.#description, this.#extras.texts, given, belongs, isStep);
  }

  #isNeeded({ name, role }: DataDescription): boolean {
    const isFedBack = this.#description.writing?.feedback.some(({ input }) => input === name) === true;
    return role !== "target" || isFedBack;
  }
}

interface StreamParts {
  readonly state: State | null;
  readonly states: ModuleDescription["states"];
  readonly read: (values: Inputs) => ReadonlyMap<string, ArrayLike<number>>;
  readonly results: (outputs: ReturnType<Steps["step"]>) => Results;
}

/** One sequence, step by step. */
export class Stream {
  readonly #steps: Steps;
  readonly #begin: (carried: Carried | null) => Sequence;
  readonly #parts: StreamParts;
  #sequence: Sequence;

  constructor(steps: Steps, begin: (carried: Carried | null) => Sequence, parts: StreamParts) {
    this.#steps = steps;
    this.#begin = begin;
    this.#parts = parts;
    this.#sequence = begin(this.#first());
  }

  /** One step: arrays without an axis of time. Returns what `run` returns for this step. */
  step(inputs: Inputs): Results {
    return this.#parts.results(this.#steps.step(this.#sequence, this.#parts.read(inputs)));
  }

  /** What was carried to the last step; null before the first. */
  get state(): State | null {
    const carried = this.#steps.carriedBy(this.#sequence);
    if (carried === null || this.#sequence.isFirst) return null;
    return Object.fromEntries(
      this.#parts.states.flatMap(({ name, path }) => {
        const value = carried.get(path);
        return value === undefined ? [] : [[name, Array.from(value)]];
      }),
    );
  }

  /** Begins again as `start` did. */
  reset(): void {
    this.#steps.leave(this.#sequence);
    this.#sequence = this.#begin(this.#first());
  }

  #first(): Carried | null {
    const { state, states } = this.#parts;
    if (state === null) return null;
    return new Map(
      states.map(({ name, path, isInt, elements }) => {
        const value = state[name];
        if (value === undefined || value.length !== elements)
          throw new UserError(
            `the state must have \`${name}\` with ${elements} numbers, as \`state\` of a stream has it`,
          );
        return [path, isInt ? Int32Array.from(value) : Float32Array.from(value)];
      }),
    );
  }
}
