// Code that is loaded by the first call that needs it, so that the library's entry stays small.

export class OnDemand<C> {
  readonly #import: () => Promise<C>;
  #loading: Promise<C> | null = null;
  #loaded: C | null = null;

  constructor(load: () => Promise<C>) {
    this.#import = load;
  }

  /** The code, or null until it is loaded. */
  get loaded(): C | null {
    return this.#loaded;
  }

  /** Loads the code once. A failure is not kept: the next call tries again. */
  load(): Promise<C> {
    this.#loading ??= this.#import().then(
      (code) => (this.#loaded = code),
      (problem: unknown) => {
        this.#loading = null;
        throw problem;
      },
    );
    return this.#loading;
  }
}
