// States in arguments and results: the first states of a sequence, and the state with which its next part starts.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { printDim } from "../shape/dim.ts";
import { ownAxes, type Type } from "../shape/type.ts";
import { inputNodes } from "../targets/bound.ts";
import type { HostArray } from "../targets/target.ts";
import { withGivenStates } from "../time/first-states.ts";
import { stateName } from "../train/feeds.ts";
import { readInput, toBatchFirst } from "./arrays.ts";
import { refuseNonFinite } from "./finite.ts";
import type { NumberArray } from "./given.ts";
import { refuseUnknown } from "./names.ts";
import { readEntries, isWhole, wrongValue } from "./options.ts";
import { readSafely } from "./describe-value.ts";
import type { Arrays, FirstState, State, StateInfo } from "./types.ts";

/** A model with states. */
export interface Stateful {
  readonly name: string;
  /** The program for runs in parts: its states are inputs and outputs. */
  carried(isRagged: boolean): Program;
  /** The name of a state or weight for users. */
  nameOf(name: string): string;
}

/** A state that is carried from step to step. */
export interface CarriedState {
  /** Its name in the program. */
  readonly name: string;
  /** Its name for users. */
  readonly shown: string;
  /** `[B, …]`; `int` for a token. */
  readonly type: Type;
}

/** All carried states, in the order of the spec. The program for examples of different lengths has the most. */
export function carriedStates(model: Stateful): readonly CarriedState[] {
  const carried = model.carried(true);
  const types = new Map(inputNodes(carried.graph).map(({ name, type }) => [name, type]));
  return carried.states.map(({ name }) => ({
    name,
    shown: model.nameOf(name),
    type: types.get(stateName(name)) ?? fail("library", `no type of the state ${name}`),
  }));
}

export function describeStates(model: Stateful): readonly StateInfo[] {
  return carriedStates(model).map(({ shown, type }) => ({
    name: shown,
    shape: ownAxes(type).map(({ size }) => printDim(size)),
  }));
}

/** The program in which the given states start with the values of their inputs. */
export function withFirstStates(carried: Program, { arrays }: FirstStates): Program {
  return arrays.size === 0 ? carried : { ...carried, graph: withGivenStates(carried.graph, new Set(arrays.keys())) };
}

/** The first states of a call. */
export interface FirstStates {
  /** `[B, …]`, by the names of the states in the program. */
  readonly arrays: ReadonlyMap<string, HostArray>;
  /** The number of examples, or null for one without a batch axis; undefined if no state is given. */
  readonly batch: number | null | undefined;
  /** Sizes of the model, and those from the states. */
  readonly sizes: ReadonlyMap<string, number>;
  /** For the time of each memory along which a state was given, that state and its places. */
  readonly places: ReadonlyMap<string, { readonly state: string; readonly count: number }>;
}

/** Reads first states. Throws a UserError for a name that is not a state, a shape that does not fit, a number that is not finite. */
export function readFirstStates(
  model: Stateful,
  given: FirstState,
  { sizes, allowNonFinite }: { readonly sizes: ReadonlyMap<string, number>; readonly allowNonFinite: boolean },
): FirstStates {
  const states = carriedStates(model);
  const names = states.map(({ shown }) => shown);
  const entries = readEntries(given, "`state`", `{ ${JSON.stringify(names[0] ?? "h")}: … }`);
  refuseUnknown(entries.keys(), names, `\`${model.name}\` has no state`);
  const learnt = new Map(sizes);
  const arrays = new Map<string, HostArray>();
  const places = new Map<string, { readonly state: string; readonly count: number }>();
  let batch: number | null | undefined;
  let first = "";
  for (const { name, shown, type } of states) {
    const array = entries.get(shown);
    if (array === undefined) continue;
    const label = `state ${shown}`;
    const state = readInput(array, type, label, learnt);
    if (batch !== undefined && state.batch !== batch)
      throw new UserError(
        `the state \`${first}\` is ${describeBatch(batch)}, but the state \`${shown}\` is ${describeBatch(state.batch)}`,
      );
    [batch, first] = [state.batch, shown];
    if (!allowNonFinite && type.dtype === "float")
      refuseNonFinite(state.array, { name: label, hasTime: false, isSingle: state.batch === null });
    arrays.set(name, type.dtype === "int" ? toTokenIds(state.array, label) : state.array);
    type.axes.forEach(({ tag, size }, axis) => {
      if (tag === "memory") places.set(printDim(size), { state: shown, count: state.array.shape[axis] ?? 0 });
    });
  }
  return { arrays, batch, sizes: learnt, places };
}

/** Throws a UserError if a state has not as many places as the memory that it is along has steps. `steps` is by times. */
export function checkPlaces({ places }: FirstStates, steps: ReadonlyMap<string, number>): void {
  for (const [time, { state, count }] of places) {
    const own = steps.get(time);
    if (own !== undefined && own !== count)
      throw new UserError(`the state \`${state}\` is for a memory of ${count} steps, but this one has ${own}`);
  }
}

/** Throws a UserError if the batch sizes of the first states and of `others` differ. `others` is "the inputs are", for example. */
export function checkBatch({ batch }: FirstStates, expected: number | null, others: string): void {
  if (batch === undefined || batch === expected) return;
  throw new UserError(`\`state\` is ${describeBatch(batch)}, but ${others} ${describeBatch(expected)}`);
}

/** Throws a UserError if a state is given among the inputs, because it is an option. */
export function refuseStateAsInput(model: Stateful, arrays: Arrays): void {
  const given = readSafely(`the arrays of \`${model.name}\``, () => Object.keys(Object(arrays)));
  const { inputs } = model.carried(false);
  const state = model
    .carried(false)
    .states.map(({ name }) => model.nameOf(name))
    .find((name) => given.includes(name));
  if (state === undefined || inputs.some(({ name }) => name === state)) return;
  throw new UserError(
    `\`${model.name}\` has no input \`${state}\`, but a state with this name: first states are an option, as in \`run(arrays, { state: { ${state}: … } })\``,
  );
}

/** Token ids; -1 means that there is no token, before the first step. */
function toTokenIds(array: HostArray, name: string): HostArray {
  const wrong = array.data.find((id) => !isWhole(id, -1) || id >= 2 ** 31);
  if (wrong !== undefined) throw wrongValue(`a token of \`${name}\``, wrong, "a token id, or -1 for no token");
  return { ...array, data: Int32Array.from(array.data) };
}

/** The number of examples, for messages. */
export function describeBatch(batch: number | null): string {
  return batch === null ? "a single example" : `a batch of ${batch}`;
}

/** States by their names for users, from arrays `[B, …]` by their names in the program. */
export function namedStates(model: Stateful, arrays: ReadonlyMap<string, HostArray>, isSingle: boolean): State {
  return Object.fromEntries(
    carriedStates(model).flatMap(({ name, shown, type }): [string, NumberArray][] => {
      const array = arrays.get(name);
      if (array === undefined) return [];
      const data = type.dtype === "int" ? Int32Array.from(array.data) : array.data;
      return [[shown, toBatchFirst({ ...array, data }, type, isSingle)]];
    }),
  );
}
