// How gradients travel through a cell or model: how much of a change of a state is left k steps later, what one step does to it, how long
// each memory lasts, and which gates are always open or closed.
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { at } from "../base/invariant.ts";
import { uniformAt } from "../base/random.ts";
import type { Expression } from "../lang/ast.ts";
import { shownQuantity } from "../lang/elaborate/outline.ts";
import { UserError } from "../base/diagnostic.ts";
import { Compiled } from "../library/compiled.ts";
import type { Arrays, CompiledModel } from "../library/types.ts";
import { matricesOf, type FlowMatrices } from "./matrices.ts";
import { median } from "./median.ts";
import { jacobiansOf, type Jacobians, type Place } from "./jacobians.ts";

/** A state `s` of n elements. */
export interface FlowState {
  readonly name: string;
  readonly size: number;
  /**
   * For k = 0, 1, …: the Frobenius norm of ∂s[t]/∂s[t-k], divided by √n, at the last step t. It is the gain of a random direction; 1 for
   * k = 0. The geometric mean of all examples.
   */
  readonly gains: readonly number[];
  /**
   * For each element, the number of steps after which half of a change of it is left in it: from the geometric mean of ∂s[t]/∂s[t-1] of the
   * element by itself. Infinite if a change does not decay.
   */
  readonly halfLives: readonly number[];
}

/** A gate is an equation whose value is a sigmoid. */
export interface FlowGate {
  readonly name: string;
  /** The share of its values below 0.1, over all steps, elements and examples. */
  readonly closed: number;
  /** The share above 0.9. */
  readonly open: number;
}

export interface Flow {
  readonly states: readonly FlowState[];
  /** Of the Jacobian of one step by the whole state before it: medians over steps and examples. */
  readonly step: {
    readonly largest: number;
    readonly smallest: number;
    /** The largest absolute value of an eigenvalue. */
    readonly radius: number;
  };
  /**
   * For k = 0, 1, …: the norm of a gradient of norm 1 at the last state, k steps further back; and the same where each element is kept
   * between -c and c at each step. Null if no c is given.
   */
  readonly clipped: { readonly plain: readonly number[]; readonly clipped: readonly number[] } | null;
  readonly gates: readonly FlowGate[];
  /** Null unless they are asked for. */
  readonly matrices: FlowMatrices | null;
}

export interface FlowOptions {
  /** The c of `clipped`, as in `clip state c`. Default: none. */
  readonly clip?: number;
  /** Whether the Jacobians themselves are returned. Default: no. */
  readonly matrices?: boolean;
}

const [CLOSED, OPEN] = [0.1, 0.9];
/** The decompositions of all steps may take about so many multiplications. */
const MOST_WORK = 2e8;
const MOST_STEPS = 16;
/** Larger states are represented by this many random directions. */
const MOST_ROWS = 64;
/** Eigenvalues of larger matrices take seconds. */
const MOST_EXACT = 200;
/** The number of steps after which a vector's growth is counted, and for which it is. */
const GROWTHS = 100;

/** Runs on `arrays`, as `model.run` takes them: sequences of at least two steps. Rejects with a UserError as `start` and `gradients` do. */
export async function flow(model: CompiledModel, arrays: Arrays, { clip, matrices }: FlowOptions = {}): Promise<Flow> {
  if (!(model instanceof Compiled)) throw new UserError("the first argument of `flow` is not a compiled cell or model");
  const jacobians = await jacobiansOf(model, arrays);
  if (jacobians.states.length === 0)
    throw new UserError(`\`${model.name}\` has no states, so no gradient goes through time`);
  if (jacobians.examples.some((steps) => steps.length === 0))
    throw new UserError("the sequences have one step: at least two are needed");
  return {
    states: jacobians.states.map((place) => stateOf(place, jacobians)),
    step: stepOf(jacobians),
    clipped: clip === undefined ? null : clippedBy(clip, jacobians),
    gates: await gatesOf(model, arrays),
    matrices: matrices === true ? matricesOf(jacobians) : null,
  };
}

function stateOf(place: Place, { examples }: Jacobians): FlowState {
  const gains = examples.map((steps) => gainsOf(steps, place));
  const most = Math.max(...gains.map((each) => each.length));
  return {
    name: place.name,
    size: place.size,
    gains: Array.from({ length: most }, (_, k) => geometricMean(gains.map((each) => each[k] ?? NaN))),
    halfLives: Array.from({ length: place.size }, (_, element) => {
      const index = place.from + element;
      return halfLife(geometricMean(examples.flat().map((matrix) => Math.abs(matrix.get(index, index)))));
    }),
  };
}

