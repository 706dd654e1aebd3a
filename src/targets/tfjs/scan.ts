// A scan as one instruction: a loop over the scheduled instructions of its body. Sequences are read and written step by step.
import { at, fail, lookup } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../../graph/node.ts";
import { evaluateDim, type Sizes } from "../../shape/dim.ts";
import { gather, stepReader } from "./copy.ts";
import type { TensorInfo } from "./device.ts";
import { retainer, schedule } from "./schedule.ts";
import { read, type Instruction, type Slots, type Trace, type Value } from "./trace.ts";

export interface Recording {
  readonly trace: Trace;
  readonly graph: Graph;
  readonly sizes: Sizes;
  /** By node id, for all nodes except scans. */
  readonly values: Map<string, Value>;
  readonly record: (node: Node) => void;
}

interface Port {
  readonly slot: number;
  readonly operand: number;
  readonly shape: readonly number[];
}

/** A recorded body. */
interface Body {
  readonly sequences: readonly Port[];
  readonly states: readonly Port[];
  /** Next states, then emitted values. */
  readonly yields: readonly Value[];
  readonly instructions: readonly Instruction[];
}

/** What one run of a scan reads and writes, by slot. */
interface Loop {
  readonly steps: number;
  readonly reverse: boolean;
  readonly readers: readonly {
    readonly from: number;
    readonly to: number;
    readonly readStep: (sequence: TensorInfo, t: number) => TensorInfo;
  }[];
  readonly statePorts: readonly Port[];
  readonly initial: readonly Value[];
  /** Next states, then emitted values, of one step. */
  readonly results: readonly number[];
  readonly finals: readonly Value[];
  /** Sequences `[T, …]`. */
  readonly emitted: readonly Value[];
  /** Runs the body for one step. Each result then has its own reference. */
  readonly runStep: (slots: Slots) => void;
}

/** Records a scan. Returns its results: final states, then emitted sequences `[T, …]`. */
export function recordScan(scan: Node, recording: Recording): readonly Value[] {
  const { trace, sizes, values } = recording;
  const { time, reverse, sequences, states } = scanAttributes(scan);
  const steps = evaluateDim(time, sizes);
  const operands = scan.operands.map((operand) => lookup(values, operand, "tfjs"));
  const body = recordBody(scan, operands, recording);

  const results = body.yields.map((value) => value.slot);
  const readInBody = new Set([...results, ...body.instructions.flatMap((instruction) => instruction.reads)]);
  const sequencePorts = body.sequences.filter((port) => readInBody.has(port.slot));
  const filled = [...sequencePorts, ...body.states].map((port) => port.slot);
  const step = schedule(trace, body.instructions, results, filled);
  const retain = retainer(trace, results, (root) => trace.isInner(root));
  const initial = operands.slice(sequences, sequences + states);
  const finals = initial.map((value) => trace.fresh(value.shape, value.kind));
  const emitted = body.yields.slice(states).map((value) => trace.fresh([steps, ...value.shape], value.kind));
  const readers = sequencePorts.map((port) => ({
    from: at(operands, port.operand, "tfjs").slot,
    to: port.slot,
    readStep: stepReader(trace.device, port.shape),
  }));
  const runStep = (slots: Slots): void => {
    step.run(slots);
    retain(slots);
  };
  const loop = { steps, reverse, readers, statePorts: body.states, initial, results, finals, emitted, runStep };

  const outer = [...step.reads, ...results].filter((slot) => !trace.isInner(slot));
  const reads = [...readers.map(({ from }) => from), ...initial.map((value) => value.slot), ...outer];
  const writes = [...finals, ...emitted];
  trace.emit(
    reads,
    writes.map((value) => value.slot),
    loopRunner(trace, loop),
  );
  return writes;
}

/** Records the nodes of a scan's body. `operands` are the scan's: sequences, first states, invariants. */
function recordBody(scan: Node, operands: readonly Value[], { trace, graph, values, record }: Recording): Body {
  const { sequences, states } = scanAttributes(scan);
  const first = { sequence: 0, state: sequences, invariant: sequences + states };
  const ports: Record<"sequence" | "state", Port[]> = { sequence: [], state: [] };
  let yields: readonly Value[] = [];
  trace.openBody();
  for (const node of graph.region(scan.id)) {
    if (node.op === "yield") yields = node.operands.map((operand) => lookup(values, operand, "tfjs"));
    else if (node.op !== "port") record(node);
    else {
      const kind = portKind(node);
      const operand = at(operands, first[kind] + indexOf(node), "tfjs");
      // An invariant is the outer value itself, so a node that depends on invariants alone is recorded outside the body.
      const shape = kind === "sequence" ? operand.shape.slice(1) : operand.shape;
      const value = kind === "invariant" ? operand : trace.fresh(shape, operand.kind);
      values.set(node.id, value);
      if (kind !== "invariant") ports[kind].push({ slot: value.slot, operand: indexOf(node), shape });
    }
  }
  return { sequences: ports.sequence, states: ports.state, yields, instructions: trace.close() };
}

function loopRunner({ device }: Trace, loop: Loop): (slots: Slots) => void {
  const { steps, readers, statePorts, initial, results, finals, emitted } = loop;
  // The body has no port for a state that it does not read.
  const ported = new Set(statePorts.map((port) => port.operand));
  const unportedStates = initial.map((_, index) => index).filter((index) => !ported.has(index));
  return (slots) => {
    const gathered = emitted.map((value) => gather(device, value.shape, value.kind));
    let current: readonly TensorInfo[] = initial.map((value) => read(slots, value.slot));
    for (const state of current) device.retain(state);
    for (let step = 0; step < steps; step++) {
      const t = loop.reverse ? steps - 1 - step : step;
      for (const { from, to, readStep } of readers) slots[to] = readStep(read(slots, from), t);
      for (const port of statePorts) slots[port.slot] = current[port.operand];
      unportedStates.forEach((index) => device.release(at(current, index, "tfjs")));
      loop.runStep(slots);
      const values = results.map((slot) => read(slots, slot));
      current = values.slice(0, finals.length);
      for (let k = finals.length; k < values.length; k++) {
        const value = values[k] ?? fail("tfjs", "a result is missing");
        at(gathered, k - finals.length, "tfjs").put(t, value);
      }
    }
    finals.forEach((value, index) => (slots[value.slot] = current[index]));
    emitted.forEach((value, index) => (slots[value.slot] = at(gathered, index, "tfjs").whole()));
  };
}
