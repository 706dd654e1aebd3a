// Compares a cell, run on a target, with a golden file: its output, final states, and every gradient.
import { UserError } from "../base/diagnostic.ts";
import { lower, programOf, type Wiring } from "../compile.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { constant, evaluateDim, symbolOf } from "../shape/dim.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { Golden, GoldenArray } from "./golden.ts";

export interface Comparison {
  /** `output`, `final h`, `gradient of f.x`, … */
  readonly name: string;
  /** max|a - b| / max(max|b|, 1e-3); NaN where anything is not a number. */
  readonly error: number;
  /** Where the difference is greatest. */
  readonly worst: { readonly index: readonly number[]; readonly got: number; readonly expected: number };
}

interface Expected {
  readonly name: string;
  /** The output of the graph that holds it, or several that follow each other along a new first axis. */
  readonly outputs: readonly string[];
  readonly array: GoldenArray;
  /** The array's first two axes are batch and time, and the graph's are time and batch. */
  readonly isSequence: boolean;
}

/** Runs the cell with the file's values and compares everything that the file has. Throws a UserError where the two do not fit. */
export async function verify<T>(
  definition: ScopedDefinition,
  golden: Golden,
  target: Target<T>,
): Promise<readonly Comparison[]> {
  const isRagged = golden.lengths != null || Object.keys(golden.memory_lengths).length > 0;
  const statics = new Map(Object.entries(golden.args).map(([name, value]) => [name, constant(value)]));
  const unknown = Object.keys(golden.args).find((name) =>
    definition.definition.parameters.every((each) => each.name.name !== name),
  );
  if (unknown !== undefined)
    throw new UserError(`the file gives \`${unknown}\`, which \`${golden.cell}\` does not take`);
  const options = { ragged: isRagged, training: true, states: "given" as const };
  const program = programOf(
    definition,
    statics,
    golden.wiring === undefined ? options : { ...options, wiring: golden.wiring },
  );
  const values = given(program, golden);
  const expected = expectations(program, golden);
  const by = expected.flatMap((each) =>
    each.outputs.flatMap((output) => (output.startsWith("grad.") ? [output.slice(5)] : [])),
  );
  const request = golden.cotangent === undefined ? null : { from: new Map([["output", "cotangent"]]), by };
  const graph = lower(program.graph, request);
  const sizes = sizesFrom(graph, values);
  const inputs = new Map([...neededInputs(graph, values, sizes)].map(([name, array]) => [name, target.upload(array)]));
  const results = target.compile(graph).run(inputs, sizes);
  const comparisons: Comparison[] = [];
  for (const each of expected) {
    const parts: HostArray[] = [];
    for (const output of each.outputs) {
      const tensor = results.get(output);
      if (tensor === undefined) throw new UserError(`the cell has no \`${each.name}\``);
      parts.push(await target.download(tensor));
    }
    comparisons.push(compare(each, parts));
  }
  [...inputs.values(), ...results.values()].forEach((tensor) => target.dispose(tensor));
  return comparisons;
}

/** The file's name of a layer and direction, as the program calls it: it leaves `forward` out where there is one direction. */
function places(wiring: Wiring | undefined): readonly { readonly file: string; readonly program: string }[] {
  if (wiring === undefined) return [{ file: "", program: "cell." }];
  const directions = wiring.bidirectional ? ["forward", "backward"] : ["forward"];
  return Array.from({ length: wiring.layers }, (_, layer) =>
    directions.map((direction) => ({
      file: `layer${layer}.${direction}.`,
      program: wiring.bidirectional ? `cell.layer${layer}.${direction}.` : `cell.layer${layer}.`,
    })),
  ).flat();
}

function programName(name: string, golden: Golden): string {
  const place = places(golden.wiring).find((each) => name.startsWith(each.file));
  return place === undefined ? `cell.${name}` : place.program + name.slice(place.file.length);
}

