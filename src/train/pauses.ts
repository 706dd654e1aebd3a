// Work that only awaits a target never leaves the microtask queue. Without pauses, timers, signals of the process, events of a page and
// calls of `abort` would wait until it ends.

/** The longest time between pauses, in milliseconds. */
const MAX_WAIT = 20;

export class Pauses {
  readonly #signal: AbortSignal | undefined;
  #last = Date.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Await this at each step. Throws the signal's reason if the work was aborted. */
  async next(): Promise<void> {
    if (Date.now() - this.#last >= MAX_WAIT) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#last = Date.now();
    }
    this.#signal?.throwIfAborted();
  }
}
