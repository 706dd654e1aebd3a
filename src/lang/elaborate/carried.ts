// What a program carries from step to step: each state under a name of its own. Weights may be shared, states never.
import type { Dim } from "../../shape/dim.ts";
import { UniqueNames } from "./equation-path.ts";

export interface CarriedState {
  /** The path of the state, as `h.layer0.c`. */
  readonly name: string;
  /** The time along which it is carried. */
  readonly time: Dim;
  /** The node of its value before the first step. */
  readonly start: string;
  /** The node of its value where the next chunk begins. */
  readonly final: string;
}

export class Carried {
  /** The paths of all applications; each has its states below it. */
  readonly applications = new UniqueNames();
  readonly names = new UniqueNames();
  readonly states: CarriedState[] = [];
  #isWhole = false;
  readonly #delays = new Map<string, string>();

  /** The name under which the node `value` of `steps` ago is carried, and whether it is new: it may be read several times. */
  delay(value: string, steps: number, name: string): { readonly name: string; readonly isNew: boolean } {
    const key = `${value} ${steps}`;
    const known = this.#delays.get(key);
    if (known !== undefined) return { name: known, isNew: false };
    const own = this.names.claim(`${name}[t-${steps}]`);
    this.#delays.set(key, own);
    return { name: own, isNew: true };
  }

  /** Whether what is elaborated now reads whole sequences only. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Runs `elaborate` with states that begin at each sequence and are not handed on: those of a loss of whole sequences. */
  whole<T>(elaborate: () => T): T {
    const [outer, before] = [this.#isWhole, this.states.length];
    this.#isWhole = true;
    try {
      return elaborate();
    } finally {
      this.#isWhole = outer;
      this.states.length = before;
    }
  }
}
