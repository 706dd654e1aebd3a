// Which values of a step have names in its equations, and which ones.
import { printInput } from "../graph/border.ts";
import { equationOf } from "./naming.ts";
import type { Step } from "./step.ts";

/** Which values of the step have names. */
export class Names {
  readonly #step: Step;
  readonly #names = new Map<string, string>();

  constructor(step: Step) {
    this.#step = step;
    for (const node of step.graph.region(null)) {
      if (node.input !== undefined) this.#names.set(node.id, printInput(node.input));
      else if (node.name !== undefined) this.#names.set(node.id, node.name);
    }
    if (step.loss !== null) this.give(step.loss, "L");
    for (const { node, name } of step.arrivals) this.give(node, name);
  }

  of(id: string): string | undefined {
    return this.#names.get(id);
  }

  /** Names a value after the equation that reads it: `a_f` goes into `f`. */
  giveAuxiliary(id: string): void {
    const { graph, loss } = this.#step;
    const last = loss === null ? "output" : this.of(loss);
    this.give(id, `a_${equationOf(graph, id) ?? last}`);
  }

  give(id: string, preferred: string): void {
    if (this.#names.has(id)) return;
    const taken = new Set(this.#names.values());
    let name = preferred;
    for (let index = 2; taken.has(name); index++) name = `${preferred}${/\d$/.test(preferred) ? "_" : ""}${index}`;
    this.#names.set(id, name);
  }
}
