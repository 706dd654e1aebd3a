// Works out the gradient of a model from the text that `recurra grad` prints, with what its comments say, one number after the other.
import { expect } from "vitest";
import { evaluate, linesIn, matrix, type Matrix, type Values } from "../tools/equations.ts";

export interface Given {
  /** By name: a matrix, or one for each step. */
  readonly values: ReadonlyMap<string, Matrix | readonly Matrix[]>;
  /** The number of steps by place: `x`. */
  readonly steps: ReadonlyMap<string, number>;
  /** The size of each state by name. */
  readonly sizeOf: (state: string) => number;
}

interface Equation {
  readonly target: string;
  readonly text: string;
  readonly place: string;
}

/** Names in which signs stand that are not letters: `last(h)`, `h[:]`, `h[t+1]`, `onehot(y)`, `size(T.x)`. */
const COMPOUND = /(?<![\p{L}\d_.])(?:last|first|sum|max|onehot|size)\([\p{L}\d_.]+\)|[\p{L}\d_.]+\[(?::|t[+-]1)\]/gu;

function plain(text: string): string {
  return text.replace(COMPOUND, (name) =>
    [...name].map((sign) => (/[\p{L}\d_.]/u.test(sign) ? sign : `_${sign.codePointAt(0)}_`)).join(""),
  );
}

function equationsIn(text: string, lone: string): readonly Equation[] {
  let place = lone;
  return text.split("\n").flatMap((line) => {
    place = /^# at each step of (.*)$/.exec(line)?.[1] ?? (line === "# once" ? "" : place);
    return linesIn(plain(line)).map(({ target, text: value }) => ({ target, text: value, place }));
  });
}

/** Of the whole loss of one example, summed over steps. `printed`: without `--through-time`. `lone`: the place, if no line names one. */
export class ByHand {
  readonly #forward: readonly Equation[];
  readonly #backward: readonly Equation[];
  readonly #starts: ReadonlyMap<string, readonly string[]>;
  readonly #given: Given;
  readonly #known = new Map<string, Matrix>();

  constructor(printed: string, given: Given, lone: string) {
    const [forward = "", backward = ""] = printed.split("\n\n");
    this.#forward = equationsIn(forward, lone);
    this.#backward = equationsIn(backward, lone);
    const starts = [...backward.matchAll(/^# (δ\S+) begins as (.*)$/gm)];
    this.#starts = new Map(starts.map(([, target = "", from = ""]) => [plain(target), from.split(" plus ")]));
    this.#given = given;
  }

  /** The gradient of a weight: the sum of all that its equations add. */
  weight(name: string): Matrix {
    return this.#total(this.#backward.filter(({ target }) => target === `δ${name}`));
  }

  /** What the use of a weight at each step of its place adds. */
  terms(name: string): readonly Matrix[] {
    const equations = this.#backward.filter(({ target }) => target === `δ${name}`);
    const [{ place } = expect.fail(name)] = equations;
    return this.#times(place).map((t) => added(equations.map(({ text }) => this.#evaluated(text, place, t))));
  }

  loss(): number {
    return this.#sum(
      this.#forward.filter(({ target }) => target === "L"),
      ({ place }, t) => this.#value("L", place, t),
    ).data.reduce((a, b) => a + b, 0);
  }

  #total(equations: readonly Equation[]): Matrix {
    return this.#sum(equations, ({ text, place }, t) => this.#evaluated(text, place, t));
  }

