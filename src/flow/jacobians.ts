// The Jacobian of each step of a cell or model by the state before it. One backward pass of one step for many examples gives all of them:
// an example for each step and each element of the state.
import { Matrix } from "ml-matrix";
import { at, fail } from "../base/invariant.ts";
import { printInput } from "../graph/border.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { toBatchFirst } from "../library/arrays.ts";
import type { Compiled } from "../library/compiled.ts";
import { gatherBatch } from "../library/feed.ts";
import type { NumberArray } from "../library/given.ts";
import { carriedStates } from "../library/states.ts";
import type { Arrays, State } from "../library/types.ts";
import { countOf } from "../ops/nd.ts";
import type { HostArray } from "../targets/target.ts";
import { batchAxis, selectExamples, sliceSteps } from "../train/array-parts.ts";
import { isFed } from "../train/step-inputs.ts";

/** A state and its place in the whole state. */
export interface Place {
  readonly name: string;
  readonly from: number;
  readonly size: number;
}

export interface Jacobians {
  readonly states: readonly Place[];
  /**
   * For each example those of its steps, from the second on: row i, column j is the derivative of element i of the state after the step by
   * element j of the state before it.
   */
  readonly examples: readonly (readonly Matrix[])[];
}

/** The most examples of a backward pass. */
const MOST_EXAMPLES = 4096;

/** An input in the layout of the program: `[T, B, …]` if it comes with each step. */
interface Given {
  readonly input: ProgramInput;
  readonly array: HostArray;
}

interface Sequences {
  /** Inputs that come with each step. */
  readonly fed: readonly Given[];
  /** Inputs that are the same at every step. */
  readonly fixed: readonly Given[];
  readonly steps: number;
  readonly examples: number;
}

/** One example of the backward pass: an element of the state of an example after a step. */
interface Row {
  readonly step: number;
  readonly example: number;
  readonly element: number;
}

/** Rejects with a UserError as `start` and `gradients` do. */
export async function jacobiansOf<T>(model: Compiled<T>, arrays: Arrays): Promise<Jacobians> {
  const sequences = sequencesOf(model, arrays);
  const { steps, examples } = sequences;
  const before = await statesBefore(model, sequences);
  const states = placesOf(model, at(before, 0, "flow"));
  const size = states.reduce((sum, state) => sum + state.size, 0);
  const found: Matrix[][] = Array.from({ length: examples }, () => []);
  if (size === 0) return { states, examples: found };
  const stepsAtOnce = Math.max(1, Math.floor(MOST_EXAMPLES / (size * examples)));
  for (let from = 1; from < steps; from += stepsAtOnce) {
    const rows = rowsOf({ from, to: Math.min(steps, from + stepsAtOnce), examples, size });
    const { states: gradients } = await model.gradients(inputsFor(rows, sequences), {
      state: stateFor(rows, before),
      cotangents: Object.fromEntries(
        states.map((state) => [
          printInput({ kind: "state", path: state.name }),
          unitsFor(rows, state, at(before, 0, "flow")),
        ]),
      ),
    });
    for (let first = 0; first < rows.length; first += size) {
      const { example } = at(rows, first, "flow");
      at(found, example, "flow").push(matrixOf(gradients, states, { first, size }));
    }
  }
  return { states, examples: found };
}

function sequencesOf<T>(model: Compiled<T>, arrays: Arrays): Sequences {
  const { batch } = gatherBatch(model, arrays, { lengths: null, use: "run", allowNonFinite: false });
  const given = model.program.inputs.flatMap((input): Given[] => {
    const array = batch.arrays.get(input.name);
    return array === undefined ? [] : [{ input, array }];
  });
  const fed = given.filter(({ input }) => isFed(model.program, input));
  return {
    fed,
    fixed: given.filter(({ input }) => !isFed(model.program, input)),
    steps: Math.max(0, ...fed.map(({ array }) => at(array.shape, 0, "flow"))),
    examples: batch.sizes.get("B") ?? 1,
  };
}

