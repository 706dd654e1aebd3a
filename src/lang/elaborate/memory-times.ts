// The times of memories in one body, and whether an equation makes two of them equal: then each step of one memory meets a step of the other,
// though nothing in the body says that there are as many. `memory values: [time of keys, V]` says so.
import type { Span } from "../../base/source.ts";
import { equal, type Dim } from "../../shape/dim.ts";
import { memoryTimesMeet } from "../messages-memories.ts";
import { memoriesOf } from "../memory-names.ts";
import type { Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import type { Reason } from "./named-sizes.ts";

interface TimeAt {
  readonly name: string;
  readonly time: Dim;
  readonly span: Span;
}

/** The time of a memory that is bound. */
export function timeOfMemory(frame: Frame, name: string): Dim | undefined {
  const value = frame.bound(name);
  const axis = value?.kind === "node" ? frame.context.own(value)[0] : undefined;
  return axis?.tag === "memory" ? axis.size : undefined;
}

export class MemoryTimes {
  readonly #context: Elaboration;
  /** The memories of the bodies that are being evaluated, the innermost last: of those with one time, the first one. */
  readonly #bodies: (readonly TimeAt[])[] = [];

  constructor(context: Elaboration) {
    this.#context = context;
  }

  /** Before a body whose memories are bound is evaluated. */
  enter(frame: Frame): void {
    const times = memoriesOf(frame.definition).flatMap(({ name, span }): readonly TimeAt[] => {
      const time = timeOfMemory(frame, name);
      return time === undefined ? [] : [{ name, time, span }];
    });
    this.#bodies.push(this.#distinct(times));
  }

  leave(): void {
    this.#bodies.pop();
  }

  /** After a size has become known: reports two times that have become equal, in the innermost body where they are those of two memories. */
  look(reason: Reason | null): void {
    let isReported = false;
    for (let at = this.#bodies.length - 1; at >= 0; at--) {
      const body = this.#bodies[at] ?? [];
      const distinct = this.#distinct(body);
      const second = body.find((each) => !distinct.includes(each));
      const first = distinct.find((each) => second !== undefined && this.#areEqual(each, second));
      if (first === undefined || second === undefined) continue;
      if (!isReported) this.#context.report(memoryTimesMeet(first, second, reason?.span ?? second.span));
      isReported = true;
      this.#bodies[at] = distinct;
    }
  }

  #areEqual(one: TimeAt, other: TimeAt): boolean {
    const { unifier } = this.#context;
    return equal(unifier.resolve(one.time), unifier.resolve(other.time));
  }

  #distinct(times: readonly TimeAt[]): readonly TimeAt[] {
    return times.filter((each, index) => !times.slice(0, index).some((before) => this.#areEqual(before, each)));
  }
}
