// One loop over the op table: shapes, gradients against central differences, targets against the reference.
import { describe, expect, test } from "vitest";
import type { Graph } from "../src/graph/graph.ts";
import { countOf, type NdArray } from "../src/ops/nd.ts";
import type { OpRow } from "../src/ops/row.ts";
import { ROWS } from "../src/ops/table.ts";
import { parseType, shapeOf } from "../src/shape/type.ts";
import { referenceTarget } from "../src/targets/reference/target.ts";
import type { Target } from "../src/targets/target.ts";
import { tfjsTarget } from "../src/targets/tfjs/target.ts";
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { drawn, expectClose } from "./ops/arrays.ts";
import { CASES, POINTWISE_OPERANDS, SIZES, type Case } from "./ops/cases.ts";
import { forwardGraph, gradientGraph, operandName, reasonOf, ruleOf } from "./ops/gradient.ts";
import { HAS_WEBGPU } from "./support/swiftshader.ts";
import { HAS_TENSORFLOW } from "./support/tensorflow.ts";
import { rangesFor, type Range } from "./ops/pointwise-cases.ts";

/** Truncation of central differences with h = 1e-5 is about 1e-10, rounding 1e-11 of the sum; the points keep off kinks. */
const GRADIENT_TOLERANCE = 1e-6;
/** float32 against float64 over at most some dozen operations: DESIGN.md section 5. */
const FORWARD_TOLERANCE = 1e-5;
const TARGET_GRADIENT_TOLERANCE = 1e-4;
const STEP = 1e-5;

const reference = referenceTarget();
/** Where WebGPU or TensorFlow is missing, test/gpu counts what is skipped. */
const BACKENDS = [
  "wasm",
  "cpu",
  ...(HAS_WEBGPU ? (["webgpu"] as const) : []),
  ...(HAS_TENSORFLOW ? (["tensorflow"] as const) : []),
] as const;
const targets = [runner(await wasmTarget())];
for (const backend of BACKENDS) targets.push(runner(await tfjsTarget(backend)));

function casesOf(row: OpRow): readonly Case[] {
  const own = CASES.get(row.name) ?? [];
  if (row.formula === undefined || row.arity === null) return own;
  const operands = POINTWISE_OPERANDS[row.arity] ?? [];
  return [...own, ...operands.map((types) => ({ title: types.join(" "), operands: types }))];
}

function operandsOf(row: OpRow, one: Case): readonly NdArray[] {
  const ranges: readonly Range[] =
    row.formula === undefined || row.arity === null ? [] : rangesFor(row.name, row.formula, row.arity);
  return one.operands.map((type, index) => {
    const shape = shapeOf(parseType(type), SIZES);
    const values = one.values?.[index];
    if (values === undefined) return drawn(shape, index, ...(ranges[index] ?? [-1.5, 1.5]));
    expect(values.length, `values of operand ${index}`).toBe(countOf(shape));
    return { shape, data: Float64Array.from(values) };
  });
}

type Arrays = ReadonlyMap<string, NdArray>;

function named(operands: readonly NdArray[]): Arrays {
  return new Map(operands.map((operand, index) => [operandName(index), operand]));
}

function runReference(graph: Graph, inputs: Arrays): Arrays {
  return reference.compile(graph).run(inputs, SIZES);
}

function runner<T>(target: Target<T>) {
  return { name: target.name, run: (graph: Graph, inputs: Arrays) => runOn(target, graph, inputs) };
}

