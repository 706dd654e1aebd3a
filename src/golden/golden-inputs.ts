// What a golden file gives, under the names and in the layout of the program that is run with it.
import { UserError } from "../base/diagnostic.ts";
import type { Wiring } from "../compile.ts";
import { CELL, lengths as lengthsOf, printInput, shortPath, type Input } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { symbolOf } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";
import type { Golden, GoldenArray } from "./golden.ts";

/** The gradient by the cell's output. */
export const COTANGENT: Input<"cotangent"> = { kind: "cotangent", of: null };

/** The file's name of a layer and direction, as the program calls it: it leaves `forward` out where there is one direction. */
export function places(wiring: Wiring | undefined): readonly { readonly file: string; readonly program: string }[] {
  if (wiring === undefined) return [{ file: "", program: `${CELL}.` }];
  const directions = wiring.bidirectional ? ["forward", "backward"] : ["forward"];
  return Array.from({ length: wiring.layers }, (_, layer) =>
    directions.map((direction) => ({
      file: `layer${layer}.${direction}.`,
      program: wiring.bidirectional ? `${CELL}.layer${layer}.${direction}.` : `${CELL}.layer${layer}.`,
    })),
  ).flat();
}

export function programName(name: string, golden: Golden): string {
  const place = places(golden.wiring).find((each) => name.startsWith(each.file));
  return place === undefined ? `${CELL}.${name}` : place.program + name.slice(place.file.length);
}

/** The file's arrays under the names of the program's inputs. */
export function given(program: Program, golden: Golden): ReadonlyMap<string, HostArray> {
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
  if (missing !== undefined) throw new UserError(`the file lacks the parameter \`${shortPath(missing.name)}\``);
  if (golden.cotangent !== undefined) found.set(printInput(COTANGENT), timeMajor(golden.cotangent, "float"));
  const where = places(golden.wiring);
  for (const [name, array] of Object.entries(golden.initial)) {
    parts(array, golden.wiring === undefined ? 1 : where.length).forEach((part, index) => {
      const state = `${where[index]?.program ?? `${CELL}.`}${name}`;
      if (!program.states.some((each) => each.name === state))
        throw new UserError(`the file gives the state \`${name}\`, which \`${golden.cell}\` does not have`);
      found.set(printInput({ kind: "state", path: state }), host(golden.wiring === undefined ? array : part));
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
    found.set(printInput(lengthsOf(name)), {
      dtype: "int",
      shape: [full.length],
      data: Int32Array.from(lengths ?? full),
    });
  }
}

export function host(array: GoldenArray): HostArray {
  return { dtype: "float", shape: array.shape, data: Float64Array.from(array.data) };
}

/** `[B, T, …]` as `[T, B, …]`. */
export function timeMajor(array: GoldenArray, dtype: "float" | "int"): HostArray {
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
