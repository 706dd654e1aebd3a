// What must hold of the graphs of a random program: its gradient is right, passes and unrolling change nothing, a ragged batch gives
// what its examples give alone, and every target gives what the reference does.
import { expect } from "vitest";
import { lower, lowerVerified } from "../../src/compile.ts";
import { nameOfInput } from "../../src/graph/node.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import { symbolOf, type Sizes } from "../../src/shape/dim.ts";
import { timeOf, type Type } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { Target } from "../../src/targets/target.ts";
import { unrolling } from "../../src/targets/unrolling.ts";
import { expectClose } from "../ops/arrays.ts";
import { addCotangents, wrongGradients } from "../support/differences.ts";
import { expectResults } from "../support/float32.ts";
import { named, run, resultsOn, type Arrays } from "../support/run.ts";
import { differentiable, floatOutputs, FULL, LAYOUTS, programFrom, RAGGED, requestFor } from "../support/specs.ts";
import { example, LENGTHS, lengthsAlong, sizesFor, spoilt, STEPS, timesOf, valuesOf, withoutEmpty } from "./arrays.ts";
import type { RandomProgram } from "./model.ts";
import { PLAIN, type Style } from "./style.ts";

/** float64, and sums in another order. */
const EXACT = 1e-9;
/** float32, through some dozens of operations, some of which (a normalisation of what is nearly constant) lose digits. */
const FLOAT32 = 2e-3;

const reference = referenceTarget();

/** The model, whose states start as it says; then each cell by itself, whose first states are given. */
function programsOf(
  program: RandomProgram,
  style: Style,
  ragged: boolean,
): readonly { readonly program: Program; readonly text: string }[] {
  const options = ragged ? RAGGED : FULL;
  const texts = [program.text(style), ...program.cells.map((_, index) => program.text(style, index))];
  return texts.map((text, index) => ({
    text,
    program: programFrom(text, { ...options, states: index === 0 ? "initial" : "given" }),
  }));
}

/** What is differentiated: the loss of a model; all that a cell gives, its last states among it. */
function sourcesOf(program: Program): readonly string[] {
  return program.graph.outputs.has("loss") ? ["loss"] : floatOutputs(program);
}

function lengthsInputs(program: Program, sizes: Sizes): Arrays {
  const times = timesOf(program.inputs.map(({ type }) => type));
  const batch = sizes.get("B") ?? 1;
  return new Map(
    times.map((time) => {
      const longest = sizes.get(time) ?? STEPS;
      const lengths = lengthsAlong(time)
        .slice(0, batch)
        .map((length) => Math.min(length, longest));
      return [`length ${time}`, { shape: [batch], data: Float64Array.from(lengths) }];
    }),
  );
}

/** The symbolic gradient, all passes included, against differences of the program as it was elaborated. */
export function expectGradients(program: RandomProgram): void {
  for (const [, options] of LAYOUTS) {
    for (const each of programsOf(program, PLAIN, options.ragged)) {
      const outputs = sourcesOf(each.program);
      const graph = lowerVerified(each.program.graph, requestFor(each.program, outputs));
      // A difference across a corner is not the gradient: such a point is left for another.
      const attempt = (seed: number): readonly string[] => {
        const sizes = new Map([...sizesFor(each.program.graph, 3, () => STEPS), ...sizesFor(graph, 3, () => STEPS)]);
        const lengths = lengthsInputs(each.program, sizes);
        const inputs = new Map([
          ...valuesOf(each.program.graph, sizes, seed),
          ...valuesOf(graph, sizes, seed),
          ...lengths,
        ]);
        const point = { program: each.program, outputs, inputs, sizes };
        addCotangents(point, inputs);
        // One direction sees every element; more programs find more than further directions of each.
        return wrongGradients(point, run(graph, inputs, sizes), 1);
      };
      const first = attempt(0);
      const wrong =
        first.length === 0 ? [] : attempt(1).filter((line) => first.some((other) => nameIn(other) === nameIn(line)));
      expect(wrong.length === 0 ? "" : attempt(2).join("\n"), `gradient, ragged ${options.ragged}\n${each.text}`).toBe(
        "",
      );
    }
  }
}

function nameIn(line: string): string {
  return line.split(":")[0] ?? line;
}

