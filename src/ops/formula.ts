// The value of a formula of constants, in float64. A formula is a list of ops of the table, each on results before it.
import { UserError } from "../base/diagnostic.ts";
import { at, fail, lookup } from "../base/invariant.ts";
import { exponentialOf, inverseOf } from "../base/matrix-functions.ts";
import { printAttributes, readAttributes } from "../graph/attributes.ts";
import type { Graph } from "../graph/graph.ts";
import type { Sizes } from "../shape/dim.ts";
import { parseType, printType } from "../shape/type.ts";
import type { Form } from "./attribute-forms.ts";
import { runContext } from "./concrete.ts";
import type { NdArray } from "./nd.ts";
import { isRow, rowOf } from "./table.ts";

const STAGE = "formula";

/** What is done with the value of a formula. */
export type MatrixFunction = "itself" | "inverse" | "expm";

/** One op, the places of its operands among the steps, its attributes and its type as text. The last step is the value. */
export type FormulaStep = readonly [op: string, operands: readonly number[], attributes: string, type: string];

export const FORMULA_STEPS: Form<readonly FormulaStep[]> = {
  name: "a list of steps",
  fits: (value): value is readonly FormulaStep[] =>
    Array.isArray(value) && value.every((step) => Array.isArray(step) && step.length === 4 && isRow(String(step[0]))),
};

/** The name of size `index` in the steps of a formula. */
export function sizeOfFormula(index: number): string {
  return `d${index}`;
}

/** The steps of a graph without inputs, whose nodes are in the order in which they are computed. */
export function stepsOf(graph: Graph): readonly FormulaStep[] {
  const nodes = graph.all();
  const places = new Map(nodes.map(({ id }, index) => [id, index]));
  return nodes.map(({ op, operands, attributes, type }) => [
    op,
    operands.map((id) => lookup(places, id, STAGE)),
    printAttributes(attributes),
    printType(type),
  ]);
}

const known = new Map<string, NdArray>();
const MOST_KNOWN = 64;

/** `sizes`: those of the formula, in order. Throws a `UserError` if the value has no inverse. */
export function valueOfFormula(
  steps: readonly FormulaStep[],
  apply: MatrixFunction,
  sizes: readonly number[],
): NdArray {
  const key = `${apply} ${sizes.join()} ${JSON.stringify(steps)}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = applied(apply, evaluated(steps, new Map(sizes.map((size, index) => [sizeOfFormula(index), size]))));
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, value);
  return value;
}

function evaluated(steps: readonly FormulaStep[], sizes: Sizes): NdArray {
  const types = steps.map(([, , , type]) => parseType(type));
  const values: NdArray[] = [];
  steps.forEach(([op, operands, attributes], index) => {
    if (!isRow(op)) return fail(STAGE, `no op ${op}`);
    const node = { id: `${index}`, op, operands: [], attributes: readAttributes(attributes), region: null };
    const own = operands.map((place) => at(types, place, STAGE));
    const context = runContext({ ...node, type: at(types, index, STAGE) }, own, sizes);
    values.push(
      rowOf(op).evaluate(
        operands.map((place) => at(values, place, STAGE)),
        context,
      ),
    );
  });
  return at(values, -1, STAGE);
}

function applied(apply: MatrixFunction, { shape, data }: NdArray): NdArray {
  if (apply === "itself") return { shape, data };
  const n = at(shape, -1, STAGE);
  const result = apply === "expm" ? exponentialOf(data, n) : inverseOf(data, n);
  if (result === undefined) throw new UserError("this matrix has no inverse: its rows depend on each other");
  if (result.every(Number.isFinite)) return { shape, data: result };
  throw new UserError(`the ${apply === "expm" ? "exponential" : "inverse"} of this matrix is not finite`);
}
