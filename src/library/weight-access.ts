// Who may use a model's weights, and when: changes come one after the other, reading beside other reading, and never both at once. All in
// the order in which they were asked for, so a call that is not awaited is as good as one that is.
import type { OnDemand } from "./on-demand.ts";

export class WeightAccess {
  /** Settles when the last change that was asked for is over; null where none is waiting or under way. */
  #change: Promise<void> | null = null;
  /** What was asked to read since. */
  readonly #reading = new Set<Promise<void>>();
  /** Settles when the code of a call is loaded, and the call has begun; null if none is being loaded. */
  #loading: Promise<void> | null = null;

  get isBusy(): boolean {
    return this.#loading !== null || this.#change !== null || this.#reading.size > 0;
  }

  /** Begins at once where no change is waiting. */
  read<R>(work: () => Promise<R>): Promise<R> {
    return this.#loading === null ? this.#read(work) : this.#loading.then(() => this.#read(work));
  }

  #read<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#change === null ? work() : this.#change.then(work);
    const over = settled(result, () => this.#reading.delete(over));
    this.#reading.add(over);
    return result;
  }

  /** Begins when all that was asked for before is over, whether it failed or not. */
  change<R>(work: () => Promise<R>): Promise<R> {
    return this.#loading === null ? this.#changeNow(work) : this.#loading.then(() => this.#changeNow(work));
  }

  #changeNow<R>(work: () => Promise<R>): Promise<R> {
    const isFree = this.#change === null && this.#reading.size === 0;
    const result = isFree ? work() : Promise.all([this.#change, ...this.#reading]).then(work);
    const over = settled(result, () => {
      if (this.#change === over) this.#change = null;
    });
    this.#change = over;
    this.#reading.clear();
    return result;
  }

  /**
   * Begins a call whose code is loaded on demand: at once if it is loaded. Otherwise what is asked for meanwhile comes after the call, so
   * that the order stays that of the calls. Rejects if the code cannot be loaded.
   */
  whenLoaded<C, R>(code: OnDemand<C>, call: (code: C) => Promise<R>): Promise<R> {
    if (this.#loading !== null) return this.#loading.then(() => this.whenLoaded(code, call));
    if (code.loaded !== null) return call(code.loaded);
    const found = code.load();
    this.#loading = settled(found, () => undefined);
    // The call begins in the first callback of this promise, and what waits for it begins in the callbacks after that.
    return this.#loading.then(() => {
      this.#loading = null;
      return code.loaded === null ? found.then(call) : call(code.loaded);
    });
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
