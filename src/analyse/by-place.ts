// The order of a step's values in which those of one place stand together, as far as each comes after all that it is computed from.
import type { Graph } from "../graph/graph.ts";

/**
 * The nodes of a flat graph. `sources`: of a name that stands for a value of another place, that value. A place that can be completed at once
 * comes before one that waits for others.
 */
export function inPlaces(
  graph: Graph,
  placeOf: (id: string) => string,
  sources: ReadonlyMap<string, string>,
): readonly string[] {
  let left = graph.region(null).map(({ id }) => id);
  const done = new Set<string>();
  const isReady = (id: string, ahead: ReadonlySet<string>): boolean => {
    const needed = [...graph.node(id).operands, ...[sources.get(id) ?? []].flat()];
    return needed.every((each) => done.has(each) || ahead.has(each));
  };
  /** What can be computed in a place now. */
  const reachable = (place: string): readonly string[] => {
    const ahead = new Set<string>();
    for (const id of left) if (placeOf(id) === place && isReady(id, ahead)) ahead.add(id);
    return [...ahead];
  };
  while (left.length > 0) {
    const places = [...new Set(left.map(placeOf))].map((place) => ({ place, ids: reachable(place) }));
    const some = places.filter(({ ids }) => ids.length > 0);
    const whole = some.find(({ place, ids }) => ids.length === left.filter((id) => placeOf(id) === place).length);
    const { ids } = whole ?? some[0] ?? { ids: left };
    for (const id of ids) done.add(id);
    left = left.filter((id) => !done.has(id));
  }
  return [...done];
}

/** Equations of one place that follow each other. */
export function placeGroups<E extends { readonly place: string }>(list: readonly E[]): readonly (readonly E[])[] {
  const begins = list.flatMap(({ place }, index) => (index === 0 || list[index - 1]?.place !== place ? [index] : []));
  return begins.map((begin, index) => list.slice(begin, begins[index + 1]));
}
