// What initial values read: memories, and inputs at their first step. These stand outside the scan of the body.
import type { NodeValue } from "./value.ts";

export class Outside {
  readonly #values = new Map<string, NodeValue>();
  /** Whether an initial value is being evaluated. */
  isHere = false;
  /** Whether that value has read the first step of an input. */
  tookFirst = false;
  #isOfFirst = false;

  bind(name: string, value: NodeValue): void {
    this.#values.set(name, value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** A memory, or an input whose first step is taken. Asked only while an initial value is being evaluated. */
  read(name: string, isInput: boolean): NodeValue | undefined {
    return this.#isOfFirst || !isInput ? this.#values.get(name) : undefined;
  }

  /** Evaluates an initial value. */
  evaluate<T>(evaluateHere: () => T): T {
    this.isHere = true;
    this.tookFirst = false;
    try {
      return evaluateHere();
    } finally {
      this.isHere = false;
    }
  }

  /** Evaluates that of which the first step is taken. */
  atFirstStep<T>(evaluateThere: () => T): T {
    const outer = this.#isOfFirst;
    this.#isOfFirst = true;
    this.tookFirst = true;
    try {
      return evaluateThere();
    } finally {
      this.#isOfFirst = outer;
    }
  }
}