/** Runs on any target from arrays of the reference, and releases everything. */
async function runOn<T>(target: Target<T>, graph: Graph, inputs: Arrays): Promise<Map<string, readonly number[]>> {
  const nodes = graph.region(null).filter((node) => node.op === "input");
  const given = nodes.map((node): [string, T] => {
    const name = String(node.attributes["name"]);
    const array = inputs.get(name) ?? expect.fail(`no input ${name}`);
    return [name, target.upload({ dtype: node.type.dtype, shape: array.shape, data: array.data })];
  });
  const results = target.compile(graph).run(new Map(given), SIZES);
  const downloaded = new Map<string, readonly number[]>();
  for (const [name, tensor] of results) {
    const { data, shape } = await target.download(tensor);
    expect(shape, `shape of ${name} on ${target.name}`).toEqual(shapeOf(graph.output(name).type, SIZES));
    downloaded.set(name, Array.from(data));
    target.dispose(tensor);
  }
  given.forEach(([, tensor]) => target.dispose(tensor));
  return downloaded;
}

function output(results: Arrays, name: string): NdArray {
  return results.get(name) ?? expect.fail(`no output ${name}`);
}

/** d(sum(op(x) · w))/dx of one operand, by central differences. */
function differences(graph: Graph, operands: readonly NdArray[], index: number, weights: NdArray): Float64Array {
  const run = reference.compile(graph);
  const operand = operands[index] ?? expect.fail(`no operand ${index}`);
  const valueAt = (element: number, by: number): number => {
    const data = operand.data.slice();
    data[element] = (data[element] ?? NaN) + by;
    const y = output(run.run(named(operands.with(index, { shape: operand.shape, data })), SIZES), "y");
    return y.data.reduce((sum, value, i) => sum + value * (weights.data[i] ?? NaN), 0);
  };
  return operand.data.map((_, element) => (valueAt(element, STEP) - valueAt(element, -STEP)) / (2 * STEP));
}

for (const row of ROWS) {
  describe(row.name, () => {
    const cases = casesOf(row);
    test("has sample cases", () => {
      expect(cases.length, `the op \`${row.name}\` needs cases in test/ops/cases.ts`).toBeGreaterThan(0);
    });
    if (ruleOf(row.gradient) === undefined) {
      test("says why it has no gradient", () => expect(reasonOf(row.gradient)).not.toBe(""));
    }
    for (const one of cases) {
      const attributes = one.attributes ?? {};
      test(`${one.title}: shape, and every target within ${FORWARD_TOLERANCE} of the reference`, async () => {
        const graph = forwardGraph(row.name, one.operands, attributes);
        const operands = operandsOf(row, one);
        const y = output(runReference(graph, named(operands)), "y");
        expect(y.shape).toEqual(shapeOf(graph.output("y").type, SIZES));
        expect(y.data.length).toBe(countOf(y.shape));
        for (const target of targets) {
          const got = (await target.run(graph, named(operands))).get("y") ?? [];
          expectClose(got, y.data, FORWARD_TOLERANCE, target.name);
        }
      });
      if (ruleOf(row.gradient) === undefined) continue;
      test(`${one.title}: gradient within ${GRADIENT_TOLERANCE} of central differences`, async () => {
        const forward = forwardGraph(row.name, one.operands, attributes);
        const gradient = gradientGraph(row.name, one.operands, attributes) ?? expect.fail("no gradient");
        const operands = operandsOf(row, one);
        const weights = drawn(shapeOf(forward.output("y").type, SIZES), 77);
        const inputs = new Map([...named(operands), ["w", weights]]);
        const cotangents = runReference(gradient, inputs);
        one.operands.forEach((type, index) => {
          if (parseType(type).dtype === "int") return;
          const given = cotangents.get(`d${index}`);
          if (given !== undefined) expect(given.shape, `shape of d${index}`).toEqual(operands[index]?.shape);
          const numeric = differences(forward, operands, index, weights);
          const expected = one.stops === true ? numeric.map(() => 0) : numeric;
          expectClose(given?.data ?? expected.map(() => 0), expected, GRADIENT_TOLERANCE, `d${index}`);
        });
        for (const target of targets) {
          for (const [name, got] of await target.run(gradient, inputs)) {
            expectClose(got, output(cotangents, name).data, TARGET_GRADIENT_TOLERANCE, `${name} on ${target.name}`);
          }
        }
      });
    }
  });
}