/** The states after each step, which are those before the next. */
async function statesBefore<T>(
  model: Compiled<T>,
  { fed, fixed, steps, examples }: Sequences,
): Promise<readonly State[]> {
  const inputs = fixed.map(({ input, array }) => [input.name, toBatchFirst(array, input.type, false)]);
  const stream = model.start({ batch: examples, inputs: Object.fromEntries(inputs) });
  try {
    const found: State[] = [];
    for (let step = 0; step < steps; step++) {
      const parts = fed.map(({ input, array }): [string, NumberArray] => {
        const { shape, data } = sliceSteps(array, step, step + 1);
        return [input.name, { shape: shape.slice(1), data }];
      });
      await stream.stepLater(Object.fromEntries(parts));
      found.push(await stream.state());
    }
    return found;
  } finally {
    stream.dispose();
  }
}

/** States with numbers, one after the other. */
function placesOf<T>(model: Compiled<T>, state: State): readonly Place[] {
  let from = 0;
  return carriedStates(model).flatMap(({ shown: name, type }): Place[] => {
    const array = state[name];
    if (array === undefined || type.dtype === "int") return [];
    const size = countOf(array.shape.slice(1));
    from += size;
    return [{ name, from: from - size, size }];
  });
}

function rowsOf({
  from,
  to,
  examples,
  size,
}: {
  readonly from: number;
  readonly to: number;
  readonly examples: number;
  readonly size: number;
}): readonly Row[] {
  return Array.from({ length: to - from }, (_, index) =>
    Array.from({ length: examples }, (_unused, example) =>
      Array.from({ length: size }, (_each, element): Row => ({ step: from + index, example, element })),
    ),
  ).flat(2);
}

/** The inputs of each row's step, as batches of one step. */
function inputsFor(rows: readonly Row[], { fed, fixed }: Sequences): Arrays {
  const single = fed.map(({ input, array }): [string, NumberArray] => {
    const [, examples = 1, ...rest] = array.shape;
    const all = { ...array, shape: [(array.shape[0] ?? 0) * examples, ...rest] };
    const chosen = selectExamples(
      all,
      0,
      rows.map(({ step, example }) => step * examples + example),
    );
    return [input.name, { shape: [rows.length, 1, ...rest], data: chosen.data }];
  });
  const same = fixed.map(({ input, array }): [string, NumberArray] => {
    const axis = batchAxis(input.type.axes) ?? fail("flow", `${input.name} has no examples`);
    const chosen = selectExamples(
      array,
      axis,
      rows.map(({ example }) => example),
    );
    return [input.name, toBatchFirst(chosen, input.type, false)];
  });
  return Object.fromEntries([...single, ...same]);
}

function stateFor(rows: readonly Row[], before: readonly State[]): State {
  const names = Object.keys(at(before, 0, "flow"));
  return Object.fromEntries(
    names.map((name) => {
      const parts = rows.map(({ step, example }) => {
        const { shape, data } = at(before, step - 1, "flow")[name] ?? fail("flow", `no state ${name}`);
        const width = countOf(shape.slice(1));
        return { shape: shape.slice(1), data: data.subarray(example * width, (example + 1) * width) };
      });
      const { shape, data: first } = at(parts, 0, "flow");
      const data = new Float64Array(rows.length * first.length);
      parts.forEach((part, index) => data.set(part.data, index * first.length));
      return [name, { shape: [rows.length, ...shape], data }];
    }),
  );
}

/** 1 at each row's own element, and 0 elsewhere. */
function unitsFor(rows: readonly Row[], { name, from, size }: Place, like: State): NumberArray {
  const data = new Float64Array(rows.length * size);
  rows.forEach(({ element }, row) => {
    if (element >= from && element < from + size) data[row * size + element - from] = 1;
  });
  return { shape: [rows.length, ...(like[name]?.shape.slice(1) ?? [])], data };
}

function matrixOf(
  gradients: Readonly<Record<string, NumberArray>>,
  states: readonly Place[],
  { first, size }: { readonly first: number; readonly size: number },
): Matrix {
  const matrix = Matrix.zeros(size, size);
  for (const { name, from, size: own } of states) {
    const { data } = gradients[name] ?? fail("flow", `no gradient of ${name}`);
    for (let row = 0; row < size; row++)
      for (let column = 0; column < own; column++)
        matrix.set(row, from + column, data[(first + row) * own + column] ?? NaN);
  }
  return matrix;
}
