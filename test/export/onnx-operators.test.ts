// Which scans become operators of ONNX: by what they compute, not by the names of their cells.
import { describe, expect, test } from "vitest";
import { readOnnx } from "../../src/onnx/read.ts";
import type { OnnxModel } from "../../src/onnx/model.ts";
import { compiledSpec, SPECS, type Spec } from "../support/compiled-specs.ts";
import { OPERATOR_CELLS } from "../support/operator-cells.ts";

const RECURRENT = ["LSTM", "GRU", "RNN", "Scan"];

/** By the suffix of their files. */
async function modelsOf(spec: Spec): Promise<ReadonlyMap<string, OnnxModel>> {
  const { model } = await compiledSpec(spec);
  const files = await model.compile({ format: "onnx", name: "x" });
  return new Map(
    files.map(({ name, content }) => [name, readOnnx(typeof content === "string" ? new Uint8Array() : content)]),
  );
}

function recurrentIn({ graph }: OnnxModel): readonly string[] {
  return graph.nodes.map(({ operator }) => operator).filter((operator) => RECURRENT.includes(operator));
}

describe("whole sequences, full and with lengths", () => {
  test.each(OPERATOR_CELLS.map(({ name, ...rest }) => [name, rest] as const))("%s", async (_, { spec, operators }) => {
    const models = await modelsOf(spec);
    for (const name of ["x.onnx", "x-ragged.onnx"])
      expect(recurrentIn(models.get(name) ?? expect.fail(name)), name).toEqual(operators);
  });

  test.each([
    ["LSTM", ["LSTM"]],
    ["PeepholeLSTM", ["LSTM"]],
    ["GRU", ["GRU"]],
    ["ResetBeforeGRU", ["GRU"]],
    ["RNN", ["RNN"]],
    ["Tag", ["LSTM", "LSTM"]],
    ["MGU", ["Scan"]],
    ["UGRNN", ["Scan"]],
    ["AttentionDecoder", ["Scan"]],
  ])("the shipped %s", async (name, operators) => {
    const models = await modelsOf(SPECS.find((spec) => spec.name === name) ?? expect.fail(name));
    expect(recurrentIn(models.get("x.onnx") ?? expect.fail("no file"))).toEqual(operators);
    expect(recurrentIn(models.get("x-ragged.onnx") ?? expect.fail("no file"))).toEqual(operators);
  });
});

test("attributes: both directions, peepholes, clip, the reset gate behind the product, lengths", async () => {
  const models = async (name: string): Promise<ReadonlyMap<string, OnnxModel>> =>
    modelsOf(
      [...SPECS, ...OPERATOR_CELLS.map(({ spec }) => spec)].find((spec) => spec.name === name) ?? expect.fail(name),
    );
  const nodeOf = (model: OnnxModel | undefined, operator: string) =>
    model?.graph.nodes.find((node) => node.operator === operator) ?? expect.fail(operator);
  const both = nodeOf((await models("Tag")).get("x-ragged.onnx"), "LSTM");
  expect(both.attributes.get("direction")).toEqual({ kind: "string", value: "bidirectional" });
  expect(both.inputs[4]).not.toBe("");
  expect(nodeOf((await models("PeepholeLSTM")).get("x.onnx"), "LSTM").inputs[7]).toMatch("LSTM_P");
  expect(nodeOf((await models("GRU")).get("x.onnx"), "GRU").attributes.get("linear_before_reset")?.value).toBe(1);
  expect(
    nodeOf((await models("ResetBeforeGRU")).get("x.onnx"), "GRU").attributes.get("linear_before_reset")?.value,
  ).toBe(0);
  const clip = nodeOf((await models("a GRU with a clip")).get("x.onnx"), "GRU").attributes.get("clip");
  expect(clip?.value).toBeCloseTo(0.4);
});

test("the same request gives the same bytes", async () => {
  const spec = SPECS.find(({ name }) => name === "Translate") ?? expect.fail("no Translate");
  const [first, second] = [await compiledSpec(spec), await compiledSpec(spec)];
  expect(await first.model.compile({ format: "onnx" })).toEqual(await second.model.compile({ format: "onnx" }));
});