/** Products of Jacobians from the last step back. Of a large state, random combinations of its rows stand for all of them. */
function gainsOf(steps: readonly Matrix[], { from, size }: Place): readonly number[] {
  const last = from + size - 1;
  const width = steps[0]?.columns ?? size;
  const probes = size <= MOST_ROWS ? Matrix.eye(size) : signs(MOST_ROWS, size).div(Math.sqrt(MOST_ROWS));
  const gains = [1];
  let rows = Matrix.zeros(probes.rows, width);
  rows.setSubMatrix(probes, 0, from);
  for (const matrix of steps.toReversed()) {
    rows = rows.mmul(matrix);
    gains.push(rows.subMatrix(0, rows.rows - 1, from, last).norm("frobenius") / Math.sqrt(size));
  }
  return gains;
}

/** Random numbers of 1 and -1: for m such rows S, the Frobenius norm of S A is about √m times that of A. */
function signs(rows: number, columns: number): Matrix {
  const drawn = Array.from({ length: rows * columns }, (_, index) => (uniformAt(1, "signs", index) < 0.5 ? -1 : 1));
  return Matrix.from1DArray(rows, columns, drawn);
}

function halfLife(factor: number): number {
  if (factor >= 1) return Infinity;
  return factor === 0 ? 0 : Math.log(0.5) / Math.log(factor);
}

/** 0 if one number is 0. */
function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function stepOf({ examples }: Jacobians): Flow["step"] {
  const all = examples.flat();
  const size = at(all, 0, "flow").rows;
  const count = Math.max(1, Math.min(MOST_STEPS, all.length, Math.floor(MOST_WORK / (20 * size ** 3))));
  const chosen = Array.from({ length: count }, (_, index) =>
    at(all, Math.floor(((index + 0.5) * all.length) / count), "flow"),
  );
  const values = chosen.map((matrix) => {
    const { diagonal } = new SingularValueDecomposition(matrix, {
      computeLeftSingularVectors: false,
      computeRightSingularVectors: false,
    });
    return { largest: Math.max(...diagonal), smallest: Math.min(...diagonal), radius: radiusOf(matrix) };
  });
  const medianOf = (part: keyof Flow["step"]): number => median(values.map((each) => each[part]));
  return { largest: medianOf("largest"), smallest: medianOf("smallest"), radius: medianOf("radius") };
}

/** The largest absolute value of an eigenvalue. Of a large matrix, the mean growth of a vector that it is applied to many times. */
function radiusOf(matrix: Matrix): number {
  const { rows: size } = matrix;
  if (size <= MOST_EXACT) {
    const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(matrix);
    return Math.max(...realEigenvalues.map((real, index) => Math.hypot(real, imaginaryEigenvalues[index] ?? 0)));
  }
  let vector = signs(size, 1);
  const growths = Array.from({ length: 2 * GROWTHS }, () => {
    const next = matrix.mmul(vector);
    const growth = next.norm("frobenius") / vector.norm("frobenius");
    vector = next.div(growth === 0 ? 1 : next.norm("frobenius"));
    return growth;
  });
  return geometricMean(growths.slice(GROWTHS));
}

/** Of the first example. Each element of the gradient at the last state is 1/√n. */
function clippedBy(limit: number, { examples }: Jacobians): NonNullable<Flow["clipped"]> {
  const steps = at(examples, 0, "flow").toReversed();
  const size = at(steps, 0, "flow").rows;
  const start = Matrix.ones(1, size).mul(1 / Math.sqrt(size));
  const norms = (after: (gradient: Matrix) => Matrix): readonly number[] => {
    let gradient = start;
    return [
      1,
      ...steps.map((matrix) => {
        gradient = after(gradient.mmul(matrix));
        return gradient.norm("frobenius");
      }),
    ];
  };
  const kept = (value: number): number => Math.min(limit, Math.max(-limit, value));
  return {
    plain: norms((gradient) => gradient),
    clipped: norms((gradient) => new Matrix(gradient.to2DArray().map((row) => row.map(kept)))),
  };
}

async function gatesOf<T>(model: Compiled<T>, arrays: Arrays): Promise<readonly FlowGate[]> {
  const names = model.program.outline.flatMap((body) =>
    body.quantities.flatMap(({ kind, expression, names: own }) =>
      kind === "equation" && expression !== null && isGate(expression)
        ? own.map((name) => shownQuantity(body, name))
        : [],
    ),
  );
  if (names.length === 0) return [];
  const { values } = await model.trace(arrays, { show: names });
  return values.flatMap(({ name, array: { data } }): FlowGate[] =>
    names.includes(name)
      ? [{ name, closed: share(data, (value) => value < CLOSED), open: share(data, (value) => value > OPEN) }]
      : [],
  );
}

function isGate(expression: Expression): boolean {
  if (expression.kind === "pipe") return isGate(expression.right);
  if (expression.kind === "call") return isGate(expression.callee);
  return expression.kind === "name" && GATES.has(expression.name);
}

/** Functions with results between 0 and 1. */
const GATES: ReadonlySet<string> = new Set(["sigmoid", "σ", "hardsigmoid"]);

function share(data: ArrayLike<number>, isCounted: (value: number) => boolean): number {
  const numbers = Array.from(data);
  return numbers.filter(isCounted).length / numbers.length;
}
