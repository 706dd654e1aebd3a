// Follows a cell from first states until every state has been seen before: fixed points, cycles, and what leads to them.
import { UserError } from "../base/diagnostic.ts";
import { getOrCreate } from "../base/get-or-create.ts";
import { groupedBy } from "../base/grouped.ts";
import { at } from "../base/invariant.ts";
import { components } from "../graph/components.ts";
import type { Choice, Moves, Place } from "./moves.ts";

/** A state that was reached, by its number among all of them. */
export interface OrbitState {
  readonly place: Place;
  readonly isFirst: boolean;
  /** The value of the equation that was asked for. */
  readonly energy?: number;
}

export interface Transition {
  readonly from: number;
  readonly to: number;
  /** The tokens of the step; empty if the step has none to choose. */
  readonly choice: Choice;
}

/** States that a step never leaves. One state is a fixed point; several are a cycle if each step has one way only. */
export interface Attractor {
  /** In the order in which they are passed, if each step has one way only. */
  readonly states: readonly number[];
  readonly kind: "fixed point" | "cycle" | "set";
  /** The first states from which it can be reached, and those from which nothing else can. */
  readonly reachedFrom: number;
  readonly onlyFrom: number;
}

export interface Orbits {
  readonly states: readonly OrbitState[];
  readonly transitions: readonly Transition[];
  readonly attractors: readonly Attractor[];
}

export interface OrbitOptions {
  /** Fixed points whose numbers differ by no more are the same; on the way to them, a hundredth of it tells states apart. */
  readonly tolerance: number;
  /** The equation whose value in each state is asked for. */
  readonly energy?: string;
}

/** States that are followed at most. `components` overflows the stack on a chain of 3000. */
export const MOST_STATES = 2048;

/** What creeps towards a fixed point stops before it, a little apart from what comes from elsewhere. */
const FINER = 100;

/** Rejects with a UserError if there are more states, and as `Moves` does. */
export async function orbits<T>(
  moves: Moves<T>,
  first: readonly Place[],
  { tolerance, energy }: OrbitOptions,
): Promise<Orbits> {
  const known = new KnownPlaces(tolerance / FINER);
  for (const place of first) known.add(place);
  const count = known.places.length;
  const transitions: Transition[] = [];
  for (let from = 0; from < known.places.length;) {
    const places = known.places.slice(from);
    for (const choice of moves.choices) {
      const after = await moves.after(places, choice);
      after.forEach((place, index) => transitions.push({ from: from + index, to: known.add(place), choice }));
    }
    from += places.length;
  }
  const energies = energy === undefined ? [] : await moves.valueIn(known.places, energy);
  const states = known.places.map((place, index) => ({
    place,
    isFirst: index < count,
    ...(energies[index] === undefined ? {} : { energy: energies[index] }),
  }));
  const joined = withOneOfEach(known.places, transitions, tolerance);
  return { states, transitions: joined, attractors: attractorsOf(states, joined) };
}

/** Transitions to a fixed point that is close to an earlier one lead to that one, and so does the fixed point itself. */
function withOneOfEach(
  places: readonly Place[],
  transitions: readonly Transition[],
  tolerance: number,
): readonly Transition[] {
  const leaving = new Set(transitions.flatMap(({ from, to }) => (from === to ? [] : [from])));
  const fixed = [...places.keys()].filter((state) => !leaving.has(state));
  const isClose = (a: number, b: number): boolean =>
    areClose(at(places, a, "orbits"), at(places, b, "orbits"), tolerance);
  const standIn = new Map(
    fixed.map((state) => [state, fixed.find((other) => isClose(other, state)) ?? state] as const),
  );
  return transitions.map((each) => ({ ...each, to: standIn.get(each.to) ?? each.to }));
}

function areClose(a: Place, b: Place, tolerance: number): boolean {
  return a.every((value, index) => Math.abs(value - (b[index] ?? NaN)) <= tolerance);
}

/** Places, each once: two whose numbers differ by no more than the tolerance are one. */
class KnownPlaces {
  readonly places: Place[] = [];
  readonly #tolerance: number;
  readonly #cells = new Map<number, number[]>();

  constructor(tolerance: number) {
    this.#tolerance = tolerance;
  }

  /** Returns the number of the place. */
  add(place: Place): number {
    if (!place.every(Number.isFinite)) throw new UserError("a state has a number that is not finite");
    // By the first number alone, so that two close places lie in one cell or in two that are neighbours.
    const cell = Math.floor((place[0] ?? 0) / this.#width);
    const known = [cell - 1, cell, cell + 1]
      .flatMap((each) => this.#cells.get(each) ?? [])
      .find((index) => areClose(at(this.places, index, "orbits"), place, this.#tolerance));
    if (known !== undefined) return known;
    if (this.places.length === MOST_STATES)
      throw new UserError(`these are more than ${MOST_STATES} states: give fewer first states, or a greater tolerance`);
    const number = this.places.push(place) - 1;
    getOrCreate(this.#cells, cell, () => []).push(number);
    return number;
  }

  get #width(): number {
    return Math.max(this.#tolerance, 1e-12);
  }
}

function attractorsOf(states: readonly OrbitState[], transitions: readonly Transition[]): readonly Attractor[] {
  const names = states.map((_, index) => String(index));
  const found = components(
    names,
    transitions.map(({ from, to }) => [String(from), String(to)] as const),
  );
  const groupOf = new Map(found.flatMap((names, group) => names.map((name) => [Number(name), group] as const)));
  const leaving = new Set(
    transitions.flatMap(({ from, to }) => (groupOf.get(from) === groupOf.get(to) ? [] : [groupOf.get(from)])),
  );
  const last = found.flatMap((own, group) => (leaving.has(group) ? [] : [own.map(Number)]));
  const before = groupedBy(transitions, ({ to }) => to);
  const reaching = last.map((own) => reachingTo(own, before));
  return last
    .map((own, index): Attractor => {
      const here = reaching[index] ?? new Set();
      const isFirst = (state: number): boolean => states[state]?.isFirst === true && here.has(state);
      const from = [...states.keys()].filter(isFirst);
      const only = from.filter((state) => reaching.every((each, other) => other === index || !each.has(state)));
      return { ...inOrder(own, transitions), reachedFrom: from.length, onlyFrom: only.length };
    })
    .toSorted((a, b) => (a.states[0] ?? 0) - (b.states[0] ?? 0));
}

/** All states from which some of `targets` can be reached, these too. `before`: the transitions to each state. */
function reachingTo(
  targets: readonly number[],
  before: ReadonlyMap<number, readonly Transition[]>,
): ReadonlySet<number> {
  const found = new Set(targets);
  const work = [...targets];
  for (let state = work.pop(); state !== undefined; state = work.pop())
    for (const { from } of before.get(state) ?? [])
      if (!found.has(from)) {
        found.add(from);
        work.push(from);
      }
  return found;
}

function inOrder(own: readonly number[], transitions: readonly Transition[]): Pick<Attractor, "states" | "kind"> {
  const first = Math.min(...own);
  if (own.length === 1) return { states: own, kind: "fixed point" };
  const next = new Map<number, Set<number>>(own.map((state) => [state, new Set()]));
  for (const { from, to } of transitions) next.get(from)?.add(to);
  if ([...next.values()].some(({ size }) => size > 1)) return { states: own.toSorted((a, b) => a - b), kind: "set" };
  const states = [first];
  for (
    let state = [...(next.get(first) ?? [])][0];
    state !== undefined && state !== first;
    state = [...(next.get(state) ?? [])][0]
  )
    states.push(state);
  return { states, kind: "cycle" };
}
