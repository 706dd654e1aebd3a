// Checks the tensors for a layer inside tfjs before a kernel reads them: an invalid token, or a tensor that is too small, would read other
// memory.
import { UserError } from "../../base/diagnostic.ts";
import type { ProgramInput } from "../../lang/elaborate/inputs.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import { timeOf } from "../../shape/type.ts";
import { readShape, readWeightShape } from "../arrays.ts";
import { isNeeded } from "../../train/step-inputs.ts";
import { addLengths, arraysByName, missing, commonBatch, readLengths } from "../feed.ts";
import { addTime, nameOfTime, type Time } from "../times.ts";
import { refuseUnknown } from "../names.ts";
import { readEntries } from "../options.ts";
import { readSafely } from "../describe-value.ts";
import { checkToken, vocabularySize } from "../tokens.ts";
import type { Lengths } from "../types.ts";
import type { Tensors, TfjsTensor } from "./types.ts";

/** Backends on which tokens are checked before a kernel reads them. Kernels on a GPU check tokens themselves, without a wait. */
const SEEN: readonly string[] = ["wasm", "cpu", "tensorflow"];

export interface Given<T> {
  readonly inputs: ReadonlyMap<string, T>;
  /** `[B]`, by the names of times. */
  readonly lengths: ReadonlyMap<string, Int32Array>;
}

interface Situation {
  readonly program: Program;
  readonly lengths: Lengths | null;
  readonly backend: string;
  readonly isTensor: (value: object) => boolean;
}

/** Reads tensors by name, and adds their sizes to `sizes`. */
export function givenInputs<T extends TfjsTensor>(
  tensors: Tensors<T>,
  { program, lengths, backend, isTensor }: Situation,
  sizes: Map<string, number>,
): Given<T> {
  const all = arraysByName(program, tensors);
  const ownLengths = lengths === null ? null : readLengths(program, lengths);
  const found = new Map<string, T>();
  const times = new Map<string, Time>();
  const batches = new Map<string, number | null>();
  for (const input of program.inputs) {
    const tensor = all.get(input.name);
    if (tensor === undefined) {
      if (isNeeded(program, input, "run")) throw missing(program, input);
      continue;
    }
    checkTensor(tensor, input.name, input.type.dtype === "int" ? "int32" : "float32", isTensor);
    const { batch, steps } = readShape(tensor.shape, input.type, input.name, sizes);
    if (batch === null)
      throw new UserError(
        `\`${input.name}\` is [${tensor.shape.join(", ")}] and has no batch: inside tfjs its first axis is the batch`,
      );
    found.set(input.name, tensor);
    batches.set(input.name, batch);
    if (steps !== null) addTime(times, nameOfTime(input), { steps, by: input.name });
  }
  const batch = commonBatch(batches) ?? 1;
  if (ownLengths !== null) addLengths(program, times, ownLengths, batch);
  for (const [time, { steps }] of times) sizes.set(time, steps);
  sizes.set("B", batch);
  if (SEEN.includes(backend))
    for (const input of program.inputs) checkTokens(input, found.get(input.name), times, sizes);
  return {
    inputs: found,
    lengths: new Map(
      [...times].flatMap(([time, each]) => (each.lengths === undefined ? [] : [[time, each.lengths] as const])),
    ),
  };
}

function checkTokens<T extends TfjsTensor>(
  input: ProgramInput,
  tensor: T | undefined,
  times: ReadonlyMap<string, Time>,
  sizes: ReadonlyMap<string, number>,
): void {
  const { name, token, type } = input;
  if (token === undefined || tensor === undefined) return;
  const size = vocabularySize(token.vocabulary, sizes) ?? Infinity;
  const steps = timeOf(type) === undefined ? 1 : (tensor.shape[1] ?? 1);
  const { lengths } = times.get(nameOfTime(input)) ?? {};
  const ids = tensor.dataSync();
  for (let index = 0; index < ids.length; index++)
    if (index % steps < (lengths?.[Math.floor(index / steps)] ?? steps))
      checkToken(name, token, ids[index] ?? NaN, size);
}

/** Checks weights by their names for users, and adds their sizes to `sizes`. The result has the names of the graph. */
export function givenWeights<T extends TfjsTensor>(
  tensors: Tensors<T>,
  {
    program,
    nameOf,
    isTensor,
  }: Pick<Situation, "program" | "isTensor"> & { readonly nameOf: (weight: string) => string },
  sizes: Map<string, number>,
): ReadonlyMap<string, T> {
  const known = program.parameters.map(({ name }) => nameOf(name));
  const all = readEntries(tensors, "`weights`", `{ "${known[0] ?? "h.x"}": … }`);
  refuseUnknown(all.keys(), known, `\`${program.name}\` has no weight`);
  const found = new Map<string, T>();
  for (const { name, type } of program.parameters) {
    const shown = nameOf(name);
    const tensor = all.get(shown);
    if (tensor === undefined) throw new UserError(`\`${program.name}\` needs its weight \`${shown}\``);
    checkTensor(tensor, shown, "float32", isTensor);
    readWeightShape(tensor.shape, type.axes, shown, sizes);
    found.set(name, tensor);
  }
  return found;
}

function checkTensor(
  tensor: TfjsTensor,
  name: string,
  kind: "float32" | "int32",
  isTensor: Situation["isTensor"],
): void {
  readSafely(`\`${name}\``, () => {
    if (typeof tensor !== "object" || tensor === null || !("dataId" in tensor) || !isTensor(tensor))
      throw new UserError(`\`${name}\` must be a tensor of tfjs`);
    if (tensor.isDisposed) throw new UserError(`the tensor of \`${name}\` was disposed of`);
    if (tensor.dtype !== kind)
      throw new UserError(`\`${name}\` must be ${kind}, but the tensor is ${String(tensor.dtype)}`);
  });
}
