// Tasks as C functions. Tasks that differ only in where their operands are share one function.
import { at } from "../../base/invariant.ts";
import type { GroupTask, KernelTask, LoopTask, Task } from "../../kernel/task.ts";
import { nameOfWork } from "../../kernel/task.ts";
import { countOf } from "../../ops/nd.ts";
import { groupBody } from "./group.ts";
import { kernelBody } from "./kernels.ts";
import { indented } from "./layout.ts";
import { Operands, TURN, type PlaceOf } from "./operands.ts";
import { OwnFunctions } from "./own-functions.ts";

/** The functions of one file. */
export class TaskFunctions {
  readonly #prefix: string;
  readonly #own: OwnFunctions;
  /** Names, by the parameters and body of the function. */
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** All names begin with the prefix and `_`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#own = new OwnFunctions(prefix);
  }

  /** Statements that run the tasks in their order, not indented. */
  statements(tasks: readonly Task[], placeOf: PlaceOf): readonly string[] {
    return tasks.flatMap((task) => {
      if (task.kind !== "loop") return isNothing(task) ? [] : [this.#call(task, placeOf)];
      const body = this.statements(task.body, placeOf);
      if (body.length === 0) return [];
      return [`for (int ${TURN} = 0; ${TURN} < ${task.times}; ${TURN}++) {`, ...body, "}"];
    });
  }

  /** What the statements call, callees first. */
  get definitions(): readonly string[] {
    const own = this.#own.definitions.map(indented);
    return [...own, ...[...this.#names].map(([text, name]) => indented(`static void ${name}${text}`))];
  }

  #call(task: GroupTask | KernelTask, placeOf: PlaceOf): string {
    const isGroup = task.kind === "group";
    const operands = new Operands(task.reads, isGroup ? task.writes : [task.write], placeOf);
    const body = isGroup ? groupBody(task, operands, this.#own.nameOf) : kernelBody(task, operands, this.#own.nameOf);
    const text = `(${operands.parameters.join(", ")}) {\n${body}\n}`;
    const name = this.#names.get(text) ?? this.#fresh(isGroup ? "elements" : nameOfWork(task.work).replace(" ", "_"));
    this.#names.set(text, name);
    return `${name}(${operands.arguments.join(", ")});`;
  }

  #fresh(kind: string): string {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return `${this.#prefix}_${kind}_${count}`;
  }
}

/** Whether a task writes no element. */
function isNothing(task: Exclude<Task, LoopTask>): boolean {
  const writes = task.kind === "group" ? [at(task.maps, 0, "c").write] : [task.write];
  return writes.every((view) => countOf(view.shape) === 0);
}
