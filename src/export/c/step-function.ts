// The function that goes one step on: from states and inputs to results and the next states.
import { lookup } from "../../base/invariant.ts";
import type { Place } from "../../codegen/c/operands.ts";
import { printInput, readOutput } from "../../graph/border.ts";
import { inputOf } from "../../graph/node.ts";
import type { Storage } from "../../kernel/view.ts";
import type { HostArray } from "../../targets/target.ts";
import { copyStatement, type FileParts, type Kept, type StepFunction } from "./file-parts.ts";
import { canBeInPlace } from "./in-place.ts";
import { placesOf, type Tasks } from "./memory.ts";
import { UsedParameters, type Parameter } from "./parameters.ts";

export interface StepContext {
  readonly program: Tasks;
  readonly inputs: readonly Parameter[];
  readonly results: readonly Parameter[];
  /** By the names of the inputs of the program. */
  readonly states: ReadonlyMap<string, Kept>;
  readonly fresh: Kept | undefined;
  /** Where the step finds what was computed when the sequence began. */
  readonly begun: ReadonlyMap<string, Place>;
  /** Values that weights decide. */
  readonly known: ReadonlyMap<string, HostArray>;
}

export function stepFunction(context: StepContext, parts: FileParts): StepFunction {
  const { program, inputs, results, states, fresh, begun, known } = context;
  const used = new UsedParameters(inputs);
  const { places, copies } = outputPlaces(context, parts);
  const kept = (each: ReadonlyMap<string, Kept>, name: string): Place => lookup(each, name, "c").place;
  const owners = {
    results: places,
    inputs: {
      data: (name: string) => begun.get(name) ?? used.placeOf(name),
      held: (name: string) => begun.get(name) ?? parts.arrays.known(name, lookup(known, name, "c")),
      state: (name: string) => kept(states, name),
      fresh: (name: string) => kept(new Map(fresh === undefined ? [] : [[name, fresh]]), name),
    },
  };
  const statements = parts.functions.statements(program.tasks, placesOf(program, owners, parts));
  return { parameters: [...inputs, ...results], statements: [...used.unused, ...statements, ...copies] };
}

interface OutputPlaces {
  readonly places: ReadonlyMap<Storage, Place>;
  /** Statements at the end of a step. */
  readonly copies: readonly string[];
}

/** A result is written where the caller has it, and a state in place if nothing reads its last value later. All others are copied. */
function outputPlaces({ program, results, states }: StepContext, parts: FileParts): OutputPlaces {
  const written = new UsedParameters(results);
  const places = new Map<Storage, Place>();
  const copies: string[] = [];
  for (const { name } of results) {
    const { storage } = lookup(program.outputs, name, "c");
    const place = written.placeOf(name);
    const first = places.get(storage);
    if (first === undefined) places.set(storage, place);
    else copies.push(copyStatement(place, first, storage.count));
  }
  const storages = new Map(program.inputs.map(({ name, view }) => [name, view.storage]));
  for (const [output, { storage }] of program.outputs) {
    const read = readOutput(output);
    if (read.kind !== "final") continue;
    const name = printInput({ kind: "state", path: read.path });
    const state = states.get(name);
    const own = storages.get(name);
    const isInPlace =
      state !== undefined && own !== undefined && !places.has(storage) && canBeInPlace(program.tasks, own, storage);
    if (isInPlace) places.set(storage, state.place);
    const place =
      places.get(storage) ??
      parts.struct.add(`next ${read.path}`, storage.kind, storage.count, `The next ${read.path}`);
    places.set(storage, place);
    if (state !== undefined && !isInPlace) copies.push(copyStatement(state.place, place, state.count));
  }
  return { places, copies };
}

/** Whether a step reads whether it is the first one. */
export function readsFresh({ inputs }: Tasks): boolean {
  return inputs.some(({ node }) => inputOf(node).kind === "fresh");
}
