// Functions that generated C calls and `math.h` does not have. A file defines only those that it calls: compilers warn of others.

const SOURCES = {
  /** NaN where an operand is NaN, unlike `fminf`. */
  lesser: "float NAME(float a, float b) { return a < b || a != a ? a : b; }",
  greater: "float NAME(float a, float b) { return a > b || a != a ? a : b; }",
  modulo: "float NAME(float a, float b) { return a - b * floorf(a / b); }",
  sigmoid: `float NAME(float x) {
const float e = expf(-fabsf(x));
return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}`,
  sign: "float NAME(float x) { return x != x ? x : (float)((x > 0.0f) - (x < 0.0f)); }",
  /** Conversion of a number outside of the range of an integer is undefined in C. */
  to_int: `int32_t NAME(float x) {
if (x != x) return 0;
if (x >= 2147483648.0f) return INT32_MAX;
return x < -2147483648.0f ? INT32_MIN : (int32_t)x;
}`,
} as const;

export type OwnFunction = keyof typeof SOURCES;

/** The functions that were used, under names with a prefix. */
export class OwnFunctions {
  readonly #prefix: string;
  readonly #used = new Set<OwnFunction>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  readonly nameOf = (name: OwnFunction): string => {
    this.#used.add(name);
    return this.#named(name);
  };

  /** Their definitions, in an order that does not depend on that of the calls. */
  get definitions(): readonly string[] {
    return [...this.#used].sort().map((name) => `static ${SOURCES[name].replace("NAME", this.#named(name))}`);
  }

  #named(name: OwnFunction): string {
    return `${this.#prefix}_${name}`;
  }
}
