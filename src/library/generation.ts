// A promise of everything that is written, and an iterator over its pieces. The work starts at once, awaited or not, so that it keeps its
// place in the order of calls. Pieces are buffered, so a slow reader does not delay the work.
import type { BeamOptions, GenerateOptions, Generation, Piece, Results } from "./types.ts";

export interface Work {
  /** Called with each piece. */
  readonly emit: (piece: Piece) => void;
  /** Aborted when a reader leaves its loop before the end. */
  readonly left: AbortSignal;
}

/** Starts `work` at once. */
export function generation(work: (work: Work) => Promise<readonly Results[]>): Generation {
  const left = new AbortController();
  const pieces = new Pieces(() => left.abort(new DOMException("the loop over what is written was left", "AbortError")));
  const written = async (): Promise<readonly Results[]> => {
    try {
      const results = await work({ emit: (piece) => pieces.add(piece), left: left.signal });
      pieces.end(null);
      return results;
    } catch (problem) {
      pieces.end({ problem });
      throw problem;
    }
  };
  const promise = written();
  const iterator = (): AsyncIterableIterator<Piece> => {
    // The reader gets the error from the iterator, so the promise may stay without a handler.
    promise.catch(() => {});
    return pieces.read();
  };
  return Object.assign(promise, { [Symbol.asyncIterator]: iterator });
}

/** Whether options select beam search. Options that cannot be read do not; they are refused later. */
export function isSearch(options: GenerateOptions | BeamOptions): options is BeamOptions {
  try {
    return Reflect.get(Object(options), "beam") !== undefined;
  } catch {
    return false;
  }
}

/** The pieces so far. Each reader starts with the first one. */
class Pieces {
  readonly #written: Piece[] = [];
  readonly #onLeave: () => void;
  #waiting: (() => void)[] = [];
  #end: { readonly failure: { readonly problem: unknown } | null } | null = null;

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  add(piece: Piece): void {
    this.#written.push(piece);
    this.#wake();
  }

  end(failure: { readonly problem: unknown } | null): void {
    this.#end = { failure };
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    waiting.forEach((resolve) => resolve());
  }

  async *read(): AsyncGenerator<Piece, void, undefined> {
    try {
      for (let next = 0; ; next++) {
        while (next === this.#written.length && this.#end === null)
          await new Promise<void>((resolve) => this.#waiting.push(resolve));
        const piece = this.#written[next];
        if (piece === undefined) break;
        yield piece;
      }
      const failure = this.#end?.failure;
      if (failure !== undefined && failure !== null) throw failure.problem;
    } finally {
      if (this.#end === null) this.#onLeave();
    }
  }
}
