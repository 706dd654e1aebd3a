// Unrolling: writes out the body of a scan, once for each step or several times in each turn of the loop.
// What disappears: scans (`unrollFully`), or all turns but every N-th (`unrollBy`). What appears: `at` and `concat`, or `every` and
// `weave`. Both come after the gradient and the passes, and their result is only run.
import { fail } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, scanAttributes } from "../graph/node.ts";
import { Builder } from "../ops/builder.ts";
import { hasDead } from "../ops/liveness.ts";
import { copyInto, rewrite } from "../ops/rewrite.ts";
import {
  constant,
  constantOf,
  multiply,
  ONE,
  printDim,
  substitute,
  subtract,
  symbol,
  symbolOf,
  type Dim,
  type Sizes,
} from "../shape/dim.ts";
import { timeOf, withTime } from "../shape/type.ts";
import { partsOf, pick, UnrolledStep, type Results, type ScanParts } from "./unrolled-step.ts";

/** A size that an unrolled graph needs besides its own: the number of whole turns of `every` steps in a time. */
export interface TurnCount {
  readonly name: string;
  readonly time: Dim;
  readonly every: number;
}

/** The times of a graph's scans, each once. */
export function timesOfScans(graph: Graph): readonly Dim[] {
  const times = graph.all().flatMap((node) => (node.op === "scan" ? [scanAttributes(node).time] : []));
  return [...new Map(times.map((time) => [printDim(time), time])).values()];
}

/** A graph whose lengths are numbers, without any scan. `sizes` has every time of its scans. */
export function unrollFully(graph: Graph, sizes: Sizes): Graph {
  const times = timesOfScans(graph).map(printDim);
  const fixed = withSizes(graph, new Map([...sizes].filter(([name]) => times.includes(name))));
  if (timesOfScans(fixed).some((time) => constantOf(time) === undefined)) fail("unroll", "a length that is no number");
  return unrollNumbered(fixed);
}

/** A graph in which one time has so many steps, without scans along that time. Others stay. */
export function unrollAlong(graph: Graph, time: string, steps: number): Graph {
  return unrollNumbered(withSizes(graph, new Map([[time, steps]])));
}

/** Without the scans whose lengths are numbers. */
function unrollNumbered(graph: Graph): Graph {
  return unrolled(graph, (build, scan) => {
    const steps = constantOf(scanAttributes(scan.node).time) ?? 0;
    if (steps === 0) return null;
    const body = new UnrolledStep(build, scan);
    const order = Array.from({ length: steps }, (_, step) => (scan.reverse ? steps - 1 - step : step));
    let states = scan.initial;
    const emitted: (readonly string[])[] = Array.from({ length: steps }, () => []);
    for (const step of order) {
      const results = body.make(states, (sequence) => build.op("at", [sequence], { dims: [constant(step)] }));
      states = results.states;
      emitted[step] = results.emitted;
    }
    return {
      states,
      emitted: scan.emitted.map((_, index) =>
        stacked(
          build,
          emitted.map((each) => pick(each, index)),
        ),
      ),
    };
  });
}

/** Every scan has turns of `every` steps; the remaining steps are a loop of their own after them. */
export function unrollBy(graph: Graph, every: number): { readonly graph: Graph; readonly turns: readonly TurnCount[] } {
  const turns = new Map<string, TurnCount>();
  const result = unrolled(graph, (build, scan) => {
    const { time } = scanAttributes(scan.node);
    const count = turnsOf(time, every, turns);
    const whole = multiply(count, constant(every));
    const bulk = (states: readonly string[]): Results => turnsLoop(build, scan, { states, count, every });
    const rest = (states: readonly string[]): Results => restLoop(build, scan, { states, from: whole, to: time });
    // From right to left, the remaining steps come first.
    const first = scan.reverse ? rest(scan.initial) : bulk(scan.initial);
    const second = scan.reverse ? bulk(first.states) : rest(first.states);
    const [front, back] = scan.reverse ? [second, first] : [first, second];
    return {
      states: second.states,
      emitted: front.emitted.map((each, index) => joined(build, [each, pick(back.emitted, index)])),
    };
  });
  return { graph: result, turns: [...turns.values()] };
}

function turnsOf(time: Dim, every: number, turns: Map<string, TurnCount>): Dim {
  const known = constantOf(time);
  if (known !== undefined) return constant(Math.floor(known / every));
  const name = `turns.${symbolOf(time) ?? fail("unroll", `the length ${printDim(time)} is no name`)}`;
  turns.set(name, { name, time, every });
  return symbol(name);
}

