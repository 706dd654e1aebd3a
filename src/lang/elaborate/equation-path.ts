// Names of weights and states: the path of equations that leads to them, with numbers for what occurs twice.

/** A set of names that gives each name once: a name that is taken is numbered, as `enc.2`. */
export class UniqueNames {
  readonly #taken = new Set<string>();

  claim(name: string): string {
    let free = name;
    for (let n = 2; this.#taken.has(free); n++) free = `${name}.${n}`;
    this.#taken.add(free);
    return free;
  }
}

/** Where weights are declared: the beginning of their names, and their owner, which no two places share. */
export interface Home {
  readonly path: string;
  readonly owner: string;
}

export class EquationPath {
  /** `h` of a model, `h.layer0.f` inside a cell. */
  readonly path: string;
  #owner: string;
  readonly #counts = new Map<string, number>();
  #met = 0;
  #callDepth = 0;

  constructor({ path, owner }: Home) {
    this.path = path;
    this.#owner = owner;
  }

  /** The home of the next `linear`, `embed`, norm with weights or cell of this equation; the path of the second of its kind gets `.2`. */
  next(kind: "linear" | "embed" | "norm" | "cell"): Home {
    const inCall = this.#callDepth > 0 && kind !== "cell";
    const key = inCall ? `in:${kind}` : kind;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    const base = inCall ? `${this.path}.${kind}` : this.path;
    this.#met += 1;
    return { path: count === 1 ? base : `${base}.${count}`, owner: `${this.#owner}/${kind} ${this.#met}` };
  }

  /** Evaluates something that `owner` owns instead of the equation: a state's initial value. */
  ownedBy<T>(owner: string, evaluate: () => T): T {
    const [outer, met] = [this.#owner, this.#met];
    [this.#owner, this.#met] = [owner, 0];
    try {
      return evaluate();
    } finally {
      [this.#owner, this.#met] = [outer, met];
    }
  }

  /** Evaluates the arguments of a cell's application, where `linear` is named `d.linear`. */
  withinCall<T>(evaluate: () => T): T {
    this.#callDepth += 1;
    try {
      return evaluate();
    } finally {
      this.#callDepth -= 1;
    }
  }
}

/**
 * Names for the weights of `linear`'s arguments: `x`, `h`. A name that is taken is numbered (`x2`), and numbers skip names of other
 * arguments. An argument that is not a name is `arg` and its position. `b` is the bias.
 */
export function argumentNames(names: readonly (string | undefined)[]): readonly string[] {
  const given = new Set(names.filter((name) => name !== undefined));
  const used = new Set(["b"]);
  return names.map((name, index) => {
    const base = name ?? `arg${index + 1}`;
    let free = base;
    for (let n = 2; used.has(free) || (free !== base && given.has(free)); n++) free = `${base}${n}`;
    used.add(free);
    return free;
  });
}
