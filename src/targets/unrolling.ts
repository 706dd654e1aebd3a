// A target whose graphs are unrolled before they are compiled: wholly, once for each set of lengths, or every so many steps.
import type { Graph } from "../graph/graph.ts";
import { evaluateDim, parseDim, symbolOf, type Sizes } from "../shape/dim.ts";
import { timesOfScans, unrollBy, unrollFully, type TurnCount } from "../time/unroll.ts";
import type { Unrolling } from "../time/unroll-choice.ts";
import { keptBySizes } from "./inputs.ts";
import type { Executable, Target } from "./target.ts";

/** What a node of an unrolled graph and its part of a plan keep, about. */
const NODE_BYTES = 4096;

export function unrolling<T>(target: Target<T>, choice: Unrolling): Target<T> {
  if (choice === "none") return target;
  return {
    ...target,
    compile: (graph) => (choice === "full" ? unrolledByLength(target, graph) : unrolledByTurns(target, graph, choice)),
  };
}

/** Compiles anew for lengths that were not met before. */
function unrolledByLength<T>(target: Target<T>, graph: Graph): Executable<T> {
  const times = timesOfScans(graph).flatMap((time) => symbolOf(parseDim(time)) ?? []);
  const known = keptBySizes((lengths) => {
    const unrolled = unrollFully(graph, lengths);
    const executable = target.compile(unrolled);
    const bytes = NODE_BYTES * unrolled.all().length;
    return { executable, bytes, release: () => executable.dispose() };
  });
  const executableFor = (sizes: Sizes): Executable<T> =>
    known.for(new Map(times.map((time) => [time, sizes.get(time) ?? NaN]))).executable;
  return {
    prepare: (sizes) => executableFor(sizes).prepare?.(sizes),
    run: (inputs, sizes) => executableFor(sizes).run(inputs, sizes),
    dispose: () => known.clear(),
  };
}

function unrolledByTurns<T>(target: Target<T>, graph: Graph, every: number): Executable<T> {
  const { graph: unrolled, turns } = unrollBy(graph, every);
  const executable = target.compile(unrolled);
  return {
    prepare: (sizes) => executable.prepare?.(withTurns(sizes, turns)),
    run: (inputs, sizes) => executable.run(inputs, withTurns(sizes, turns)),
    dispose: () => executable.dispose(),
  };
}

function withTurns(sizes: Sizes, turns: readonly TurnCount[]): Sizes {
  const counts = turns.map(({ name, time, every }) => {
    return [name, Math.floor(evaluateDim(parseDim(time), sizes) / every)] as const;
  });
  return new Map([...sizes, ...counts]);
}
