// A batch of an update, as its program reads it: data, targets some steps ahead, and lengths. It is read as a whole, or in windows of its
// steps.
import { UserError } from "../../base/diagnostic.ts";
import { KEPT_STEPS, NEW_STEPS } from "../../base/window-sizes.ts";
import type { Window } from "../../train/windows.ts";
import type { DataDescription, TargetDescription, TrainingFeed } from "../description.ts";
import type { Gathered } from "./gathered.ts";
import type { GivenArray } from "./given.ts";

type Numbers = Float32Array | Int32Array;

/** Null for all steps of each time. */
export type Part = Window | null;

/** What feeds an input from a batch. */
export type BatchFeed =
  { readonly kind: "data"; readonly name: string } | Extract<TrainingFeed, { kind: "ahead" | "lengths" | "labelled" }>;

/** The arrays of an update, and where targets have values, if some are missing. */
export interface GatheredTargets extends Gathered {
  readonly marks: ReadonlyMap<string, GivenArray>;
}

export class TrainingBatch {
  /** The number of examples. */
  readonly count: number;
  readonly #sizes: Map<string, number>;
  readonly #arrays: ReadonlyMap<string, GivenArray>;
  readonly #marks: ReadonlyMap<string, GivenArray>;
  /** By times: how many steps each example has. */
  readonly #lengths = new Map<string, readonly number[]>();
  /** Whether its program reads lengths. */
  readonly isRagged: boolean;

  /**
   * In a full batch the last steps, which have no target, are cut off; in a ragged one its lengths mask them. Throws a UserError where
   * nothing has a target.
   */
  constructor(
    { arrays, sizes, batch, lengths, marks }: GatheredTargets,
    inputs: readonly DataDescription[],
    targets: readonly TargetDescription[],
    isRagged: boolean,
  ) {
    this.count = batch ?? 1;
    this.#arrays = arrays;
    this.#marks = marks;
    this.#sizes = new Map(sizes).set("B", this.count);
    this.isRagged = isRagged;
    for (const { time, name } of inputs) {
      const steps = sizes.get(time ?? "");
      if (time === null || steps === undefined) continue;
      const most = isRagged ? 0 : mostAhead(time, inputs, targets);
      if (steps <= most)
        throw new UserError(
          `\`${name}\` has ${steps} steps, but a prediction lies ${most} ahead: give ${most + 1} steps or more`,
        );
      this.#sizes.set(time, steps - most);
      this.#lengths.set(time, lengths.get(time) ?? Array.from({ length: this.count }, () => steps - most));
    }
    const timeOf = (target: string): string | null => inputs.find(({ name }) => name === target)?.time ?? null;
    const hasSteps = ({ name, ahead }: TargetDescription): boolean =>
      this.#lengths.get(timeOf(name) ?? "")?.some((length) => ahead.some((each) => !isRagged || length > each)) ?? true;
    if (targets.length > 0 && !targets.some(hasSteps))
      throw new UserError(
        `there is nothing to learn: no example of this batch is long enough to have ${targets.map(({ name, ahead }) => `\`${name}[t+${Math.min(...ahead)}]\``).join(" or ")}`,
      );
  }

  /** Whether some targets are missing. */
  get isPartlyLabelled(): boolean {
    return this.#marks.size > 0;
  }

  /** The number of steps along a time. */
  stepsOf(time: string): number {
    return this.#sizes.get(time) ?? 1;
  }

  /** Sizes by name for a part of it. */
  sizesOf(part: Part): ReadonlyMap<string, number> {
    const sizes = new Map(this.#sizes);
    if (part === null) return sizes;
    for (const time of this.#lengths.keys()) sizes.set(time, part.end - part.start);
    return sizes.set(NEW_STEPS, part.fresh).set(KEPT_STEPS, Math.max(1, part.advance));
  }

  /** The number of new steps of all examples in a window. */
  countOf({ end, fresh }: Window): number {
    const counted = [end - fresh, end] as const;
    return [...this.#lengths.keys()].reduce(
      (sum, time) => this.#lengthsIn(time, 0, counted).reduce((total, each) => total + each, sum),
      0,
    );
  }

  /** Within the steps from the first number up to, but without, the second. */
  #lengthsIn(time: string, ahead: number, [from, to]: readonly [number, number]): readonly number[] {
    return (this.#lengths.get(time) ?? []).map((length) => Math.max(0, Math.min(length - ahead, to) - from));
  }

  /** Writes to `place` what feeds it. */
  write(place: Numbers, feed: BatchFeed, part: Part): void {
    const { start, end } = part ?? { start: 0, end: Infinity };
    if (feed.kind === "lengths") {
      place.set(this.#lengthsIn(feed.time, feed.ahead, [start, end]));
      return;
    }
    const isMarks = feed.kind === "labelled";
    const array = (isMarks ? this.#marks : this.#arrays).get(feed.name);
    if (array === undefined) {
      // A target without marks has a value everywhere.
      if (isMarks) place.fill(1);
      return;
    }
    const { data, steps } = array;
    const first = feed.kind === "ahead" ? feed.steps : 0;
    const begin = steps === null ? 0 : (first + start) * (data.length / steps);
    const own = data.subarray(begin, begin + place.length);
    place.set(own);
    place.fill(0, own.length);
  }
}

/** The largest number of steps that something along a time is predicted ahead. */
function mostAhead(time: string, inputs: readonly DataDescription[], targets: readonly TargetDescription[]): number {
  return Math.max(
    0,
    ...targets.flatMap(({ name, ahead }) => (inputs.find((each) => each.name === name)?.time === time ? ahead : [])),
  );
}

/** Adds the end token to each example of a sequence that was given as text. */
export function withEnd({ data, batch, steps, lengths }: GivenArray, end: number): GivenArray {
  const [count, most] = [batch ?? 1, steps ?? 0];
  const own = lengths ?? Array.from({ length: count }, () => most);
  const ended = new Int32Array(count * (most + 1));
  ended.set(data);
  own.forEach((length, example) => (ended[length * count + example] = end));
  return { data: ended, batch, steps: most + 1, lengths: lengths?.map((length) => length + 1) ?? null };
}