  #sum(equations: readonly Equation[], value: (equation: Equation, t: number) => Matrix): Matrix {
    return added(equations.flatMap((each) => this.#times(each.place).map((t) => value(each, t))));
  }

  #times(place: string): readonly number[] {
    if (place === "") return [0];
    return Array.from({ length: this.#given.steps.get(place) ?? expect.fail(`no steps of ${place}`) }, (_, t) => t);
  }

  #evaluated(text: string, place: string, t: number): Matrix {
    const find = (name: string): Matrix => this.#value(name, place, t);
    class Lazy extends Map<string, Matrix> {
      override get(name: string): Matrix {
        return find(name);
      }
      override has(): boolean {
        return true;
      }
    }
    const values: Values = new Lazy();
    return evaluate(text, values);
  }

  #value(name: string, place: string, t: number): Matrix {
    const key = `${name}|${place}|${t}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = name.startsWith("δ") ? this.#gradient(name, place, t) : this.#forwardValue(name, place, t);
    this.#known.set(key, found);
    return found;
  }

  #forwardValue(name: string, place: string, t: number): Matrix {
    const own = this.#forward.find((each) => each.target === name && each.place === place);
    if (own !== undefined) return this.#evaluated(own.text, place, t);
    const given = this.#given.values.get(name);
    if (given !== undefined) return "data" in given ? given : (given[t] ?? expect.fail(`${name} at ${t}`));
    const [, state, sign] = /^(.*)_91_t_(43|45)_1_93_$/.exec(name) ?? [];
    if (state !== undefined) {
      const at = sign === "45" ? t - 1 : t + 1;
      if (this.#times(place).includes(at)) return this.#value(state, place, at);
      const first = this.#forward.find(
        ({ target }) => target === `${state}0` || target === `${state.replace(/\.h$/, "")}.h0`,
      );
      return first === undefined ? zeros(this.#given.sizeOf(state)) : this.#value(first.target, first.place, 0);
    }
    const met = /^(last|first|sum|max)_40_(.*)_41_$/.exec(name);
    const source = met?.[2] ?? /^(.*)_91__58__93_$/.exec(name)?.[1];
    if (source !== undefined) return meet(met?.[1] ?? "all", this.#sequence(source));
    const elsewhere = this.#forward.find(({ target }) => target === name) ?? expect.fail(`no ${name}`);
    return this.#value(name, elsewhere.place, 0);
  }

  #sequence(name: string): readonly Matrix[] {
    const { place } = this.#forward.find(({ target }) => target === name) ?? expect.fail(`no ${name}`);
    return this.#times(place).map((t) => this.#value(name, place, t));
  }

  #gradient(name: string, place: string, t: number): Matrix {
    const bare = name.slice(1);
    const equations = this.#backward.filter(({ target }) => target === name);
    const here = equations.filter((each) => each.place === place);
    const arrived = (this.#starts.get(name) ?? []).flatMap((from) => this.#arrived(plain(from), bare, place, t) ?? []);
    const own = here.map(({ text }) => this.#evaluated(text, place, t));
    // A value that steps of another place read: all that they add.
    const others = equations.filter((each) => each.place !== place);
    const parts = [...arrived, ...own, ...(others.length === 0 ? [] : [this.#total(others)])];
    return parts.length === 0 ? zeros(this.#value(bare, place, t).rows) : added(parts);
  }

  #arrived(from: string, bare: string, place: string, t: number): Matrix | undefined {
    const steps = this.#times(place);
    const last = steps.length - 1;
    const [, name = "", how = ""] = /^(?:row t of )?(δ\S+)(.*)$/.exec(from) ?? [];
    if (from.startsWith("row t of")) {
      const whole = this.#value(name, "", 0);
      return matrix(whole.columns, 1, (row) => whole.data[t * whole.columns + row] ?? NaN);
    }
    const whole = (): Matrix => this.#value(name, "", 0);
    switch (how) {
      case "":
        return whole();
      case " at the last step":
        return t === last ? whole() : undefined;
      case " at the first step":
        return t === 0 ? whole() : undefined;
      case " where it is the maximum": {
        const all = this.#sequence(bare);
        const here = this.#value(bare, place, t).data;
        return matrix(here.length, 1, (row) =>
          all.every(({ data }) => (data[row] ?? NaN) <= (here[row] ?? NaN)) ? (whole().data[row] ?? NaN) : 0,
        );
      }
      case " of the next step":
        return t < last ? this.#value(name, place, t + 1) : undefined;
      case " of the step before":
        return t > 0 ? this.#value(name, place, t - 1) : undefined;
      case " of the first step": {
        const { place: there } = this.#backward.find(({ target }) => target === name) ?? expect.fail(name);
        return this.#value(name, there, 0);
      }
      default:
        return expect.fail(`not understood: ${from}`);
    }
  }
}

function zeros(rows: number): Matrix {
  return matrix(rows, 1, () => 0);
}

function added(parts: readonly Matrix[]): Matrix {
  const [first = expect.fail("nothing to add")] = parts;
  return {
    ...first,
    data: first.data.map((_, index) => parts.reduce((sum, { data }) => sum + (data[index] ?? NaN), 0)),
  };
}

function meet(how: string, steps: readonly Matrix[]): Matrix {
  const [first = expect.fail("no steps")] = steps;
  switch (how) {
    case "last":
      return steps.at(-1) ?? first;
    case "first":
      return first;
    case "sum":
      return added(steps);
    case "max":
      return matrix(first.rows, 1, (row) => Math.max(...steps.map(({ data }) => data[row] ?? NaN)));
    default:
      return matrix(steps.length, first.rows, (row, column) => steps[row]?.data[column] ?? NaN);
  }
}
