// Random nestings of cells, `linear`, `embed`, stacks, directions and named wirings, whose names are chosen so that those of weights meet;
// each with the number of weights that it declares, counted from the text alone.
import { uniform } from "../ops/arrays.ts";

export interface Nesting {
  readonly text: string;
  readonly weights: number;
}

/** What names of weights end in, and what the compiler puts into them. All values are `[2]`. */
const NAMES = "b b2 x2 arg1 arg2 linear embed layer0 layer1 forward backward initial table cell y2 h2 minimize f".split(
  " ",
);

interface Part {
  readonly code: string;
  readonly weights: number;
}

class Draw {
  readonly #seed: number;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  below(n: number): number {
    this.#count += 1;
    return Math.min(n - 1, Math.floor(uniform(this.#seed, this.#count) * n));
  }

  of<T>(first: T, ...rest: readonly T[]): T {
    const index = this.below(rest.length + 1);
    return rest[index - 1] ?? first;
  }

  some(names: readonly string[], most: number): readonly string[] {
    const count = this.below(most + 1);
    return Array.from({ length: count }, () => names[this.below(names.length)] ?? "f").filter(
      (name, index, all) => all.indexOf(name) === index,
    );
  }
}

interface Place {
  readonly draw: Draw;
  /** Values that can be read, delayed ones among them. */
  readonly values: readonly string[];
  readonly cells: readonly Part[];
  /** Wirings of a model that have names: the weights of each are counted where it is defined. */
  readonly wirings: readonly string[];
  readonly isModel: boolean;
}

function expression(place: Place, depth: number): Part {
  const { draw, values, cells, wirings, isModel } = place;
  const value = (): Part => ({ code: values[draw.below(values.length)] ?? "x", weights: 0 });
  if (depth === 0) return value();
  const inner = (): Part => expression(place, depth - 1);
  const applied = (wiring: string, weights: number): Part => {
    const argument = inner();
    const isPipe = draw.below(3) === 0;
    return {
      code: isPipe ? `(${argument.code} |> ${wiring})` : `${wiring}(${argument.code})`,
      weights: weights + argument.weights,
    };
  };
  const kind = draw.below(isModel ? 8 : 5);
  const cell = cells[draw.below(cells.length)];
  if (kind === 0) return { code: "embed(k, 2)", weights: 1 };
  if (kind === 1 || cell === undefined) return linear(draw, [inner(), ...(draw.below(2) === 0 ? [inner()] : [])]);
  if (kind === 2) {
    const [a, b] = [inner(), inner()];
    return { code: `(${a.code} + ${b.code})`, weights: a.weights + b.weights };
  }
  const called = `${cell.code}()`;
  if (kind <= 4) return applied(called, cell.weights);
  if (kind === 5) return applied(`stack(${called}, 3, shared = true)`, cell.weights);
  if (kind === 6) {
    const [wiring] = draw.of(wirings, []);
    return wiring === undefined ? applied(`stack(${called}, 2)`, 2 * cell.weights) : applied(wiring, 0);
  }
  return linear(draw, [applied(`bidirectional(${called})`, 2 * cell.weights)]);
}

function linear(draw: Draw, parts: readonly Part[]): Part {
  const hasBias = draw.below(3) > 0;
  const own = parts.length + (hasBias ? 1 : 0);
  return {
    code: `linear(${[...parts.map(({ code }) => code), "out = 2", ...(hasBias ? [] : ["bias = false"])].join(", ")})`,
    weights: parts.reduce((sum, { weights }) => sum + weights, own),
  };
}

function equations(
  place: Place,
  names: readonly string[],
): { readonly lines: readonly string[]; readonly weights: number } {
  const made = names.map((name, index) => {
    const part = expression({ ...place, values: [...place.values, ...names.slice(0, index)] }, 2);
    return { line: `  ${name} = ${part.code}`, weights: part.weights };
  });
  return { lines: made.map(({ line }) => line), weights: made.reduce((sum, { weights }) => sum + weights, 0) };
}

function cellOf(draw: Draw, name: string, cells: readonly Part[]): { readonly text: string; readonly part: Part } {
  const params = draw.some(NAMES, 3);
  const names = draw.some(NAMES, 3).filter((each) => !params.includes(each));
  const isLearned = draw.below(2) === 0;
  const values = ["x", "h[t-1]", "x[t-2]", "2 * x", ...params];
  const body = equations({ draw, values, cells, wirings: [], isModel: false }, names);
  const text = [
    `cell ${name} {`,
    "  input x: [2]",
    `  state h: [2]${isLearned ? " = param" : ""}`,
    ...params.map((param) => `  param ${param}: [2]`),
    ...body.lines.map((line) => line.replaceAll("embed(k, 2)", "linear(x, out = 2, bias = false)")),
    `  h = ${["h[t-1]", "x", ...params, ...names].join(" + ")}`,
    "}",
  ].join("\n");
  return { text, part: { code: name, weights: body.weights + params.length + (isLearned ? 1 : 0) } };
}

export function nesting(seed: number): Nesting {
  const draw = new Draw(seed);
  const cells: Part[] = [];
  const texts: string[] = [];
  for (let index = 0; index < 3; index++) {
    const { text, part } = cellOf(draw, `C${index}`, cells);
    cells.push(part);
    texts.push(text);
  }
  const enc = cells[draw.below(cells.length)] ?? { code: "C0", weights: 0 };
  const place: Place = { draw, values: ["x", "x[t-1]", "2 * x"], cells, wirings: ["enc"], isModel: true };
  const names = draw.some(NAMES, 4);
  const body = equations(place, names);
  const all = { ...place, values: [...place.values, ...names] };
  const ends = [0, 1, 2, 3].map(() => expression(all, 2));
  const [p, q, r, s] = ends.map(({ code }) => code);
  const model = [
    "model M {",
    "  input x: seq [2]",
    "  input k: seq token[5]",
    "  target y: seq [2]",
    `  enc = ${enc.code}()`,
    `  used = enc(x)`,
    ...body.lines,
    `  predict y from used + ${["x", ...names].join(" + ")} + ${p ?? "x"}`,
    `  predict y from x + ${q ?? "x"}`,
    `  minimize mean(mean(${r ?? "x"}), axis = 0)`,
    `  minimize mean(mean(${s ?? "x"}), axis = 0)`,
    "}",
  ].join("\n");
  const weights = ends.reduce((sum, each) => sum + each.weights, body.weights + enc.weights);
  return { text: [model, ...texts].join("\n"), weights };
}
