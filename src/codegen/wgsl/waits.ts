// Where invocations of a workgroup must meet between the stages of a loop: before one reads what another wrote, and before one writes
// what another reads.
import type { Task } from "../../kernel/task.ts";
import type { Storage, View } from "../../kernel/view.ts";

export type Inner = Exclude<Task, { kind: "loop" }>;

export const MEET = "storageBarrier();\nworkgroupBarrier();\n";

export function writesOf(task: Inner): readonly View[] {
  return task.kind === "group" ? task.writes : [task.write];
}

/** The storage that was read or written since the last meeting. No two tasks write the same element. */
export class Meetings {
  readonly #read = new Set<Storage>();
  readonly #written = new Set<Storage>();

  /** Whether all must meet before a task that reads and writes such storage. */
  before(reads: readonly Storage[], writes: readonly Storage[]): boolean {
    const must =
      reads.some((storage) => this.#written.has(storage)) || writes.some((storage) => this.#read.has(storage));
    if (must) for (const all of [this.#read, this.#written]) all.clear();
    for (const storage of reads) this.#read.add(storage);
    for (const storage of writes) this.#written.add(storage);
    return must;
  }
}

/** Meetings of a workgroup, between the stages of a loop. */
export class Waits {
  readonly #meetings = new Meetings();

  /** `MEET` if it is needed before a stage, otherwise nothing. */
  before(reads: readonly View[], writes: readonly View[]): string {
    const storagesOf = (views: readonly View[]): readonly Storage[] => views.map(({ storage }) => storage);
    return this.#meetings.before(storagesOf(reads), storagesOf(writes)) ? MEET : "";
  }
}
