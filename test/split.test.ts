// The gradient in two graphs, and sequences with the batch first: the same numbers as in one graph, and nothing expensive is computed twice.
import { describe, expect, test } from "vitest";
import { lower } from "../src/compile.ts";
import { splitGradient } from "../src/grad/split.ts";
import type { Graph } from "../src/graph/graph.ts";
import { nameOfInput } from "../src/graph/node.ts";
import { transposed, type NdArray } from "../src/ops/nd.ts";
import { isRow, rowOf } from "../src/ops/table.ts";
import { verifyGraph } from "../src/ops/verify.ts";
import { hasBatch, timeOf } from "../src/shape/type.ts";
import { batchFirst } from "../src/time/batch-first.ts";
import { named, run, sizesOf, valuesFor, type Arrays } from "./support/run.ts";
import { CELLS, LAYOUTS, MODELS, requestFor, shippedNamed, shippedProgram } from "./support/specs.ts";

/** What `run` gives for both parts, one after the other, without what only passes between them. */
function runParts({ forward, backward }: ReturnType<typeof splitGradient>, inputs: Arrays, whole: Graph): Arrays {
  const sizes = sizesOf(whole);
  const first = run(forward, inputs, sizes);
  const second = run(backward, new Map([...inputs, ...first]), sizes);
  return new Map([...first, ...second].filter(([name]) => !name.startsWith("saved.")));
}

function swapped(array: NdArray): NdArray {
  return transposed(array, [1, 0, ...array.shape.slice(2).map((_, axis) => axis + 2)]);
}

for (const [layout, options] of LAYOUTS) {
  describe(layout, () => {
    for (const { name, definition } of [...CELLS, ...MODELS]) {
      const program = shippedProgram(definition, options);
      const output = definition.definition.kind === "model" ? "loss" : "output";

      test(`${name}: forward and backward give what the whole gives, bit for bit`, () => {
        const whole = lower(program.graph, requestFor(program, [output]));
        const parts = splitGradient(whole);
        verifyGraph(parts.forward, "forward");
        verifyGraph(parts.backward, "backward");
        const inputs = valuesFor(whole, sizesOf(whole));
        const expected = run(whole, inputs, sizesOf(whole));
        const found = runParts(parts, inputs, whole);
        expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [each, { data }] of expected) expect(named(found, each).data, each).toEqual(data);
      });

      test(`${name}: inputs and outputs have the batch first`, () => {
        const { graph } = program;
        const turned = batchFirst(graph);
        verifyGraph(turned, "batch first");
        const sizes = sizesOf(graph);
        const inputs = valuesFor(graph, sizes);
        const isTurned = (type: Parameters<typeof timeOf>[0]): boolean => timeOf(type) !== undefined && hasBatch(type);
        const types = new Map(graph.inputs().map((node) => [nameOfInput(node), node.type]));
        const given = new Map(
          [...inputs].map(([each, array]) => {
            const type = types.get(each);
            return [each, type !== undefined && isTurned(type) ? swapped(array) : array] as const;
          }),
        );
        const found = run(turned, given, sizes);
        for (const [each, array] of run(graph, inputs, sizes)) {
          const expected = isTurned(graph.output(each).type) ? swapped(array) : array;
          expect(named(found, each), each).toEqual(expected);
        }
      });
    }
  });
}

test("the backward part of an LSTM computes no product and no function of the forward part again", () => {
  const program = shippedProgram(shippedNamed("LSTM"), LAYOUTS[0][1]);
  const { backward } = splitGradient(lower(program.graph, requestFor(program, ["output"])));
  const late = new Set<string>();
  for (const node of backward.region(null)) {
    const isCotangent = node.input?.kind === "cotangent";
    if (isCotangent || node.operands.some((id) => late.has(id))) late.add(node.id);
  }
  const again = backward.region(null).filter(({ id, op }) => !late.has(id) && isRow(op) && rowOf(op).expensive);
  expect(again).toEqual([]);
  expect(backward.region(null).filter(({ op }) => op === "scan")).toHaveLength(1);
});
