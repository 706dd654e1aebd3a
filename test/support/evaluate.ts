// A spec written in a test, run on the reference from values written by example: unequal lengths make a ragged batch.
import { expect } from "vitest";
import { lower } from "../../src/compile.ts";
import { nameOfInput } from "../../src/graph/node.ts";
import type { Options } from "../../src/lang/elaborate/options.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { countOf, stridesOf, type NdArray } from "../../src/ops/nd.ts";
import { symbolOf } from "../../src/shape/dim.ts";
import { countThinned, thinned } from "../../src/shape/thinned.ts";
import { shapeOf, type Type } from "../../src/shape/type.ts";
import { array, named, run, sizesOf, type Nested } from "./run.ts";
import { FULL, programFrom, RAGGED } from "./specs.ts";

export interface Given {
  /** For each input one value an example: a sequence is the list of its steps. */
  readonly inputs: Readonly<Record<string, readonly Nested[]>>;
  /** Weights by name; those that are not given are 0. */
  readonly params?: Readonly<Record<string, Nested>>;
  readonly sizes?: Readonly<Record<string, number>>;
  readonly options?: Options;
}

/** Every output by name: for each example its value, a sequence as long as the example is. */
export type Results = Readonly<Record<string, readonly Nested[]>>;

function isSequence(type: Type): boolean {
  return type.axes.some((axis) => axis.tag === "time");
}

function items(value: Nested): readonly Nested[] {
  return typeof value === "number" ? expect.fail(`${value} is no list`) : value;
}

/** `[B][T]…` as one array `[T, B, …]`, zeros behind the end of an example. */
function timeMajor(examples: readonly Nested[], shape: readonly number[]): NdArray {
  const [T = 0, B = 0, ...rest] = shape;
  const size = countOf(rest);
  const data = new Float64Array(countOf(shape));
  examples.forEach((example, b) =>
    items(example).forEach((step, t) => {
      expect(t, "no example is longer than the batch").toBeLessThan(T);
      data.set(array(step).data, (t * B + b) * size);
    }),
  );
  return { shape, data };
}

function nested(
  read: (index: readonly number[]) => number,
  shape: readonly number[],
  index: readonly number[] = [],
): Nested {
  const [size, ...rest] = shape;
  if (size === undefined) return read(index);
  return Array.from({ length: size }, (_, i) => nested(read, rest, [...index, i]));
}

/** One value for each example, cut to its length; a value without a batch is the same for all. */
function byExample(
  result: NdArray,
  type: Type,
  batch: number,
  lengthOf: (time: string, b: number) => number,
): readonly Nested[] {
  const strides = stridesOf(result.shape);
  const timeAt = type.axes.findIndex((axis) => axis.tag === "time");
  const batchAt = type.axes.findIndex((axis) => axis.tag === "batch");
  const own = result.shape.filter((_, axis) => axis !== timeAt && axis !== batchAt);
  return Array.from({ length: batch }, (_, b) => {
    const time = timeAt < 0 ? undefined : type.axes[timeAt];
    const steps = time === undefined ? [] : [lengthOf(symbolOf(time.size) ?? "", b)];
    return nested(
      (index) => {
        const position = type.axes.map((axis) =>
          axis.tag === "batch" ? b : axis.tag === "time" ? (index[0] ?? 0) : -1,
        );
        const plain = index.slice(steps.length);
        let next = 0;
        const offset = position.reduce(
          (sum, each, axis) => sum + (each < 0 ? (plain[next++] ?? 0) : each) * (strides[axis] ?? 0),
          0,
        );
        return result.data[offset] ?? NaN;
      },
      [...steps, ...own],
    );
  });
}

/** Runs the first definition of `text` as it is elaborated and after all passes, which must agree. */
export function evaluate(text: string, given: Given): Results {
  const lengths = Object.values(given.inputs).flatMap((examples) =>
    examples.flatMap((each) => (typeof each === "number" ? [] : [each.length])),
  );
  const isRagged = new Set(lengths).size > 1;
  const program = programFrom(text, given.options ?? { ...(isRagged ? RAGGED : FULL), states: "initial" });
  return evaluateProgram(program, given);
}

