// A scan as one instruction: a loop over the scheduled instructions of its body. Sequences are copied out and in step by step.
import { at, fail, lookup } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../../graph/node.ts";
import { evaluateDim, type Sizes } from "../../shape/dim.ts";
import { gather, stepReader } from "./copy.ts";
import type { TensorInfo } from "./device.ts";
import { retainer, schedule } from "./schedule.ts";
import { read, type Slots, type Trace, type Value } from "./trace.ts";

export interface Recording {
  readonly trace: Trace;
  readonly graph: Graph;
  readonly sizes: Sizes;
  /** By the id of a node that is no scan. */
  readonly values: Map<string, Value>;
  readonly record: (node: Node) => void;
}

interface Port {
  readonly slot: number;
  readonly operand: number;
  readonly shape: readonly number[];
}

/** Records the scan; returns its results, final states before emitted sequences. */
export function recordScan(scan: Node, recording: Recording): readonly Value[] {
  const { trace, graph, sizes, values } = recording;
  const { time, reverse, sequences, states } = scanAttributes(scan);
  const T = evaluateDim(time, sizes);
  const operands = scan.operands.map((operand) => lookup(values, operand, "tfjs"));
  const first = { sequence: 0, state: sequences, invariant: sequences + states };
  const ports: Record<"sequence" | "state", Port[]> = { sequence: [], state: [] };

  trace.openBody();
  let yields: readonly Value[] = [];
  for (const node of graph.region(scan.id)) {
    if (node.op === "yield") yields = node.operands.map((operand) => lookup(values, operand, "tfjs"));
    else if (node.op !== "port") recording.record(node);
    else {
      const kind = portKind(node);
      const operand = at(operands, first[kind] + indexOf(node), "tfjs");
      // An invariant is the outer value itself: what depends on nothing else is recorded outside.
      const shape = kind === "sequence" ? operand.shape.slice(1) : operand.shape;
      const value = kind === "invariant" ? operand : trace.fresh(shape, operand.kind);
      values.set(node.id, value);
      if (kind !== "invariant") ports[kind].push({ slot: value.slot, operand: indexOf(node), shape });
    }
  }
  const body = trace.close();

  const results = yields.map((value) => value.slot);
  const readInBody = new Set([...results, ...body.flatMap((instruction) => instruction.reads)]);
  const steps = ports.sequence.filter((port) => readInBody.has(port.slot));
  const given = [...steps, ...ports.state].map((port) => port.slot);
  const loop = schedule(trace, body, results, given);
  const retain = retainer(trace, results, (root) => trace.isInner(root));
  const initial = operands.slice(sequences, sequences + states);
  const finals = initial.map((value) => trace.fresh(value.shape, value.kind));
  const emitted = yields.slice(states).map((value) => trace.fresh([T, ...value.shape], value.kind));
  const sequenceOf = (port: Port): number => at(operands, port.operand, "tfjs").slot;

  // A state whose value before the step nobody asks for has no port in the body.
  const ported = new Set(ports.state.map((port) => port.operand));
  const unportedStates = initial.map((_, index) => index).filter((index) => !ported.has(index));

  const { device } = trace;
  const readers = steps.map((port) => ({
    from: sequenceOf(port),
    to: port.slot,
    readStep: stepReader(device, port.shape),
  }));
  const run = (slots: Slots): void => {
    const gathered = emitted.map((value) => gather(device, value.shape, value.kind));
    let current: readonly TensorInfo[] = initial.map((value) => read(slots, value.slot));
    for (const state of current) device.retain(state);
    for (let step = 0; step < T; step++) {
      const t = reverse ? T - 1 - step : step;
      for (const { from, to, readStep } of readers) slots[to] = readStep(read(slots, from), t);
      for (const port of ports.state) slots[port.slot] = current[port.operand];
      unportedStates.forEach((index) => device.release(at(current, index, "tfjs")));
      loop.run(slots);
      retain(slots);
      const values = results.map((slot) => read(slots, slot));
      current = values.slice(0, states);
      for (let k = states; k < values.length; k++) {
        const value = values[k] ?? fail("tfjs", "a missing result");
        at(gathered, k - states, "tfjs").put(t, value);
      }
    }
    finals.forEach((value, index) => (slots[value.slot] = current[index]));
    emitted.forEach((value, index) => (slots[value.slot] = at(gathered, index, "tfjs").whole()));
  };
  const outer = [...loop.reads, ...results].filter((slot) => !trace.isInner(slot));
  const reads = [...steps.map(sequenceOf), ...initial.map((value) => value.slot), ...outer];
  const writes = [...finals, ...emitted];
  trace.emit(
    reads,
    writes.map((value) => value.slot),
    run,
  );
  return writes;
}
