// Steps: what does not change is computed once, and states are carried from step to step. Several sequences use the same programs: one of
// them is in memory, and the others keep what they carry in arrays of their own.
import type { Feed, StepDescription } from "../description.ts";
import type { GivenArray } from "./given.ts";
import type { Machine } from "./machine.ts";
import { PlacedProgram, type Output } from "./placed-program.ts";

type Numbers = Float32Array | Int32Array;

/** What one sequence has carried to a step, by paths of states. */
export type Carried = ReadonlyMap<string, Numbers>;

/** A state of the step: the input that reads it, and the output that has its next value, if it changes. */
interface StatePlace {
  readonly path: string;
  readonly input: number;
  readonly output: number;
}

/** The programs of steps in memory, and the sequence that is there. */
export class Steps {
  readonly description: StepDescription;
  readonly #machine: Machine;
  readonly #before: PlacedProgram;
  readonly #step: PlacedProgram;
  /** Whether the first part depends on weights alone, and is computed once for all sequences. */
  readonly #isShared: boolean;
  readonly #states: readonly StatePlace[];
  #owner: Sequence | null = null;
  /** How often weights had changed when the first part was computed. */
  #changes = 0;

  constructor(machine: Machine, description: StepDescription, weight: (feed: Feed) => number | undefined) {
    this.description = description;
    this.#machine = machine;
    this.#before = new PlacedProgram(machine, description.before, weight);
    const held = new Map(
      description.before.outputs.flatMap(({ gives }, index) =>
        gives.kind === "held" ? [[gives.node, index] as const] : [],
      ),
    );
    this.#step = new PlacedProgram(machine, description.step, (feed) => {
      if (feed.kind !== "held") return weight(feed);
      return this.#before.addressOf(held.get(feed.node) ?? 0);
    });
    this.#isShared = description.before.inputs.every(({ feed }) => feed.kind === "weight");
    this.#states = description.step.inputs.flatMap(({ feed }, input) => {
      if (feed.kind !== "state") return [];
      const { path } = feed;
      const output = description.step.outputs.findIndex(({ gives }) => gives.kind === "final" && gives.path === path);
      return [{ path, input, output }];
    });
  }

  /** Brings a sequence into memory. */
  enter(sequence: Sequence): void {
    const { changes } = this.#machine;
    if (this.#owner === sequence && this.#changes === changes) return;
    if (this.#owner !== null) this.#owner.carried = this.carried();
    this.#owner = sequence;
    if (this.#before.fit(sequence.sizes) || !this.#isShared || this.#changes !== changes) {
      this.#before.inputs.forEach(({ feed }, index) => {
        if (feed.kind === "data") this.#before.input(index).set(sequence.given(feed.name)?.data ?? []);
      });
      this.#before.run();
    }
    this.#changes = changes;
    this.#step.fit(sequence.sizes);
    for (const { path, input } of this.#states) {
      const value = sequence.carried?.get(path);
      if (value === undefined) this.#step.input(input).fill(0);
      else this.#step.input(input).set(value);
    }
  }

  /** One step of the sequence that is in memory, with the arrays of this step. */
  step(sequence: Sequence, fed: ReadonlyMap<string, ArrayLike<number>>): readonly Output[] {
    this.enter(sequence);
    this.#step.inputs.forEach(({ feed }, index) => {
      if (feed.kind === "fresh") this.#step.input(index).fill(sequence.isFirst ? 1 : 0);
      else if (feed.kind === "data") this.#write(index, feed.name, sequence, fed);
    });
    this.#step.run();
    sequence.isFirst = false;
    sequence.position += 1;
    const outputs = this.#step.outputs;
    for (const { input, output } of this.#states) {
      const next = outputs[output];
      if (next !== undefined) this.#step.input(input).set(next.data);
    }
    return outputs;
  }

  /** What is fed with this step, or the step's part of what was given as a whole. What is never known is 0. */
  #write(index: number, name: string, sequence: Sequence, fed: ReadonlyMap<string, ArrayLike<number>>): void {
    const place = this.#step.input(index);
    const now = fed.get(name);
    if (now !== undefined) place.set(now);
    else if (this.description.fed.includes(name)) place.fill(0);
    else {
      const given = sequence.given(name);
      const isAlong = sequence.timeOf(name) === this.description.time && given?.steps !== null;
      const begin = isAlong ? place.length * sequence.position : 0;
      place.set(given?.data.subarray(begin, begin + place.length) ?? []);
    }
  }

  /** Copies of the states of the sequence that is in memory. */
  carried(): Carried {
    return new Map(this.#states.map(({ path, input }) => [path, this.#step.input(input).slice()]));
  }

  /** Puts another value in the place of a state of the sequence that is in memory. */
  correct(path: string, value: ArrayLike<number>): void {
    const state = this.#states.find((each) => each.path === path);
    if (state !== undefined) this.#step.input(state.input).set(value);
  }

  /** The states of a sequence, wherever they are. */
  carriedBy(sequence: Sequence): Carried | null {
    return this.#owner === sequence ? this.carried() : sequence.carried;
  }

  /** Forgets that a sequence is in memory. */
  leave(sequence: Sequence): void {
    if (this.#owner === sequence) this.#owner = null;
  }
}

/** One sequence: what was given for it, and what it has carried so far. */
export class Sequence {
  readonly sizes: ReadonlyMap<string, number>;
  readonly #given: ReadonlyMap<string, GivenArray>;
  readonly timeOf: (input: string) => string | null;
  carried: Carried | null;
  /** Whether its states begin as the spec says. */
  isFirst: boolean;
  /** How many steps it made. */
  position = 0;

  constructor(
    given: ReadonlyMap<string, GivenArray>,
    sizes: ReadonlyMap<string, number>,
    { timeOf, carried }: { readonly timeOf: (input: string) => string | null; readonly carried: Carried | null },
  ) {
    this.#given = given;
    this.sizes = sizes;
    this.timeOf = timeOf;
    this.carried = carried;
    this.isFirst = carried === null;
  }

  /** What was given for an input that does not come with each step. */
  given(name: string): GivenArray | undefined {
    return this.#given.get(name);
  }
}
