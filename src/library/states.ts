// States as a program gives and gets them: what a sequence begins with, and with what the next part of it goes on.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { printDim } from "../shape/dim.ts";
import { ownAxes, type Type } from "../shape/type.ts";
import { inputNodes } from "../targets/bound.ts";
import type { HostArray } from "../targets/target.ts";
import { withGivenStates } from "../time/first-states.ts";
import { stateName } from "../train/feeds.ts";
import { placed, unplaced } from "./arrays.ts";
import { refuseNonFinite } from "./finite.ts";
import type { NumberArray } from "./given.ts";
import { refuseUnknown } from "./names.ts";
import { entriesOf, isWhole, mustBe } from "./options.ts";
import { reading } from "./shown.ts";
import type { Arrays, FirstState, State, StateInfo } from "./types.ts";

/** What tells the states of a model. */
export interface Stateful {
  readonly name: string;
  /** As it is run in parts. */
  carried(isRagged: boolean): Program;
  /** The name of a state or weight as a user knows it. */
  nameOf(name: string): string;
}

/** A state of a program that carries its states. */
export interface CarriedState {
  /** As the program names it. */
  readonly name: string;
  /** As a user knows it. */
  readonly shown: string;
  /** `[B, …]`; an integer for a token. */
  readonly type: Type;
}

/** All that is carried, in the order of the spec: examples of different lengths carry the most. */
export function carriedStates(model: Stateful): readonly CarriedState[] {
  const carried = model.carried(true);
  const types = new Map(inputNodes(carried.graph).map(({ name, type }) => [name, type]));
  return carried.states.map(({ name }) => ({
    name,
    shown: model.nameOf(name),
    type: types.get(stateName(name)) ?? fail("library", `no type of the state ${name}`),
  }));
}

export function describedStates(model: Stateful): readonly StateInfo[] {
  return carriedStates(model).map(({ shown, type }) => ({
    name: shown,
    shape: ownAxes(type).map(({ size }) => printDim(size)),
  }));
}

/** A program that carries its states, in which those that are given begin with their inputs. */
export function startingFrom(carried: Program, { arrays }: PlacedState): Program {
  return arrays.size === 0 ? carried : { ...carried, graph: withGivenStates(carried.graph, new Set(arrays.keys())) };
}

/** First states that were given, read. */
export interface PlacedState {
  /** `[B, …]`, by the names that the program has for the states. */
  readonly arrays: ReadonlyMap<string, HostArray>;
  /** How many examples, or null for one without a batch axis; undefined where no state is given. */
  readonly batch: number | null | undefined;
  /** Sizes of the model, with those that the states told. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Reads first states. Throws a UserError for a name that is not a state's, a shape that does not fit, a number that is not finite. */
export function placedState(
  model: Stateful,
  given: FirstState,
  { sizes, allowNonFinite }: { readonly sizes: ReadonlyMap<string, number>; readonly allowNonFinite: boolean },
): PlacedState {
  const states = carriedStates(model);
  const names = states.map(({ shown }) => shown);
  const entries = entriesOf(given, "`state`", `{ ${JSON.stringify(names[0] ?? "h")}: … }`);
  refuseUnknown(entries.keys(), names, `\`${model.name}\` has no state`);
  const learnt = new Map(sizes);
  const arrays = new Map<string, HostArray>();
  let batch: number | null | undefined;
  let first = "";
  for (const { name, shown, type } of states) {
    const array = entries.get(shown);
    if (array === undefined) continue;
    const told = `state ${shown}`;
    const put = placed(array, type, told, learnt);
    if (batch !== undefined && put.batch !== batch)
      throw new UserError(
        `the state \`${first}\` is ${countTold(batch)}, but the state \`${shown}\` is ${countTold(put.batch)}`,
      );
    [batch, first] = [put.batch, shown];
    if (!allowNonFinite && type.dtype === "float")
      refuseNonFinite(put.array, { name: told, hasTime: false, isSingle: put.batch === null });
    arrays.set(name, type.dtype === "int" ? asIds(put.array, told) : put.array);
  }
  return { arrays, batch, sizes: learnt };
}

/** Throws a UserError where the first states are for another number of examples than `others`, as "the inputs are". */
export function checkBatch({ batch }: PlacedState, expected: number | null, others: string): void {
  if (batch === undefined || batch === expected) return;
  throw new UserError(`\`state\` is ${countTold(batch)}, but ${others} ${countTold(expected)}`);
}

/** Throws a UserError where a state is given among the inputs: it is an option. */
export function refuseStateAsInput(model: Stateful, arrays: Arrays): void {
  const given = reading(`what \`${model.name}\` is given`, () => Object.keys(Object(arrays)));
  const { inputs } = model.carried(false);
  const state = model
    .carried(false)
    .states.map(({ name }) => model.nameOf(name))
    .find((name) => given.includes(name));
  if (state === undefined || inputs.some(({ name }) => name === state)) return;
  throw new UserError(
    `\`${model.name}\` has no input \`${state}\`, but a state of that name: first states are an option, as in \`run(arrays, { state: { ${state}: … } })\``,
  );
}

/** Token ids; -1 stands for no token, before the first step. */
function asIds(array: HostArray, name: string): HostArray {
  const wrong = array.data.find((id) => !isWhole(id, -1) || id >= 2 ** 31);
  if (wrong !== undefined) throw mustBe(`a token of \`${name}\``, wrong, "a token id, or -1 for no token");
  return { ...array, data: Int32Array.from(array.data) };
}

/** How many examples, in the words of a message. */
export function countTold(batch: number | null): string {
  return batch === null ? "a single example" : `a batch of ${batch}`;
}

/** States by the names that a user knows, from arrays `[B, …]` by the program's names. */
export function shownState(model: Stateful, arrays: ReadonlyMap<string, HostArray>, isSingle: boolean): State {
  return Object.fromEntries(
    carriedStates(model).flatMap(({ name, shown, type }): [string, NumberArray][] => {
      const array = arrays.get(name);
      if (array === undefined) return [];
      const data = type.dtype === "int" ? Int32Array.from(array.data) : array.data;
      return [[shown, unplaced({ ...array, data }, type, isSingle)]];
    }),
  );
}
