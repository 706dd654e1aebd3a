// Records a scan as a loop task. Emitted values are written directly to their sequence. A state has a sequence with one step more than
// the scan, so that the values before each step and those after it are both views of it.
import { at, lookup } from "../base/invariant.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import { concrete } from "../ops/concrete.ts";
import { countOf, stridesOf } from "../ops/nd.ts";
import type { RunContext } from "../ops/row.ts";
import { rowOf } from "../ops/table.ts";
import { evaluateDim } from "../shape/dim.ts";
import { shapeOf, withoutTime, timeOf } from "../shape/type.ts";
import { outerOf } from "./readers.ts";
import { batchOf, kindOf, recordNode, reserveParts, type Recording } from "./record.ts";
import { stepOf, type Storage, type View, wholeOf } from "./view.ts";

/** Storage with one value for each step, and the direction of the loop. */
interface Walk {
  readonly times: number;
  readonly reverse: boolean;
}

/** Records the scan; returns its results, final states before emitted sequences. */
export function recordScan(scan: Node, recording: Recording): readonly View[] {
  const { trace, graph, sizes, values, homes } = recording;
  const { time, reverse, sequences, states } = scanAttributes(scan);
  const walk: Walk = { times: evaluateDim(time, sizes), reverse };
  const operands = scan.operands.map((operand) => lookup(values, operand, "kernel"));
  const body = graph.region(scan.id);
  const yields = (body.find((node) => node.op === "yield") ?? scan).operands.map((id) => graph.node(id));
  const slots = operands
    .slice(sequences, sequences + states)
    .map((initial) => new StateSlots(recording, initial, walk));

  // The home of each yielded value: the sequence of its state, or else the emitted sequence.
  const emitted: View[] = [];
  const copies: { readonly from: Node; readonly to: View }[] = [];
  const claimed = new Map<string, number>();
  yields.slice(0, states).forEach((node, index) => {
    const home = at(slots, index, "kernel").after();
    if (node.op === "port" || claimed.has(node.id)) copies.push({ from: node, to: home });
    else {
      claimed.set(node.id, index);
      homes.set(node.id, { ...home, batch: batchOf(node, home.shape) });
    }
  });
  const sequencesOf = new Map<string, View>();
  for (const node of yields.slice(states)) {
    const state = claimed.get(node.id);
    const known = state === undefined ? stateBefore(node, slots) : at(slots, state, "kernel").allAfter();
    const sequence = known ?? sequencesOf.get(node.id) ?? newSequence(node, recording, walk);
    if (known === undefined && !sequencesOf.has(node.id)) {
      const home = stepOf(sequence, walk);
      if (node.op === "port" || homes.has(node.id)) copies.push({ from: node, to: home });
      else homes.set(node.id, { ...home, batch: batchOf(node, home.shape) });
      sequencesOf.set(node.id, sequence);
    }
    emitted.push(sequence);
  }
  reserveParts(body, recording);

  trace.openBody(walk.times);
  for (const node of body) {
    if (node.op === "yield") continue;
    if (node.op !== "port") {
      recordNode(node, recording);
      continue;
    }
    const index = indexOf(node);
    const kind = portKind(node);
    if (kind === "sequence") values.set(node.id, sequenceStep(scan, index, node, recording, walk));
    else if (kind === "state")
      values.set(node.id, at(slots, index, "kernel").before(batchOf(node, shapeOf(node.type, sizes))));
    else values.set(node.id, at(operands, sequences + states + index, "kernel"));
  }
  for (const { from, to } of copies) trace.copy(lookup(values, from.id, "kernel"), to);
  const tasks = trace.close();
  const results = [...slots.map((slot) => slot.final()), ...emitted];
  if (walk.times > 0) trace.add({ kind: "loop", times: walk.times, body: tasks, ...outerOf(tasks) });
  return results;
}

/** The sequence of a state's values before each step, where `node` is that state's port. */
function stateBefore(node: Node, slots: readonly StateSlots[]): View | undefined {
  return node.op === "port" && portKind(node) === "state" ? at(slots, indexOf(node), "kernel").allBefore() : undefined;
}

/**
 * An operand at each step. A value that is cheap and element-wise is computed again in the loop, instead of being written for all
 * steps outside and read.
 */
function sequenceStep(scan: Node, index: number, port: Node, recording: Recording, walk: Walk): View {
  const { graph, values, sizes } = recording;
  const operand = graph.node(at(scan.operands, index, "kernel"));
  const step = (node: Node): View => {
    const row = node.op === "project" || node.op === "input" ? undefined : rowOf(node.op);
    const operands = node.operands.map((id) => graph.node(id));
    if (
      row?.formula === undefined ||
      row.expensive ||
      !operands.every((each) => timeOf(each.type) !== undefined || each.type.axes.length === 0)
    ) {
      const value = lookup(values, node.id, "kernel");
      const view = stepOf(value, walk);
      return { ...view, batch: batchOf(port, view.shape) };
    }
    const context: RunContext = {
      attributes: node.attributes,
      operands: operands.map(({ type }) => concrete(withoutTime(type), sizes)),
      result: concrete(withoutTime(node.type), sizes),
      dims: [],
    };
    const parts = operands.map((each) =>
      timeOf(each.type) === undefined ? lookup(values, each.id, "kernel") : step(each),
    );
    return row.lower(recording.ops, parts, context);
  };
  return step(operand);
}

function newSequence(node: Node, { trace, sizes }: Recording, { times }: Walk): View {
  const shape = [times, ...shapeOf(node.type, sizes)];
  return wholeOf(trace.storage(kindOf(node), countOf(shape)), shape);
}

class StateSlots {
  readonly #whole: View;
  readonly #walk: Walk;
  readonly #previous: Storage;

  constructor({ trace }: Recording, initial: View, walk: Walk) {
    const shape = [walk.times + 1, ...initial.shape];
    this.#walk = walk;
    this.#whole = wholeOf(trace.storage(initial.storage.kind, countOf(shape)), shape);
    // An alias for reading: a step does not read the element that it writes.
    this.#previous = trace.storage(initial.storage.kind, countOf(shape), {
      within: { storage: this.#whole.storage, offset: 0 },
    });
    trace.copy(initial, this.#slot(walk.reverse ? walk.times : 0));
  }

  #slot(index: number): View {
    const [stride = 0] = stridesOf(this.#whole.shape);
    return wholeAt(this.#whole, index * stride);
  }

  /** The sequence from element `from` on, one element for each step. */
  #from(from: number): View {
    const [stride = 0] = stridesOf(this.#whole.shape);
    return { ...this.#whole, shape: this.#whole.shape.with(0, this.#walk.times), offset: from * stride };
  }

  allBefore(): View {
    return this.#from(this.#walk.reverse ? 1 : 0);
  }

  allAfter(): View {
    return this.#from(this.#walk.reverse ? 0 : 1);
  }

  before(batch: number): View {
    return { ...stepOf(this.allBefore(), this.#walk), storage: this.#previous, batch };
  }

  after(): View {
    return stepOf(this.allAfter(), this.#walk);
  }

  final(): View {
    return this.#slot(this.#walk.reverse ? 0 : this.#walk.times);
  }
}

function wholeAt(whole: View, offset: number): View {
  return { ...whole, shape: whole.shape.slice(1), strides: whole.strides.slice(1), offset };
}