/** The file's arrays under the names of the program's inputs. */
function given(program: Program, golden: Golden): ReadonlyMap<string, HostArray> {
  const found = new Map<string, HostArray>();
  const types = new Map(program.inputs.map((input) => [input.name, input.type]));
  for (const [name, array] of [...Object.entries(golden.inputs), ...Object.entries(golden.memories)]) {
    const type = types.get(name);
    if (type === undefined) throw new UserError(`the file gives \`${name}\`, which is no input of \`${golden.cell}\``);
    found.set(name, timeMajor(array, type.dtype));
  }
  const missingInput = program.inputs.find((input) => !found.has(input.name));
  if (missingInput !== undefined) throw new UserError(`the file lacks the input \`${missingInput.name}\``);
  const known = new Set(program.parameters.map((parameter) => parameter.name));
  for (const [name, array] of Object.entries(golden.params)) {
    const inner = programName(name, golden);
    if (!known.has(inner))
      throw new UserError(`the file gives the parameter \`${name}\`, which \`${golden.cell}\` does not have`);
    found.set(inner, host(array));
  }
  const missing = program.parameters.find((parameter) => !found.has(parameter.name));
  if (missing !== undefined)
    throw new UserError(`the file lacks the parameter \`${missing.name.replace(/^cell\./, "")}\``);
  if (golden.cotangent !== undefined) found.set("cotangent", timeMajor(golden.cotangent, "float"));
  const where = places(golden.wiring);
  for (const [name, array] of Object.entries(golden.initial)) {
    parts(array, golden.wiring === undefined ? 1 : where.length).forEach((part, index) => {
      const state = `${where[index]?.program ?? "cell."}${name}`;
      if (!program.states.includes(state))
        throw new UserError(`the file gives the state \`${name}\`, which \`${golden.cell}\` does not have`);
      found.set(`state.${state}`, host(golden.wiring === undefined ? array : part));
    });
  }
  addLengths(program, golden, found);
  return found;
}

function addLengths(program: Program, golden: Golden, found: Map<string, HostArray>): void {
  for (const input of program.inputs) {
    const lengths = input.role === "memory" ? golden.memory_lengths[input.name] : golden.lengths;
    const time = input.type.axes.find((axis) => axis.tag === "time");
    const array = found.get(input.name);
    const name = time === undefined ? undefined : symbolOf(time.size);
    if (name === undefined || array === undefined) continue;
    const full = Array.from({ length: array.shape[1] ?? 0 }, () => array.shape[0] ?? 0);
    found.set(`length ${name}`, { dtype: "int", shape: [full.length], data: Int32Array.from(lengths ?? full) });
  }
}

function host(array: GoldenArray): HostArray {
  return { dtype: "float", shape: array.shape, data: Float64Array.from(array.data) };
}

/** `[B, T, …]` as `[T, B, …]`. */
function timeMajor(array: GoldenArray, dtype: "float" | "int"): HostArray {
  const [B = 0, T = 0, ...rest] = array.shape;
  const size = rest.reduce((product, each) => product * each, 1);
  const data = dtype === "int" ? new Int32Array(array.data.length) : new Float64Array(array.data.length);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < size; i++) data[(t * B + b) * size + i] = array.data[(b * T + t) * size + i] ?? NaN;
    }
  }
  return { dtype, shape: [T, B, ...rest], data };
}

/** An array cut along its first axis. */
function parts(array: GoldenArray, count: number): readonly GoldenArray[] {
  if (count === 1 && array.shape[0] !== 1) return [array];
  if (array.shape[0] !== count)
    throw new UserError(`an initial state has ${array.shape[0] ?? 0} parts, but ${count} were expected`);
  const size = array.data.length / count;
  return Array.from({ length: count }, (_, index) => ({
    shape: array.shape.slice(1),
    data: array.data.slice(index * size, (index + 1) * size),
  }));
}