export function evaluateProgram(program: Program, given: Given): Results {
  const { graph } = program;
  const sizes = new Map(sizesOf(graph, given.sizes ?? {}));
  const timeLengths = new Map<string, readonly number[]>();
  const inputNames = Object.keys(given.inputs);
  const batch = Object.values(given.inputs)[0]?.length ?? 1;
  sizes.set("B", batch);
  const bind = (type: Type, shape: readonly number[]): void =>
    type.axes.forEach((axis, index) => {
      const name = symbolOf(axis.size);
      const size = shape[index];
      if (name !== undefined && name !== "B" && size !== undefined) sizes.set(name, size);
    });
  for (const input of program.inputs) {
    const examples =
      given.inputs[input.name] ?? expect.fail(`no values for \`${input.name}\` (given: ${inputNames.join()})`);
    const time = input.type.axes.find((axis) => axis.tag === "time");
    if (time === undefined) bind(input.type, array(examples).shape);
    else {
      const own = examples.map((each) => items(each).length);
      const longest = examples[own.indexOf(Math.max(...own))] ?? [];
      timeLengths.set(symbolOf(time.size) ?? "", own);
      bind(input.type, [Math.max(...own), batch, ...array(longest).shape.slice(1)]);
    }
  }
  for (const { name, type } of program.parameters) {
    const value = given.params?.[name];
    if (value !== undefined) bind(type, array(value).shape);
  }
  const unknown = Object.keys(given.params ?? {}).filter((name) =>
    program.parameters.every((each) => each.name !== name),
  );
  expect(unknown, `weights are ${program.parameters.map((each) => each.name).join(", ")}`).toEqual([]);
  const values = new Map(
    graph.inputs().map((node) => {
      const name = nameOfInput(node);
      const shape = shapeOf(node.type, sizes);
      return [name, valueOf(name, node.type, shape, given, timeLengths)] as const;
    }),
  );
  const results = run(graph, values, sizes);
  const optimised = run(lower(graph, null), values, sizes);
  const lengthOf = (time: string, b: number): number => {
    const parts = thinned(time);
    return parts === undefined
      ? (timeLengths.get(time)?.[b] ?? sizes.get(time) ?? 0)
      : countThinned(lengthOf(parts.of, b), parts.every);
  };
  const found: Record<string, readonly Nested[]> = {};
  for (const name of graph.outputs.keys()) {
    const result = named(results, name);
    // Rounding only: the passes reorder sums.
    named(optimised, name).data.forEach((value, index) =>
      expect(value, `${name} after all passes`).toBeCloseTo(result.data[index] ?? NaN, 9),
    );
    const { type } = graph.output(name);
    found[name] = byExample(result, type, batch, lengthOf);
  }
  return found;
}

function valueOf(
  name: string,
  type: Type,
  shape: readonly number[],
  given: Given,
  timeLengths: ReadonlyMap<string, readonly number[]>,
): NdArray {
  if (name.startsWith("length ")) {
    return { shape, data: Float64Array.from(timeLengths.get(name.slice(7)) ?? expect.fail(`no lengths for ${name}`)) };
  }
  const examples = given.inputs[name];
  if (examples !== undefined)
    return isSequence(type) ? timeMajor(examples, shape) : { shape, data: array(examples).data };
  const param = given.params?.[name];
  if (param !== undefined) {
    const value = array(param);
    expect(value.shape, `shape of ${name}`).toEqual(shape);
    return value;
  }
  return { shape, data: new Float64Array(countOf(shape)) };
}

/** Compares numbers of nested lists one by one, to 9 places after the point. */
export function expectNear(actual: Nested, expected: Nested, what = "value"): void {
  if (typeof expected === "number") {
    expect(actual, what).toBeCloseTo(expected, 9);
    return;
  }
  expect(items(actual).length, `${what}: length`).toBe(expected.length);
  expected.forEach((each, index) => expectNear(items(actual)[index] ?? NaN, each, `${what}[${index}]`));
}
