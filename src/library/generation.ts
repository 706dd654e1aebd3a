// A promise of all that is written, and an iterator over its pieces as they are written. The work begins at once, so that it has its turn
// among the other calls of a model whether it is awaited, iterated, or neither. A slow reader does not hold it up: pieces wait for readers.
import type { Generation, Piece, Results } from "./types.ts";

export interface Work {
  /** To be called with each piece. */
  readonly emit: (piece: Piece) => void;
  /** Aborted where a reader leaves before the end. */
  readonly left: AbortSignal;
}

/** Begins `work` at once. */
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
    // A reader gets what went wrong from the pieces: that nothing awaits the promise is then no mistake.
    promise.catch(() => {});
    return pieces.read();
  };
  return Object.assign(promise, { [Symbol.asyncIterator]: iterator });
}

/** What was written so far. Each reader reads it from the beginning. */
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
