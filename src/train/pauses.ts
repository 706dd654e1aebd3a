// Work that awaits nothing but a target never leaves the queue of promises: until it ends, timers, signals of the process, events of a
// page and calls of `abort` would have to wait.

/** How long they may have to wait, in milliseconds. */
const MOST_WAIT = 20;

export class Pauses {
  readonly #signal: AbortSignal | undefined;
  #last = Date.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** To be awaited at each step. Throws the signal's reason where the work was aborted. */
  async next(): Promise<void> {
    if (Date.now() - this.#last >= MOST_WAIT) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#last = Date.now();
    }
    this.#signal?.throwIfAborted();
  }
}