function expectations(program: Program, golden: Golden): readonly Expected[] {
  const where = places(golden.wiring);
  const stateOutputs = (prefix: string, name: string): readonly string[] =>
    where.map((place) => `${prefix}${place.program}${name}`);
  const list: Expected[] = [{ name: "output", outputs: ["output"], array: golden.output, isSequence: true }];
  for (const [name, array] of Object.entries(golden.final)) {
    list.push({ name: `final ${name}`, outputs: stateOutputs("final.", name), array, isSequence: false });
  }
  for (const [name, array] of Object.entries(golden.grads.params)) {
    list.push({
      name: `gradient of ${name}`,
      outputs: [`grad.${programName(name, golden)}`],
      array,
      isSequence: false,
    });
  }
  for (const [name, array] of [...Object.entries(golden.grads.inputs), ...Object.entries(golden.grads.memories)]) {
    list.push({ name: `gradient of ${name}`, outputs: [`grad.${name}`], array, isSequence: true });
  }
  for (const [name, array] of Object.entries(golden.grads.initial)) {
    list.push({
      name: `gradient of the first ${name}`,
      outputs: stateOutputs("grad.state.", name),
      array,
      isSequence: false,
    });
  }
  const names = new Set([
    ...program.parameters.map((each) => each.name),
    ...program.inputs.map((each) => each.name),
    ...program.states.map((each) => `state.${each}`),
  ]);
  const wrong = list.find((each) =>
    each.outputs.some((output) =>
      output.startsWith("grad.") ? !names.has(output.slice(5)) : !program.graph.outputs.has(output),
    ),
  );
  if (wrong !== undefined)
    throw new UserError(`the file has \`${wrong.name}\`, which \`${golden.cell}\` does not have`);
  return list;
}

/** The graph's inputs from what is known; a first state that nobody gives is 0. */
function neededInputs(
  graph: Graph,
  values: ReadonlyMap<string, HostArray>,
  sizes: ReadonlyMap<string, number>,
): ReadonlyMap<string, HostArray> {
  const needed = new Map<string, HostArray>();
  for (const node of inputsOf(graph)) {
    const name = String(node.attributes["name"]);
    const shape = node.type.axes.map((axis) => evaluateDim(axis.size, sizes));
    const known = values.get(name);
    const count = shape.reduce((product, size) => product * size, 1);
    if (known !== undefined && known.shape.join() !== shape.join()) {
      throw new UserError(
        `\`${name.replace(/^cell\./, "")}\` has shape [${known.shape.join(", ")}] in the file, but the cell needs [${shape.join(", ")}]`,
      );
    }
    if (known === undefined && node.attributes["role"] !== "state") throw new UserError(`the file lacks \`${name}\``);
    needed.set(name, known ?? { dtype: "float", shape, data: new Float64Array(count) });
  }
  return needed;
}

function inputsOf(graph: Graph): readonly Node[] {
  return graph.region(null).filter((node) => node.op === "input");
}

/** Sizes by name, read off the arrays wherever an axis is a bare name. */
function sizesFrom(graph: Graph, values: ReadonlyMap<string, HostArray>): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const node of inputsOf(graph)) {
    const array = values.get(String(node.attributes["name"]));
    node.type.axes.forEach((axis, index) => {
      const name = symbolOf(axis.size);
      const size = array?.shape[index];
      if (name !== undefined && size !== undefined) sizes.set(name, size);
    });
  }
  return sizes;
}

function compare(expected: Expected, results: readonly HostArray[]): Comparison {
  const got = results.flatMap((array) => [...array.data]);
  const wanted = expected.isSequence ? timeMajor(expected.array, "float") : host(expected.array);
  if (got.length !== wanted.data.length) {
    throw new UserError(
      `\`${expected.name}\` has ${wanted.data.length} numbers in the file, but the cell gives ${got.length}`,
    );
  }
  let scale = 1e-3;
  let worst = 0;
  let difference = 0;
  wanted.data.forEach((value, index) => {
    scale = Math.max(scale, Math.abs(value));
    const apart = Math.abs((got[index] ?? NaN) - value);
    if (apart > difference || (Number.isNaN(apart) && !Number.isNaN(difference))) [difference, worst] = [apart, index];
  });
  const place = placeOf(worst, wanted.shape);
  const [t = 0, b = 0, ...rest] = place;
  return {
    name: expected.name,
    error: difference / scale,
    worst: {
      index: expected.isSequence ? [b, t, ...rest] : place,
      got: got[worst] ?? NaN,
      expected: wanted.data[worst] ?? NaN,
    },
  };
}

function placeOf(offset: number, shape: readonly number[]): readonly number[] {
  let rest = offset;
  return shape
    .toReversed()
    .map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    })
    .toReversed();
}