/** Passes and unrolling change no value; in whatever order the equations stand. */
export async function expectSamePrograms(program: RandomProgram, other: Style): Promise<void> {
  for (const ragged of [false, true]) {
    const [plain, changed] = [programsOf(program, PLAIN, ragged), programsOf(program, other, ragged)];
    for (const [index, each] of plain.entries()) {
      const outputs = sourcesOf(each.program);
      const graph = lower(each.program.graph, requestFor(each.program, outputs));
      const sizes = new Map([...sizesFor(each.program.graph, 3, () => STEPS), ...sizesFor(graph, 3, () => STEPS)]);
      const inputs = new Map([
        ...valuesOf(each.program.graph, sizes, 0),
        ...valuesOf(graph, sizes, 0),
        ...lengthsInputs(each.program, sizes),
      ]);
      const expected = run(graph, inputs, sizes);
      const elaborated = run(each.program.graph, inputs, sizes);
      for (const [name, { data }] of elaborated)
        expectClose(named(expected, name).data, data, EXACT, `after all passes: ${name}\n${each.text}`);
      for (const choice of ["full", 3] as const) {
        const results = await resultsOn(unrolling(reference, choice), graph, inputs, sizes);
        for (const [name, { data }] of expected)
          expectClose(results.get(name)?.data ?? [], data, EXACT, `unrolled ${choice}: ${name}\n${each.text}`);
      }
      const reordered = changed[index] ?? expect.fail("a program is gone");
      const again = lowerVerified(reordered.program.graph, requestFor(reordered.program, outputs));
      // Where two times are one, the order decides which name it has; its steps and lengths are the same.
      const ownSizes = new Map([...sizes, ...sizesFor(again, 3, () => STEPS)]);
      const ownInputs = new Map([...inputs, ...lengthsInputs(reordered.program, ownSizes)]);
      const found = run(again, ownInputs, ownSizes);
      for (const [name, { data }] of expected)
        expectClose(named(found, name).data, data, EXACT, `in another order: ${name}\n${reordered.text}`);
    }
  }
}

const float32 = referenceTarget(Math.fround);
/** WGSL lets its `log`, which tfjs calls, be wrong by 2^-21 where the argument is between 0.5 and 2. */
export const wgsl = referenceTarget((value, op) => Math.fround(op === "log" ? value + 2 ** -21 : value));
/** The part of the tolerance that float32 may take in a program that targets are compared on. */
const SHARE = 0.1;

function isNear(got: Awaited<ReturnType<typeof resultsOn>>, expected: typeof got): boolean {
  return [...expected].every(([name, { data }]) => {
    const other = got.get(name)?.data;
    const values = Array.from(data);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    return values.every((value, index) => Math.abs(value - (other?.[index] ?? NaN)) <= SHARE * FLOAT32 * largest);
  });
}

/** A target against the reference: outputs and gradients. `arithmetic` is the reference with the target's own precision. */
export async function expectOn<T>(
  program: RandomProgram,
  target: Target<T>,
  layouts: readonly boolean[],
  arithmetic = float32,
): Promise<void> {
  for (const ragged of layouts) {
    const [model] = programsOf(program, PLAIN, ragged);
    if (model === undefined) continue;
    const graph = lower(model.program.graph, requestFor(model.program, ["loss"]));
    const sizes = sizesFor(graph, 3, () => STEPS);
    const inputs = new Map([...valuesOf(graph, sizes, 0), ...lengthsInputs(model.program, sizes)]);
    const expected = await resultsOn(reference, graph, inputs, sizes);
    const got = await resultsOn(target, graph, inputs, sizes);
    try {
      expectResults(got, expected, () => FLOAT32);
    } catch (problem) {
      // Where the precision alone, op by op, leads nearly as far off, no target that has no better one can be compared.
      const rounded = await resultsOn(arithmetic, graph, inputs, sizes);
      if (!isNear(rounded, expected)) continue;
      throw new Error(`${target.name}, ragged ${ragged}\n${model.text}`, { cause: problem });
    }
  }
}

