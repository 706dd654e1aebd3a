// What ONNX files become, and what damaged or strange ones are told: one error that names the place, and nothing allocated for it.
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/diagnostic.ts";
import { importOnnx } from "../../src/import/onnx/import.ts";
import type { OnnxModel, OnnxNode } from "../../src/onnx/model.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { open, programOf } from "../../src/compile.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { bidirectionalLstm, linearBeforeResetGru } from "../support/onnx-graphs.ts";
import { damagedBytes } from "../support/damaged-bytes.ts";

function importing(model: OnnxModel): ReturnType<typeof importOnnx> {
  return importOnnx(writeOnnx(model), "Imported", () => undefined);
}

function withNode(model: OnnxModel, change: (node: OnnxNode) => OnnxNode): OnnxModel {
  return { ...model, graph: { ...model.graph, nodes: model.graph.nodes.map(change) } };
}

test("the spec of a GRU and what is around it", () => {
  expect(importing(linearBeforeResetGru()).text).toMatchInlineSnapshot(`
    "# Imported from an ONNX model.

    cell GRU(H) {
      input x
      state h: [H]
      z = linear(x, h[t-1])
      zt = sigmoid(z)
      r = linear(x, h[t-1])
      rt = sigmoid(r)
      u = linear(h[t-1])
      nx = linear(x)
      n = nx + rt * u
      ht = tanh(n)
      h = (1 - zt) * ht + zt * h[t-1]
    }

    model Imported {
      input x: seq [2]
      input h0_state: [3]
      Y = GRU(3)(x, h = h0_state)
      end = last(Y)
      end_2 = last(Y)
      both = concat(end_2, end)
      fc = linear(both, out = 4)
      active = relu(fc)
      y = active * (-0.047976233065128326)
      out = Y
      output y, out
    }
    "
  `);
});

describe("errors name the node and its place", () => {
  test("an operator without a counterpart", () => {
    const model = withNode(linearBeforeResetGru(), (node) =>
      node.operator === "Relu" ? { ...node, operator: "NonZero" } : node,
    );
    expect(() => importing(model)).toThrow(
      'the operator NonZero has no counterpart in a spec: node 7 of the ONNX graph, "/Relu_active" (NonZero)',
    );
  });

  test("an activation, a direction, a weight that is computed", () => {
    const withGru = (change: (node: OnnxNode) => OnnxNode): OnnxModel =>
      withNode(linearBeforeResetGru(), (node) => (node.operator === "GRU" ? change(node) : node));
    const attribute = (name: string, value: string): OnnxModel =>
      withGru((node) => ({ ...node, attributes: new Map([...node.attributes, [name, { kind: "string", value }]]) }));
    expect(() => importing(attribute("direction", "sideways"))).toThrow("its direction is unknown: node 1");
    expect(() => importing(withGru((node) => ({ ...node, inputs: ["x", "h0", "R"] })))).toThrow(
      "W is not a constant [1, 9, 2]: node 1",
    );
  });

  test("weights in another folder", () => {
    const model = linearBeforeResetGru();
    const initializers = model.graph.initializers.map((tensor) =>
      tensor.name === "W" ? { ...tensor, data: { file: "../secret", offset: 0, length: 72 } } : tensor,
    );
    expect(() => importing({ ...model, graph: { ...model.graph, initializers } })).toThrow("in another folder");
  });
});

test("hostile names stay names", () => {
  const model = linearBeforeResetGru();
  const rename = (name: string): string => (name === "y" ? 'y }\nmodel Evil { "' : name);
  const hostile = withNode(model, (node) => ({ ...node, outputs: node.outputs.map(rename) }));
  const outputs = hostile.graph.outputs.map((output) => ({ ...output, name: rename(output.name) }));
  const { text } = importing({ ...hostile, graph: { ...hostile.graph, outputs } });
  expect(text).toContain("y_model_Evil");
  expect(text.match(/^model /gm)).toHaveLength(1);
});

const MUTATIONS = 2000;
const MOST_BYTES = 100e6;

test(`${MUTATIONS} damaged files give a UserError or a spec that compiles, and never need ${MOST_BYTES / 1e6} MB`, () => {
  const files = [bidirectionalLstm(), linearBeforeResetGru()].map(writeOnnx);
  const before = process.memoryUsage();
  let read = 0;
  for (let seed = 0; seed < MUTATIONS; seed++) {
    const bytes = damagedBytes(files[seed % files.length] ?? new Uint8Array(), seed, { few: 600, many: Infinity });
    try {
      const { text } = importOnnx(bytes, "Damaged", () => undefined);
      const scope = open({ name: "damaged.rec", text }, loadFromDisk);
      const definition = scope.definitions.get("Damaged") ?? expect.fail("no model");
      programOf(definition, new Map(), { ragged: false, training: false, states: "initial" });
      read += 1;
    } catch (problem) {
      if (!(problem instanceof UserError)) throw problem;
    }
    const now = process.memoryUsage();
    expect(now.arrayBuffers - before.arrayBuffers).toBeLessThan(MOST_BYTES);
  }
  // Many bytes are only numbers of weights.
  expect(read).toBeGreaterThan(50);
});
