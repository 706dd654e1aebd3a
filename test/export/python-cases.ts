// Specs as Python files with the arrays to try them on, and what they must return: what the reference computes, with all gradients.
import { expect } from "vitest";
import { lower } from "../../src/compile.ts";
import { readSafetensors, writeSafetensors, type Tensor } from "../../src/checkpoint/safetensors.ts";
import type { Prepared } from "../../src/export/source/prepare.ts";
import { programFor } from "../../src/export/source/prepare.ts";
import type { ExportRequest } from "../../src/export/request.ts";
import { nameOfInput, type Node } from "../../src/graph/node.ts";
import { shortPath } from "../../src/graph/border.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { ScopedDefinition } from "../../src/lang/scope.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import { transposed } from "../../src/ops/nd.ts";
import { constant, printDim, type Sizes } from "../../src/shape/dim.ts";
import { hasBatch, timeOf, type Type } from "../../src/shape/type.ts";
import { sizeNamed } from "../../src/shape/thinned.ts";
import { named, run, sizesOf, valuesFor, type Arrays } from "../support/run.ts";

/** Small sizes in place of defaults. */
const SMALL: Readonly<Record<string, number>> = { H: 3, E: 2, A: 4, layers: 2 };

/** Whether each example has a length of its own, and whether states are given. */
export interface Form {
  readonly isRagged: boolean;
  readonly givesState: boolean;
}

export interface Case {
  readonly request: ExportRequest;
  readonly program: Program;
  readonly sizes: Sizes;
  readonly inputs: Arrays;
}

export interface Subject {
  readonly name: string;
  readonly definition: ScopedDefinition;
  readonly layout: "rows" | "text";
  /** Whether its defaults are sizes of real models. */
  readonly isShipped: boolean;
}

export function caseOf(
  name: string,
  { definition, layout, isShipped }: Omit<Subject, "name">,
  more: Readonly<Record<string, number>> = {},
): Case {
  const statics = new Map(
    definition.definition.parameters.flatMap((parameter) => {
      const size = SMALL[parameter.name.name];
      return parameter.default === null || size === undefined || !isShipped
        ? []
        : [[parameter.name.name, constant(size)] as const];
    }),
  );
  const partial = { definition, statics, layout };
  const program = programFor({ ...EMPTY, ...partial });
  const sizes = sizesOf(program.graph, { ...startsOf(program), ...more });
  const inputs = valuesFor(program.graph, sizes);
  const times = new Set(["B", ...program.graph.all().flatMap((node) => timesOf(node.type))]);
  const request: ExportRequest = {
    ...EMPTY,
    ...partial,
    name,
    madeFrom: `${name} of a test`,
    sizes: new Map([...sizes].filter(([each]) => !times.has(each))),
    weights: new Map(program.parameters.map((each) => [each.name, host(named(inputs, each.name))] as const)),
  };
  return { request, program, sizes, inputs };
}

const EMPTY: Omit<ExportRequest, "definition" | "statics"> = {
  sizes: new Map(),
  weights: new Map(),
  vocabularies: new Map(),
  layout: "rows",
  name: "x",
  madeFrom: "",
  weightType: "f32",
  hasWeightsFile: true,
  hasTraining: false,
  writtenSteps: 100,
};

/** The start token of a vocabulary is its last one. */
function startsOf({ graph }: Program): Readonly<Record<string, number>> {
  const known = sizesOf(graph);
  return Object.fromEntries(
    [...known.keys()]
      .filter((name) => name.startsWith("start."))
      .map((name) => [name, (known.get(name.slice("start.".length)) ?? 4) - 1]),
  );
}

function timesOf({ axes }: Type): readonly string[] {
  return axes.flatMap(({ tag, size }) => (tag === "time" || tag === "memory" ? [printDim(size)] : []));
}

function host({ shape, data }: NdArray): { dtype: "float"; shape: readonly number[]; data: Float32Array } {
  return { dtype: "float", shape, data: Float32Array.from(data) };
}

/** A job for `python-peer.py`, and what must come back by the same names. */
export interface Job {
  readonly description: string;
  readonly given: Uint8Array;
  readonly expected: ReadonlyMap<string, NdArray>;
}

