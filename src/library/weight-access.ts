// Orders the calls that use a model's weights, as a read-write lock: reads may overlap, changes are exclusive. Calls take effect in the
// order in which they are made, awaited or not.
import type { OnDemand } from "./on-demand.ts";

export class WeightAccess {
  /** Resolves when the last requested change is over; null if no change is waiting or running. */
  #change: Promise<void> | null = null;
  /** The reads since that change. */
  readonly #reading = new Set<Promise<void>>();
  /** Resolves when the code of a call is loaded and the call has started; null if no code is being loaded. */
  #loading: Promise<void> | null = null;

  get isBusy(): boolean {
    return this.#loading !== null || this.#change !== null || this.#reading.size > 0;
  }

  /** Starts `work` after the last requested change. */
  read<R>(work: () => Promise<R>): Promise<R> {
    return this.#loading === null ? this.#read(work) : this.#loading.then(() => this.#read(work));
  }

  #read<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#change === null ? work() : this.#change.then(work);
    const over = waitFor(result, () => this.#reading.delete(over));
    this.#reading.add(over);
    return result;
  }

  /** Starts `work` when all earlier calls are over, whether they failed or not. */
  change<R>(work: () => Promise<R>): Promise<R> {
    return this.#loading === null ? this.#changeNow(work) : this.#loading.then(() => this.#changeNow(work));
  }

  #changeNow<R>(work: () => Promise<R>): Promise<R> {
    const isFree = this.#change === null && this.#reading.size === 0;
    const result = isFree ? work() : Promise.all([this.#change, ...this.#reading]).then(work);
    const over = waitFor(result, () => {
      if (this.#change === over) this.#change = null;
    });
    this.#change = over;
    this.#reading.clear();
    return result;
  }

  /**
   * Starts a call whose code is loaded on demand: at once if it is loaded. Otherwise later calls wait for this one, so that calls take
   * effect in their order. Rejects if the code cannot be loaded.
   */
  whenLoaded<C, R>(code: OnDemand<C>, call: (code: C) => Promise<R>): Promise<R> {
    if (this.#loading !== null) return this.#loading.then(() => this.whenLoaded(code, call));
    if (code.loaded !== null) return call(code.loaded);
    const found = code.load();
    this.#loading = waitFor(found, () => undefined);
    // The call starts in the first callback of this promise; later calls start in the callbacks after it.
    return this.#loading.then(() => {
      this.#loading = null;
      return code.loaded === null ? found.then(call) : call(code.loaded);
    });
  }

  /** Runs `work`, which frees memory, when no call uses that memory any more. */
  free(work: () => void): void {
    if (!this.isBusy) work();
    else void this.change(async () => work());
  }
}

/** Never rejects. `then` runs before callers that await the result continue. */
function waitFor(result: Promise<unknown>, then: () => void): Promise<void> {
  return result.then(then, then);
}