/** Rebuilds a graph with each scan replaced by `make`; null keeps it. Dead nodes are removed first, because a body is built as a whole. */
function unrolled(given: Graph, make: (build: Builder, scan: ScanParts) => Results | null): Graph {
  const graph = hasDead(given) ? rewrite(given) : given;
  const build = new Builder();
  const results = new Map<string, readonly string[]>();
  const copy = copyInto(build, graph, {
    replace: (node, _, of) => {
      if (node.op !== "project") return undefined;
      const scan = graph.node(node.operands[0] ?? fail("unroll", "project of nothing"));
      if (!results.has(scan.id)) {
        const made = make(build, partsOf(graph, scan, of));
        if (made !== null) results.set(scan.id, [...made.states, ...made.emitted]);
      }
      const found = results.get(scan.id);
      return found === undefined ? undefined : pick(found, indexOf(node));
    },
  });
  const outputs = new Map([...graph.outputs].map(([name, id]) => [name, copy.of(id)]));
  return rewrite(build.finish(graph.name, outputs));
}

/** The loop over whole turns. */
function turnsLoop(
  build: Builder,
  scan: ScanParts,
  { states, count, every }: { readonly states: readonly string[]; readonly count: Dim; readonly every: number },
): Results {
  const taken = new Map<string, string>();
  const outerStep = (sequence: string, offset: number): string => {
    const key = `${sequence} ${offset}`;
    const known = taken.get(key);
    if (known !== undefined) return known;
    const id = build.outermost(() => build.op("every", [sequence], { dims: [count], every, offset }));
    taken.set(key, id);
    return id;
  };
  const body = new UnrolledStep(build, scan);
  build.openScan(count, scan.reverse);
  const ports = states.map((state) => build.state(state));
  let now: readonly string[] = ports;
  const emitted: (readonly string[])[] = Array.from({ length: every }, () => []);
  for (let step = 0; step < every; step++) {
    const offset = scan.reverse ? every - 1 - step : step;
    const results = body.make(now, (sequence) => build.local(outerStep(sequence, offset)));
    now = results.states;
    emitted[offset] = results.emitted;
  }
  ports.forEach((port, index) => build.setNext(port, pick(now, index)));
  const places = emitted.map((each) => each.map((value) => emit(build, value)));
  const closed = build.closeScan();
  return {
    states: ports.map((port) => closed.final(port)),
    emitted: scan.emitted.map((_, index) =>
      build.op(
        "weave",
        places.map((each) => read(build, closed.id, each[index] ?? fail("unroll", "nothing emitted"), count)),
      ),
    ),
  };
}

/** The loop over the remaining steps, from `from` up to `to`. */
function restLoop(
  build: Builder,
  scan: ScanParts,
  { states, from, to }: { readonly states: readonly string[]; readonly from: Dim; readonly to: Dim },
): Results {
  const body = new UnrolledStep(build, scan);
  const count = subtract(to, from);
  build.openScan(count, scan.reverse);
  const ports = states.map((state) => build.state(state));
  const results = body.make(ports, (sequence) =>
    build.local(
      build.outermost(() =>
        build.op("slice", [sequence], {
          axis: -build.type(sequence).axes.length,
          dims: [from, to],
        }),
      ),
    ),
  );
  ports.forEach((port, index) => build.setNext(port, pick(results.states, index)));
  const places = results.emitted.map((value) => emit(build, value));
  const closed = build.closeScan();
  return {
    states: ports.map((port) => closed.final(port)),
    emitted: places.map((place) => read(build, closed.id, place, count)),
  };
}

/** What is the same at every step is outside, and is not an emitted value. */
function emit(build: Builder, value: string): number | string {
  return build.node(value).region === null ? value : build.emit(value);
}

function read(build: Builder, scan: string, place: number | string, count: Dim): string {
  return typeof place === "number" ? build.emitted(scan, place) : overTime(build, place, count);
}

function overTime(build: Builder, value: string, count: Dim): string {
  const type = build.type(value);
  if (timeOf(type) !== undefined) return value;
  return build.op("broadcast", [value], { type: withTime(type, count) });
}

/** Values of single steps as one sequence. */
function stacked(build: Builder, steps: readonly string[]): string {
  return joined(
    build,
    steps.map((step) => overTime(build, step, ONE)),
  );
}

/** Sequences one after the other. */
function joined(build: Builder, parts: readonly string[]): string {
  const [first] = parts;
  if (first === undefined) return fail("unroll", "nothing to join");
  return parts.length === 1 ? first : build.op("concat", parts, { axis: -build.type(first).axes.length });
}

/** The graph with numbers for some sizes. */
function withSizes(graph: Graph, sizes: Sizes): Graph {
  const resolve = (dim: Dim): Dim =>
    substitute(dim, (name) => {
      const size = sizes.get(name);
      return size === undefined ? undefined : constant(size);
    });
  const copy = copyInto(new Builder(), graph);
  const outputs = new Map([...graph.outputs].map(([name, id]) => [name, copy.of(id)]));
  return copy.build.finishSized(graph.name, outputs, resolve).graph;
}
