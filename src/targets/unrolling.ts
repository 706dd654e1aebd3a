// A target whose graphs are unrolled before they are compiled: wholly, once for each set of lengths, or every so many steps.
import type { Graph } from "../graph/graph.ts";
import { evaluateDim, parseDim, symbolOf, type Sizes } from "../shape/dim.ts";
import { timesOfScans, unrollBy, unrollFully, type TurnCount } from "../time/unroll.ts";
import type { Unrolling } from "../time/unroll-choice.ts";
import type { Executable, Target } from "./target.ts";

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
  const known = new Map<string, Executable<T>>();
  const executableFor = (sizes: Sizes): Executable<T> => {
    const key = times.map((time) => `${time} = ${sizes.get(time) ?? NaN}`).join();
    const executable = known.get(key) ?? target.compile(unrollFully(graph, sizes));
    known.set(key, executable);
    return executable;
  };
  return {
    prepare: (sizes) => executableFor(sizes).prepare?.(sizes),
    run: (inputs, sizes) => executableFor(sizes).run(inputs, sizes),
    dispose: () => {
      for (const executable of known.values()) executable.dispose();
      known.clear();
    },
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
