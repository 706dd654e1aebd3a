// Steps: what does not change is computed once, and states are carried from step to step. Several sequences use the same programs: one of
// them is in memory, and the others keep what they carry in arrays of their own.
import { fail } from "../../base/invariant.ts";
import type { Feed, StepDescription } from "../description.ts";
import type { GivenArray } from "./given.ts";
import type { Machine } from "./machine.ts";
import { PlacedProgram, type Output } from "./placed-program.ts";

type Numbers = Float32Array | Int32Array;

/** What one sequence has carried to a step, by paths of states. */
export type Carried = ReadonlyMap<string, Numbers>;

/** The programs of steps in memory, and the sequence that is there. */
export class Steps {
  readonly description: StepDescription;
  readonly #before: PlacedProgram;
  readonly #step: PlacedProgram;
  /** Whether the first part depends on weights alone, and is computed once for all sequences. */
  readonly #isShared: boolean;
  #owner: Sequence | null = null;
  #isComputed = false;

  constructor(machine: Machine, description: StepDescription, weight: (feed: Feed) => number | undefined) {
    this.description = description;
    this.#before = new PlacedProgram(machine, description.before, weight);
    const held = new Map(
      description.before.outputs.flatMap(({ gives }, index) =>
        gives.kind === "held" ? [[gives.node, index] as const] : [],
      ),
    );
    this.#step = new PlacedProgram(machine, description.step, (feed) => {
      if (feed.kind !== "held") return weight(feed);
      return this.#before.addressOf(held.get(feed.node) ?? fail("module", "nothing is held"));
    });
    this.#isShared = description.before.inputs.every(({ feed }) => feed.kind === "weight");
  }

  /** Brings a sequence into memory. */
  enter(sequence: Sequence): void {
    if (this.#owner === sequence) return;
    if (this.#owner !== null) this.#owner.carried = this.carried();
    this.#owner = sequence;
    this.#before.fit(sequence.sizes);
    if (!this.#isShared || !this.#isComputed) {
      this.#before.inputs.forEach(({ feed }, index) => {
        if (feed.kind === "data") this.#before.input(index).set(sequence.given(feed.name).data);
      });
      this.#before.run();
      this.#isComputed = true;
    }
    this.#step.fit(sequence.sizes);
    this.#step.inputs.forEach(({ feed }, index) => {
      if (feed.kind !== "state") return;
      const place = this.#step.input(index);
      const value = sequence.carried?.get(feed.path);
      if (value === undefined) place.fill(0);
      else place.set(value);
    });
  }

  /** One step of the sequence that is in memory, with the arrays of this step. */
  step(sequence: Sequence, fed: ReadonlyMap<string, ArrayLike<number>>): readonly Output[] {
    this.enter(sequence);
    this.#step.inputs.forEach(({ feed }, index) => {
      if (feed.kind === "fresh") this.#step.input(index).fill(sequence.isFresh ? 1 : 0);
      else if (feed.kind === "data") this.#write(index, feed.name, sequence, fed);
    });
    this.#step.run();
    sequence.isFresh = false;
    sequence.position += 1;
    const outputs = this.#step.outputs;
    const finals = new Map(
      outputs.flatMap(({ gives, data }) => (gives.kind === "final" ? [[gives.path, data] as const] : [])),
    );
    this.#step.inputs.forEach(({ feed }, index) => {
      const value = feed.kind === "state" ? finals.get(feed.path) : undefined;
      if (value !== undefined) this.#step.input(index).set(value);
    });
    return outputs;
  }

  /** What is fed with this step, or the step's part of what was given as a whole. What is never known is 0. */
  #write(index: number, name: string, sequence: Sequence, fed: ReadonlyMap<string, ArrayLike<number>>): void {
    const place = this.#step.input(index);
    const now = fed.get(name);
    if (now !== undefined) place.set(now);
    else if (this.description.fed.includes(name)) place.fill(0);
    else {
      const { data, steps } = sequence.given(name);
      const isAlong = sequence.timeOf(name) === this.description.time && steps !== null;
      const begin = isAlong ? place.length * sequence.position : 0;
      place.set(data.subarray(begin, begin + place.length));
    }
  }

  /** Copies of the states of the sequence that is in memory. */
  carried(): Carried {
    return new Map(
      this.#step.inputs.flatMap(({ feed }, index) =>
        feed.kind === "state" ? [[feed.path, this.#step.input(index).slice()] as const] : [],
      ),
    );
  }

  /** Puts another value in the place of a state of the sequence that is in memory. */
  correct(path: string, value: ArrayLike<number>): void {
    this.#step.inputs.forEach(({ feed }, index) => {
      if (feed.kind === "state" && feed.path === path) this.#step.input(index).set(value);
    });
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
  isFresh: boolean;
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
    this.isFresh = carried === null;
  }

  given(name: string): GivenArray {
    return this.#given.get(name) ?? fail("module", `nothing is given for ${name}`);
  }
}
