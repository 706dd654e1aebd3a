// What `recurra orbits` prints and draws: fixed points and cycles as a table, everything as JSON, states and steps as a picture.
import { UserError } from "../base/diagnostic.ts";
import { groupedBy } from "../base/grouped.ts";
import type { DrawnOrbits, DrawnStep } from "../draw/orbits.ts";
import type { Choice, StatePart } from "../orbits/moves.ts";
import type { Orbits, OrbitState } from "../orbits/orbits.ts";
import { table } from "./table.ts";

export interface NamedOrbits extends Orbits {
  readonly name: string;
  readonly parts: readonly StatePart[];
  /** The name of the equation whose value each state has. */
  readonly energy?: string;
}

/** Passed states of one cycle that are printed. */
const MOST_PASSED = 8;
/** Boxes of a picture. */
const MOST_DRAWN = 128;
/** Boxes of a picture whose arrows have names. */
const MOST_LABELLED = 16;
const DIGITS = 5;

export function orbitsText(found: NamedOrbits): string {
  const { states, attractors, energy } = found;
  const first = states.filter(({ isFirst }) => isFirst).length;
  const heading = ["", "length", "states", ...(energy === undefined ? [] : [energy]), "reached from", "only"];
  const rows = attractors.map(({ kind, states: own, reachedFrom, onlyFrom }) => {
    const passed = own.flatMap((index) => states[index] ?? []);
    const shown = passed
      .slice(0, MOST_PASSED)
      .map(labelOf)
      .join(kind === "cycle" ? " → " : "; ");
    const more = passed.length > MOST_PASSED ? `; ${passed.length - MOST_PASSED} more` : "";
    const energies =
      energy === undefined ? [] : [[...new Set(passed.map((each) => short(each.energy ?? NaN)))].join(", ")];
    return [kind, String(own.length), `${shown}${more}`, ...energies, String(reachedFrom), String(onlyFrom)];
  });
  const names = found.parts.map(({ name }) => name).join(", ");
  const others = states.length - first;
  const counted = `${first} first state${first === 1 ? "" : "s"} of ${names}${others === 0 ? "" : `, ${others} more on the way`}`;
  return `${found.name}: ${counted}\n${table([heading, ...rows])}`;
}

export function orbitsJson({ states, transitions, attractors }: NamedOrbits): string {
  const plain = transitions.map(({ from, to, choice }) => ({ from, to, ...Object.fromEntries(choice) }));
  return JSON.stringify({ states, transitions: plain, attractors }, null, 2);
}

/** Throws a UserError if there are too many states for a picture. */
export function drawnOrbits(found: NamedOrbits): DrawnOrbits {
  const rests = new Map(found.attractors.flatMap(({ kind, states }) => states.map((index) => [index, kind] as const)));
  const isKept = ({ isFirst }: OrbitState, index: number): boolean => isFirst || rests.has(index);
  const kept = found.states.flatMap((state, index) => (isKept(state, index) || hasSeveralWays(found) ? [index] : []));
  if (kept.length > MOST_DRAWN)
    throw new UserError(
      `a picture of ${kept.length} states cannot be read; ${MOST_DRAWN} can be drawn: give fewer first states by --state`,
    );
  const placeOf = new Map(kept.map((index, place) => [index, place]));
  return {
    title: `${found.name}: where its states lead`,
    ...(found.energy === undefined ? {} : { energy: found.energy }),
    states: kept.map((index) => {
      const { energy, ...state } = found.states[index] ?? { place: [] };
      const kind = rests.get(index);
      return {
        label: labelOf(state),
        ...(energy === undefined ? {} : { energy }),
        ...(kind === undefined ? {} : { rests: kind }),
      };
    }),
    steps: hasSeveralWays(found) ? allSteps(found, placeOf) : longSteps(found, placeOf),
  };
}

function hasSeveralWays({ states, transitions }: Orbits): boolean {
  return transitions.length > states.length;
}

/** Without steps that leave a state as it is, if others do not. */
function allSteps({ transitions }: Orbits, placeOf: ReadonlyMap<number, number>): readonly DrawnStep[] {
  const leaving = new Set(transitions.flatMap(({ from, to }) => (from === to ? [] : [from])));
  const textOf = (choice: Choice): string => [...choice].map(([name, value]) => `${name} = ${value}`).join(", ");
  return transitions.flatMap(({ from, to, choice }) => {
    if (from === to && leaving.has(from)) return [];
    const label = placeOf.size > MOST_LABELLED ? "" : textOf(choice);
    return [{ from: placeOf.get(from) ?? NaN, to: placeOf.get(to) ?? NaN, label }];
  });
}

/** From each drawn state to the next drawn one, over the states between them. */
function longSteps({ transitions }: Orbits, placeOf: ReadonlyMap<number, number>): readonly DrawnStep[] {
  const next = new Map(
    [...groupedBy(transitions, ({ from }) => from)].map(([from, [first]]) => [from, first?.to ?? from]),
  );
  return [...placeOf].map(([index, from]) => {
    let [to, count] = [next.get(index) ?? index, 1];
    for (; !placeOf.has(to); count++) to = next.get(to) ?? index;
    return { from, to: placeOf.get(to) ?? from, label: count === 1 ? "" : `${count} steps` };
  });
}

function labelOf({ place }: Pick<OrbitState, "place">): string {
  return place.map(short).join(" ");
}

function short(value: number): string {
  return String(Number(value.toPrecision(DIGITS)) + 0);
}
