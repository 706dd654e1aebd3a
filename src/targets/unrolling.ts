// A target that unrolls graphs before it compiles them: completely, once for each set of lengths, or N steps a turn.
import { UserError } from "../base/diagnostic.ts";
import type { Graph } from "../graph/graph.ts";
import { scanAttributes } from "../graph/node.ts";
import { evaluateDim, symbolOf, type Dim, type Sizes } from "../shape/dim.ts";
import { timesOfScans, unrollBy, unrollFully, type TurnCount } from "../time/unroll.ts";
import type { Unrolling } from "../time/unroll-choice.ts";
import { keptBySizes } from "./inputs.ts";
import type { Executable, Target } from "./target.ts";

/** About how many bytes a node of an unrolled graph and its part of a plan hold. */
const NODE_BYTES = 4096;

export function unrolling<T>(target: Target<T>, choice: Unrolling): Target<T> {
  if (choice === "none") return target;
  return {
    ...target,
    compile: (graph) => (choice === "full" ? unrolledByLength(target, graph) : unrolledByTurns(target, graph, choice)),
  };
}

/** The most operations of an unrolled graph. Each takes 0.3 ms to compile. */
const MOST_OPERATIONS = 50_000;

/** Throws a UserError if the graph has too many operations when each loop is written out `turnsOf` times. */
function refuseEndless(graph: Graph, steps: number, turnsOf: (time: Dim) => number): void {
  const written = (region: string | null): number =>
    graph.region(region).reduce((sum, node) => {
      return sum + (node.op === "scan" ? written(node.id) * turnsOf(scanAttributes(node).time) : 1);
    }, 0);
  const count = written(null);
  if (count <= MOST_OPERATIONS) return;
  throw new UserError(
    `unrolled by ${steps} steps, \`${graph.name}\` has ${count} operations, more than the ${MOST_OPERATIONS} that are written out: unroll fewer steps, or none`,
  );
}

/** Compiles once for each set of lengths. Throws a UserError for lengths that are too long to be unrolled. */
function unrolledByLength<T>(target: Target<T>, graph: Graph): Executable<T> {
  const times = timesOfScans(graph).flatMap((time) => symbolOf(time) ?? []);
  const known = keptBySizes((lengths) => {
    refuseEndless(graph, longest(graph, lengths), (time) => evaluateDim(time, lengths));
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

function longest(graph: Graph, sizes: Sizes): number {
  return Math.max(0, ...timesOfScans(graph).map((time) => evaluateDim(time, sizes)));
}

/** Sequences that are shorter than a turn run in the original loop: unrolled, they would only run the loop for the rest. */
function unrolledByTurns<T>(target: Target<T>, graph: Graph, every: number): Executable<T> {
  let plain: Executable<T> | undefined;
  let unrolled: { readonly executable: Executable<T>; readonly turns: readonly TurnCount[] } | undefined;
  const choose = (sizes: Sizes): { readonly executable: Executable<T>; readonly turns: readonly TurnCount[] } => {
    if (longest(graph, sizes) < every) return { executable: (plain ??= target.compile(graph)), turns: [] };
    if (unrolled === undefined) {
      refuseEndless(graph, every, () => every);
      const made = unrollBy(graph, every);
      unrolled = { executable: target.compile(made.graph), turns: made.turns };
    }
    return unrolled;
  };
  return {
    prepare: (sizes) => {
      const { executable, turns } = choose(sizes);
      executable.prepare?.(withTurns(sizes, turns));
    },
    run: (inputs, sizes) => {
      const { executable, turns } = choose(sizes);
      return executable.run(inputs, withTurns(sizes, turns));
    },
    dispose: () => {
      plain?.dispose();
      unrolled?.executable.dispose();
    },
  };
}

function withTurns(sizes: Sizes, turns: readonly TurnCount[]): Sizes {
  const counts = turns.map(({ name, time, every }) => {
    return [name, Math.floor(evaluateDim(time, sizes) / every)] as const;
  });
  return new Map([...sizes, ...counts]);
}
