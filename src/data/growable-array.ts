// A list of numbers that grows, with 4 or 8 bytes for each number.

export class GrowableArray<A extends Int32Array | Float64Array> {
  readonly #allocate: (length: number) => A;
  #data: A;
  #length = 0;

  constructor(allocate: (length: number) => A) {
    this.#allocate = allocate;
    this.#data = allocate(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#data.length) this.#data = this.#copy(2 * this.#length);
    this.#data[this.#length] = value;
    this.#length += 1;
  }

  /** The numbers, without spare room. */
  finish(): A {
    return this.#copy(this.#length);
  }

  #copy(length: number): A {
    const copy = this.#allocate(length);
    copy.set(this.#data.subarray(0, this.#length));
    return copy;
  }
}

export function growableInts(): GrowableArray<Int32Array> {
  return new GrowableArray((length) => new Int32Array(length));
}

export function growableFloats(): GrowableArray<Float64Array> {
  return new GrowableArray((length) => new Float64Array(length));
}
