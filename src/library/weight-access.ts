// Orders the calls that use a model's weights, as a read-write lock: reads may overlap, changes are exclusive. Calls take effect in the
// order in which they are made, awaited or not.

export class WeightAccess {
  /** Resolves when the last requested change is over; null if no change is waiting or running. */
  #change: Promise<void> | null = null;
  /** The reads since that change. */
  readonly #reading = new Set<Promise<void>>();

  get isBusy(): boolean {
    return this.#change !== null || this.#reading.size > 0;
  }

  /** Starts `work` after the last requested change. */
  read<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#change === null ? work() : this.#change.then(work);
    const over = settled(result, () => this.#reading.delete(over));
    this.#reading.add(over);
    return result;
  }

  /** Starts `work` when all earlier calls are over, whether they failed or not. */
  change<R>(work: () => Promise<R>): Promise<R> {
    const result = this.isBusy ? Promise.all([this.#change, ...this.#reading]).then(work) : work();
    const over = settled(result, () => {
      if (this.#change === over) this.#change = null;
    });
    this.#change = over;
    this.#reading.clear();
    return result;
  }

  /** Runs `work`, which frees memory, when no call uses that memory any more. */
  free(work: () => void): void {
    if (!this.isBusy) work();
    else void this.change(async () => work());
  }
}

/** Never rejects. `then` runs before callers that await the result continue. */
function settled(result: Promise<unknown>, then: () => void): Promise<void> {
  return result.then(then, then);
}