export function jobOf({ program, sizes, inputs }: Case, { functions }: Prepared, form: Form): Job {
  const graph = program.graph;
  const hasLoss = graph.outputs.has("loss");
  const returned = [...functions.outputs, ...functions.states];
  const cotangents = hasLoss ? [] : uniqueById(returned).filter(({ id }) => graph.node(id).type.dtype === "float");
  const values = new Map([...inputs, ...formed(program, sizes, form)]);
  const byId = new Map([...graph.outputs].map(([name, id]) => [id, name] as const));
  const nameOf = (id: string): string => byId.get(id) ?? expect.fail(`${id} is not an output`);
  const goals = hasLoss ? ["loss"] : cotangents.map(({ id }) => nameOf(id));
  const frozen = new Set(program.parameters.flatMap(({ name, learning }) => (learning.isFrozen ? [name] : [])));
  const by = graph
    .inputs()
    .filter((node) => isDifferentiable(node, form) && !frozen.has(nameOfInput(node)))
    .map(nameOfInput);
  const request = {
    from: new Map(goals.map((name) => [name, name === "loss" ? null : ({ kind: "cotangent", of: name } as const)])),
    by,
  };
  const full = lower(graph, request);
  const whole = new Map([...valuesFor(full, sizes), ...values]);
  const found = run(full, whole, sizes);
  const { data, lengths } = (functions.loss ?? functions.forward).arguments;
  const argument = (name: string): string | undefined =>
    [...data, ...(form.isRagged ? lengths : [])].find(({ node }) => nameOfInput(node) === name)?.name;

  const given = new Map<string, Tensor>();
  const expected = new Map<string, NdArray>();
  const spoken = (node: Node): string | undefined => {
    if (node.input?.kind === "weight") return `weight.${shortPath(node.input.path)}`;
    if (node.input?.kind === "state") return form.givesState ? `state.${shortPath(node.input.path)}` : undefined;
    const name = argument(nameOfInput(node));
    return name === undefined ? undefined : `arg.${name}`;
  };
  for (const node of graph.inputs()) {
    const name = spoken(node);
    if (name === undefined) continue;
    const type = node.type;
    if (!name.startsWith("weight.")) given.set(name, tensor(batchFirst(named(whole, nameOfInput(node)), type), type));
    const gradient = found.get(`grad.${nameOfInput(node)}`);
    if (gradient !== undefined) expected.set(`grad.${name}`, batchFirst(gradient, type));
  }
  const resultName = (id: string, key: string): string =>
    functions.states.some((state) => state.id === id && state.key === key) ? `final.${key}` : `output.${key}`;
  for (const { id, key } of returned) {
    const { type } = graph.node(id);
    expected.set(resultName(id, key), batchFirst(named(found, nameOf(id)), type));
  }
  for (const { id, key } of cotangents) {
    const { type } = graph.node(id);
    // What no gradient passes has no cotangent.
    const cotangent = whole.get(`cotangent ${nameOf(id)}`);
    if (cotangent !== undefined)
      given.set(`cotangent.${resultName(id, key)}`, tensor(batchFirst(cotangent, type), type));
  }
  if (hasLoss) expected.set("loss", named(found, "loss"));
  return {
    description: JSON.stringify({
      hasLoss,
      forward: functions.forward.arguments.data.map(({ name }) => name),
      lengths: functions.forward.arguments.lengths.map(({ name }) => name),
      outputs: functions.outputs.map(({ key }) => key),
      hasState: functions.states.length > 0,
    }),
    given: writeSafetensors({ tensors: given, metadata: {} }),
    expected,
  };
}

/** A job's arguments as a file of data to train on. */
export function trainingData({ given }: Job): Uint8Array {
  const { tensors } = readSafetensors(given, "given");
  const own = [...tensors].flatMap(([name, each]) => (name.startsWith("arg.") ? [[name.slice(4), each] as const] : []));
  return writeSafetensors({ tensors: new Map(own), metadata: {} });
}

/** A value that is returned by several names has one cotangent. */
function uniqueById<T extends { readonly id: string }>(results: readonly T[]): readonly T[] {
  return [...new Map(results.toReversed().map((each) => [each.id, each])).values()];
}

/** Lengths and starts as a form has them. */
function formed({ graph }: Program, sizes: Sizes, form: Form): Arrays {
  return new Map(
    graph.inputs().flatMap((node) => {
      const { input } = node;
      const batch = sizes.get("B") ?? 1;
      if (input?.kind === "lengths" && !form.isRagged)
        return [
          [
            nameOfInput(node),
            { shape: [batch], data: new Float64Array(batch).fill(sizeNamed(input.time, sizes) ?? 1) },
          ],
        ];
      if (input?.kind === "fresh")
        return [[nameOfInput(node), { shape: [batch], data: new Float64Array(batch).fill(form.givesState ? 0 : 1) }]];
      return [];
    }),
  );
}

function isDifferentiable({ type, input }: Node, { givesState }: Form): boolean {
  if (type.dtype !== "float") return false;
  return input?.kind === "weight" || input?.kind === "data" || (input?.kind === "state" && givesState);
}

function batchFirst(array: NdArray, type: Type): NdArray {
  if (timeOf(type) === undefined || !hasBatch(type)) return array;
  return transposed(array, [1, 0, ...array.shape.slice(2).map((_, axis) => axis + 2)]);
}

function tensor({ shape, data }: NdArray, { dtype }: Type): Tensor {
  return dtype === "int"
    ? { dtype: "I32", shape, data: Int32Array.from(data) }
    : { dtype: "F32", shape, data: Float32Array.from(data) };
}

/** A spec whose names are those of Python and of generated files. */
export const HOSTILE = `
cell lambda(H) {
  input class, torch
  state w: [H]
  state params: [H]
  state self: [H]
  import = tanh(linear(class, torch, w[t-1], out = H))
  w = import + σ(params[t-1])   # """; import os
  params = w * self[t-1]
  self = params + import
  output w, self
}`;
