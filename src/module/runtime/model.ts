// A compiled cell or model in a program that has no compiler: it runs sequences, steps and writes.
import { UserError } from "../../base/diagnostic.ts";
import type { DataDescription, Feed, ModuleDescription } from "../description.ts";
import { readGiven, type GivenArray, type Value } from "./given.ts";
import type { Machine } from "./machine.ts";
import { PlacedProgram } from "./placed-program.ts";
import { resultsOf, type ResultOptions, type Results } from "./results.ts";
import { Sequence, Steps, type Carried } from "./steps.ts";
import type { Texts } from "./texts.ts";

export type Inputs = Readonly<Record<string, Value>>;

/** What a stream has carried: plain arrays by the names of states, which JSON can store. */
export type State = Readonly<Record<string, readonly number[]>>;

export interface StartOptions {
  /** Memories and other inputs that are the same at every step. */
  readonly inputs?: Inputs;
  /** Where it begins: the `state` of a stream. */
  readonly state?: State;
}

/** Inputs of one call, all of one batch. */
export interface Gathered {
  readonly arrays: ReadonlyMap<string, GivenArray>;
  readonly sizes: Map<string, number>;
  readonly batch: number | null;
  /** By times: how many steps each example has. */
  readonly lengths: Map<string, readonly number[]>;
}

export interface ModelParts {
  readonly machine: Machine;
  readonly description: ModuleDescription;
  /** The address of a weight; undefined for what is not one. */
  readonly weight: (feed: Feed) => number | undefined;
}

export class Model {
  readonly #description: ModuleDescription;
  readonly #texts: Texts | null;
  readonly #run: PlacedProgram;
  readonly #ragged: PlacedProgram | null;
  readonly #stream: Steps | string;

  /** `texts` is null where there are no vocabularies. */
  constructor(parts: ModelParts, texts: Texts | null) {
    const { machine, description, weight } = parts;
    const { run, ragged, stream } = description;
    this.#description = description;
    this.#texts = texts;
    this.#run = new PlacedProgram(machine, run, weight);
    this.#ragged = ragged === null ? null : new PlacedProgram(machine, ragged, weight);
    this.#stream = typeof stream === "string" ? stream : new Steps(machine, stream, weight);
  }

  get name(): string {
    return this.#description.name;
  }

  get inputs(): readonly { readonly name: string; readonly role: string; readonly type: string }[] {
    return this.#description.inputs.map(({ name, role, type }) => ({ name, role, type }));
  }

  /** Runs whole sequences: one example, or a batch of them with their `lengths` where these differ. */
  run(inputs: Inputs, options: { readonly lengths?: Readonly<Record<string, ArrayLike<number>>> } = {}): Results {
    const gathered = this.gather(inputs, (input) => this.#isNeeded(input), false);
    for (const [name, lengths] of Object.entries(options.lengths ?? {})) this.#addLengths(gathered, name, lengths);
    const isRagged = gathered.lengths.size > 0;
    const program = isRagged ? this.#ragged : this.#run;
    if (program === null) throw new UserError(`\`${this.name}\` reads no sequence and takes no lengths`);
    const { arrays, sizes, batch, lengths } = gathered;
    program.fit(sizes.set("B", batch ?? 1));
    program.inputs.forEach(({ feed }, index) => {
      if (feed.kind === "data") program.input(index).set(arrays.get(feed.name)?.data ?? []);
      if (feed.kind === "lengths") {
        const place = program.input(index);
        const given = lengths.get(feed.time);
        if (given === undefined) place.fill(sizes.get(feed.time) ?? 0);
        else place.set(given);
      }
      if (feed.kind === "fresh") program.input(index).fill(1);
    });
    program.run();
    const [first = null] = lengths.values();
    return resultsOf(program.outputs, { ...this.#resultOptions(batch === null, false), lengths: first });
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
      states: this.#description.states,
      read: (values) => {
        const step = this.gather(values, (input) => own.includes(input), true);
        return new Map([...step.arrays].map(([name, { data }]) => [name, data]));
      },
      results: (outputs) => resultsOf(outputs, this.#resultOptions(true, true)),
    });
  }

  /** One sequence from inputs that are given as a whole. */
  protected sequence({ arrays, sizes, batch }: Gathered, carried: Carried | null): Sequence {
    if (batch !== null && batch !== 1) throw new UserError("give one example: streams and writing take no batch");
    const times = new Map(this.#description.inputs.map(({ name, time }) => [name, time]));
    return new Sequence(arrays, sizes, { timeOf: (name) => times.get(name) ?? null, carried });
  }

  protected gather(given: Inputs, belongs: (input: DataDescription) => boolean, isStep: boolean): Gathered {
    const { inputs, name } = this.#description;
    const unknown = Object.keys(given).find((each) => !inputs.some((input) => input.name === each));
    if (unknown !== undefined)
      throw new UserError(
        `\`${name}\` has no input \`${unknown}\`; it has ${inputs.map((input) => `\`${input.name}\``).join(", ")}`,
      );
    const arrays = new Map<string, GivenArray>();
    const sizes = new Map<string, number>();
    const lengths = new Map<string, readonly number[]>();
    let batch: number | null | undefined;
    for (const input of inputs) {
      const value = given[input.name];
      if (!belongs(input)) continue;
      if (value === undefined)
        throw new UserError(`\`${name}\` needs its ${input.role} \`${input.name}\`, ${input.type}`);
      const hasTime = input.time !== null && !isStep;
      const array =
        this.#texts?.encoded(input.tokens?.vocabulary ?? null, value, hasTime) ??
        readGiven(input, value, hasTime, sizes);
      if (batch !== undefined && batch !== array.batch)
        throw new UserError(`\`${input.name}\` has another number of examples than the inputs before it`);
      batch = array.batch;
      arrays.set(input.name, array);
      if (input.time === null || array.steps === null) continue;
      if ((sizes.get(input.time) ?? array.steps) !== array.steps)
        throw new UserError(
          `\`${input.name}\` has ${array.steps} steps, but another sequence that is read with it has not`,
        );
      sizes.set(input.time, array.steps);
      if (array.lengths !== null) lengths.set(input.time, array.lengths);
    }
    return { arrays, sizes, batch: batch ?? null, lengths };
  }

  #addLengths({ arrays, batch, lengths }: Gathered, name: string, given: ArrayLike<number>): void {
    const input = this.#description.inputs.find((each) => each.name === name);
    const steps = arrays.get(name)?.steps ?? null;
    if (input === undefined || input.time === null || steps === null)
      throw new UserError(`there are lengths of \`${name}\`, which is not a sequence that was given`);
    const own = Array.from(given);
    const isLength = (each: number): boolean => Number.isInteger(each) && each >= 0 && each <= steps;
    if (own.length !== (batch ?? 1) || !own.every(isLength))
      throw new UserError(`the lengths of \`${name}\` must be one for each example, from 0 to ${steps}`);
    lengths.set(input.time, own);
  }

  #isNeeded({ name, role }: DataDescription): boolean {
    const isFedBack = this.#description.writing?.feedback.some(({ input }) => input === name) === true;
    return role !== "target" || isFedBack;
  }

  #resultOptions(isSingle: boolean, isStep: boolean): ResultOptions {
    const decoded: ResultOptions["decoded"] = (name, ids) => this.#texts?.decoded(name, ids);
    return { isSingle, isStep, decoded, predictions: this.#description.predictions, lengths: null };
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
    if (carried === null || this.#sequence.isFresh) return null;
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
