// Who may use a model's weights, and when: changes come one after the other, reading beside other reading, and never both at once. All in
// the order in which they were asked for, so a call that is not awaited is as good as one that is.

export class WeightAccess {
  /** Settles when the last change that was asked for is over; null where none is waiting or under way. */
  #change: Promise<void> | null = null;
  /** What was asked to read since. */
  readonly #reading = new Set<Promise<void>>();

  get isBusy(): boolean {
    return this.#change !== null || this.#reading.size > 0;
  }

  /** Begins at once where no change is waiting. */
  read<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#change === null ? work() : this.#change.then(work);
    const over = settled(result, () => this.#reading.delete(over));
    this.#reading.add(over);
    return result;
  }

  /** Begins when all that was asked for before is over, whether it failed or not. */
  change<R>(work: () => Promise<R>): Promise<R> {
    const result = this.isBusy ? Promise.all([this.#change, ...this.#reading]).then(work) : work();
    const over = settled(result, () => {
      if (this.#change === over) this.#change = null;
    });
    this.#change = over;
    this.#reading.clear();
    return result;
  }

  /** Does at once what frees memory, or when nobody uses it any more. */
  free(work: () => void): void {
    if (!this.isBusy) work();
    else void this.change(async () => work());
  }
}

/** Never rejects. `then` is done before anybody who waits for the result goes on. */
function settled(result: Promise<unknown>, then: () => void): Promise<void> {
  return result.then(then, then);
}