/** A ragged batch, with NaN behind its examples' ends, gives what each example gives alone: values and gradients. */
export function expectAlone(program: RandomProgram): void {
  const text = program.text(PLAIN);
  const ragged = programFrom(text, { ...RAGGED, states: "initial" });
  const full = programFrom(text, { ...FULL, states: "initial" });
  const output = `value.${program.target.name.written}`;
  const together = lower(ragged.graph, requestFor(ragged, [output]));
  const alone = lower(full.graph, requestFor(full, [output]));
  const times = timesOf(ragged.inputs.map(({ type }) => type));
  const batch = LENGTHS.length;
  const sizes = sizesFor(together, batch, () => STEPS);
  const values = valuesOf(together, sizes, 0);
  const types = typesOf(together);
  const cotangent = `cotangent ${output}`;
  const clean = new Map(values);
  const { type } = ragged.graph.output(output);
  const given = values.get(cotangent);
  if (given !== undefined) clean.set(cotangent, withoutEmpty(spoilt(given, type, LENGTHS, 0), type));
  for (const { name, type: own, role } of ragged.inputs) {
    const value = values.get(name);
    const time = timeOf(own);
    if (value === undefined || time === undefined || role === "target") continue;
    const isFloat = own.dtype === "float";
    clean.set(name, spoilt(value, own, lengthsAlong(symbolOf(time) ?? ""), isFloat ? NaN : 0));
  }
  for (const time of times)
    clean.set(`length ${time}`, { shape: [batch], data: Float64Array.from(lengthsAlong(time)) });
  const results = run(together, clean, sizes);
  const sums = new Map<string, Float64Array>();
  for (const [b, steps] of LENGTHS.entries()) {
    const stepsAlong = (time: string): number => lengthsAlong(time)[b] ?? 0;
    const own = new Map(
      [...types].flatMap(([name, each]): [string, NdArray][] => {
        const value = values.get(name);
        const time = timeOf(each);
        return value === undefined
          ? []
          : [[name, example(value, each, b, time === undefined ? 0 : stepsAlong(symbolOf(time) ?? ""))]];
      }),
    );
    const found = steps === 0 ? null : run(alone, own, sizesFor(alone, 1, stepsAlong));
    compareExample(`example ${b} of ${steps} steps\n${text}`, {
      full,
      results,
      found,
      types,
      b,
      output,
      type,
      stepsAlong,
      sums,
    });
  }
  for (const { name } of ragged.parameters) {
    const sum = sums.get(name);
    if (sum !== undefined) expectClose(named(results, `grad.${name}`).data, sum, EXACT, `gradient by ${name}\n${text}`);
  }
}

function typesOf(graph: Program["graph"]): ReadonlyMap<string, Type> {
  return new Map(graph.inputs().map((node) => [nameOfInput(node), node.type]));
}

interface OneExample {
  readonly full: Program;
  readonly results: Arrays;
  /** Null of an example without steps, whose gradients must be 0. */
  readonly found: Arrays | null;
  readonly types: ReadonlyMap<string, Type>;
  readonly b: number;
  readonly output: string;
  readonly type: Type;
  readonly stepsAlong: (time: string) => number;
  /** Gradients by weights, added up over the examples. */
  readonly sums: Map<string, Float64Array>;
}

function compareExample(
  what: string,
  { full, results, found, types, b, output, type, stepsAlong, sums }: OneExample,
): void {
  const part = (name: string, each: Type): NdArray => {
    const time = timeOf(each);
    return example(named(results, name), each, b, time === undefined ? 0 : stepsAlong(symbolOf(time) ?? ""));
  };
  const got = part(output, type).data;
  if (found === null) expect(got.every(Number.isFinite), `${output}, ${what}`).toBe(true);
  else expectClose(got, named(found, output).data, EXACT, `${output}, ${what}`);
  const weights = new Set(full.parameters.map(({ name }) => name));
  for (const name of differentiable(full)) {
    const own = found === null ? null : named(found, `grad.${name}`).data;
    if (weights.has(name)) {
      if (own !== null)
        sums.set(
          name,
          (sums.get(name) ?? new Float64Array(own.length)).map((each, index) => each + (own[index] ?? NaN)),
        );
      continue;
    }
    const each = types.get(name);
    if (each === undefined || !results.has(`grad.${name}`)) continue;
    const gradient = part(`grad.${name}`, each).data;
    expectClose(gradient, own ?? gradient.map(() => 0), EXACT, `gradient by ${name}, ${what}`);
  }
}
