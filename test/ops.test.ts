// One loop over the op table: shapes, gradients against central differences, targets against the reference.
import { describe, expect, test } from "vitest";
import { countOf, type NdArray } from "../src/ops/nd.ts";
import { ROWS } from "../src/ops/table.ts";
import { parseType, shapeOf } from "../src/shape/type.ts";
import { referenceTarget } from "../src/targets/reference/target.ts";
import type { Target } from "../src/targets/target.ts";
import { webgpuTarget } from "../src/targets/tfjs/fused/target.ts";
import { tfjsTarget } from "../src/targets/tfjs/target.ts";
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { expectClose } from "./ops/arrays.ts";
import { SIZES } from "./ops/cases.ts";
import { COMPOSED } from "./ops/composed.ts";
import { operandName, reasonOf, ruleOf } from "./ops/gradient.ts";
import { casesOf, forwardTask, gradientTask } from "./ops/tasks.ts";
import { expectedOf, expectResults, FORWARD, GRADIENT, toleranceOf, type Task } from "./support/float32.ts";
import { named, resultsOn } from "../src/gradcheck/run.ts";
import { HAS_WEBGPU } from "./support/swiftshader.ts";
import { HAS_TENSORFLOW } from "./support/tensorflow.ts";

/** Truncation of central differences with h = 1e-5 is about 1e-10, rounding 1e-11 of the sum; the points keep off kinks. */
const GRADIENT_TOLERANCE = 1e-6;
const STEP = 1e-5;

const reference = referenceTarget();
const targets = [prover(await wasmTarget()), prover(await tfjsTarget("wasm")), prover(await tfjsTarget("cpu"))];
/** What may be missing: then its tests are skipped, and counted. */
const others: readonly (readonly [string, Prover | null])[] = [
  ["tfjs-webgpu", HAS_WEBGPU ? prover(await webgpuTarget()) : null],
  ["tfjs-webgpu, not fused", HAS_WEBGPU ? prover(await tfjsTarget("webgpu")) : null],
  ["tfjs-tensorflow", HAS_TENSORFLOW ? prover(await tfjsTarget("tensorflow")) : null],
];

type Prover = (task: Task, tolerance?: number) => Promise<void>;

/** What compares a task on the target with the reference; float32 against float64 over at most some dozen operations. */
function prover<T>(target: Target<T>): Prover {
  return async (task, tolerance) => {
    const got = await resultsOn(target, task.graph, task.inputs, task.sizes);
    expectResults(got, expectedOf(task), tolerance === undefined ? toleranceOf : () => tolerance);
  };
}

/** d(sum(op(x) · w))/dx of one operand, by central differences. */
function differences({ graph, inputs }: Task, index: number, weights: NdArray): Float64Array {
  const run = reference.compile(graph);
  const name = operandName(index);
  const operand = named(inputs, name);
  const valueAt = (element: number, by: number): number => {
    const data = operand.data.slice();
    data[element] = (data[element] ?? NaN) + by;
    const y = named(run.run(new Map(inputs).set(name, { shape: operand.shape, data }), SIZES), "y");
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
      test(`${one.title}: shape, and every target within ${FORWARD} of the reference`, async () => {
        const task = forwardTask(row, one);
        const y = named(reference.compile(task.graph).run(task.inputs, SIZES), "y");
        expect(y.shape).toEqual(shapeOf(task.graph.output("y").type, SIZES));
        expect(y.data.length).toBe(countOf(y.shape));
        for (const prove of targets) await prove(task, FORWARD);
      });
      for (const [name, prove] of others) {
        test.skipIf(prove === null)(`${one.title}: on ${name}, gradient within ${GRADIENT}`, async () => {
          await prove?.(forwardTask(row, one), FORWARD);
          const gradient = gradientTask(row, one);
          if (gradient !== null) await prove?.(gradient, GRADIENT);
        });
      }
      if (ruleOf(row.gradient) === undefined) continue;
      test(`${one.title}: gradient within ${GRADIENT_TOLERANCE} of central differences`, async () => {
        const forward = forwardTask(row, one);
        const gradient = gradientTask(row, one) ?? expect.fail("no gradient");
        const cotangents = reference.compile(gradient.graph).run(gradient.inputs, SIZES);
        one.operands.forEach((type, index) => {
          if (parseType(type).dtype === "int") return;
          const given = cotangents.get(`d${index}`);
          if (given !== undefined)
            expect(given.shape, `shape of d${index}`).toEqual(named(forward.inputs, operandName(index)).shape);
          const numeric = differences(forward, index, named(gradient.inputs, "w"));
          const expected = one.stops === true ? numeric.map(() => 0) : numeric;
          expectClose(given?.data ?? expected.map(() => 0), expected, GRADIENT_TOLERANCE, `d${index}`);
        });
        for (const prove of targets) await prove(gradient, GRADIENT);
      });
    }
  });
}

for (const [title, make] of COMPOSED) {
  test(`${title}: every target within ${FORWARD} of the reference, gradients ${GRADIENT}`, async () => {
    for (const prove of targets) await prove(make());
  });
  for (const [name, prove] of others) test.skipIf(prove === null)(`${title}: on ${name}`, async () => prove?.(make()));
}
