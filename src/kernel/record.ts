// Records a graph as tasks, for one set of sizes.
import { at, lookup } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, nameOfInput, type Node } from "../graph/node.ts";
import { runContext } from "../ops/concrete.ts";
import { countOf } from "../ops/nd.ts";
import { rowOf } from "../ops/table.ts";
import type { TensorOps } from "../ops/tensor-ops.ts";
import type { Sizes } from "../shape/dim.ts";
import { shapeOf } from "../shape/type.ts";
import { kernelOps, type Matmul } from "./ops.ts";
import { rootsRead, rootsWritten } from "./readers.ts";
import { recordScan } from "./scan.ts";
import type { Recorded } from "./task.ts";
import { Trace } from "./trace.ts";
import { type Kind, sliced, type View, wholeOf } from "./view.ts";

export interface RecordedInput {
  readonly name: string;
  readonly node: Node;
  readonly view: View;
}

export interface RecordedProgram {
  readonly tasks: readonly Recorded[];
  readonly inputs: readonly RecordedInput[];
  readonly outputs: ReadonlyMap<string, View>;
}

/** The state of recording, shared between the program and its scans. */
export interface Recording {
  readonly trace: Trace;
  readonly ops: TensorOps<View>;
  readonly graph: Graph;
  readonly sizes: Sizes;
  /** By node id. */
  readonly values: Map<string, View>;
  readonly results: Map<string, readonly View[]>;
  /** The views into which values should be written, by node id. */
  readonly homes: Map<string, View>;
}

export function record(graph: Graph, sizes: Sizes, matmul: Matmul): RecordedProgram {
  const trace = new Trace();
  const recording: Recording = {
    trace,
    ops: kernelOps(trace, matmul),
    graph,
    sizes,
    values: new Map(),
    results: new Map(),
    homes: new Map(),
  };
  const inputs: RecordedInput[] = [];
  const outputs = new Map<string, View>();
  const nodes = graph.region(null);
  for (const id of new Set(graph.outputs.values())) {
    const shape = shapeOf(graph.node(id).type, sizes);
    const storage = trace.storage(kindOf(graph.node(id)), countOf(shape), { role: "result" });
    recording.homes.set(id, wholeOf(storage, shape));
  }
  const homes = new Map(recording.homes);
  reserveParts(nodes, recording);
  for (const node of nodes) {
    if (node.op === "input") {
      const shape = shapeOf(node.type, sizes);
      const storage = trace.storage(kindOf(node), countOf(shape), { role: "input" });
      const view = wholeOf(storage, shape, batchOf(node, shape));
      inputs.push({ name: nameOfInput(node), node, view });
      recording.values.set(node.id, view);
    } else if (node.op === "scan") {
      recording.results.set(node.id, recordScan(node, recording));
    } else if (node.op === "project") {
      const results = lookup(recording.results, at(node.operands, 0, "kernel"), "kernel");
      recording.values.set(node.id, at(results, indexOf(node), "kernel"));
    } else recordNode(node, recording);
  }
  for (const [name, id] of graph.outputs) {
    const home = lookup(homes, id, "kernel");
    const value = lookup(recording.values, id, "kernel");
    if (value.storage !== home.storage && ![...outputs.values()].some(({ storage }) => storage === home.storage))
      trace.copy(value, home);
    outputs.set(name, home);
  }
  return { tasks: withoutUnread(trace.close()), inputs, outputs };
}

/** Drops one-hot rows that no product reads, since rows are added where their tokens are. */
function withoutUnread(tasks: readonly Recorded[]): readonly Recorded[] {
  const flat = tasks.flatMap((task) => (task.kind === "loop" ? task.body : [task]));
  const read = new Set(flat.flatMap(rootsRead));
  const isNeeded = (task: Recorded): boolean =>
    task.kind !== "kernel" ||
    task.work.name !== "onehot" ||
    task.write.storage.role !== "temporary" ||
    rootsWritten(task).some((storage) => read.has(storage));
  return tasks
    .filter(isNeeded)
    .map((task) => (task.kind === "loop" ? { ...task, body: task.body.filter(isNeeded) } : task));
}

export function kindOf(node: Node): Kind {
  return node.type.dtype === "int" ? "int32" : "float32";
}

/** The number of examples in axis 0; 0 if it is not the batch. */
export function batchOf(node: Node, shape: readonly number[]): number {
  return node.type.axes[0]?.tag === "batch" ? (shape[0] ?? 0) : 0;
}

export function recordNode(node: Node, recording: Recording): void {
  const { trace, graph, sizes, values, homes } = recording;
  const types = node.operands.map((operand) => graph.node(operand).type);
  const operands = node.operands.map((operand) => lookup(values, operand, "kernel"));
  const home = homes.get(node.id);
  const row = rowOf(node.op);
  const value = trace.placing(home, () => row.lower(recording.ops, operands, runContext(node, types, sizes)));
  const isThere = home === undefined || value.storage === home.storage;
  values.set(node.id, isThere ? value : trace.place(value, home));
}

/** Reserves places for the operands of later joins, so that they are written there without a copy. */
export function reserveParts(nodes: readonly Node[], { trace, graph, sizes, homes }: Recording): void {
  const local = new Set(nodes.map(({ id }) => id));
  for (const node of nodes.toReversed()) {
    const { begins } = STRUCTURE.has(node.op) ? { begins: undefined } : rowOf(node.op);
    if (begins === undefined) continue;
    const types = node.operands.map((operand) => graph.node(operand).type);
    const context = runContext(node, types, sizes);
    const { shape } = context.result;
    const inLoop = node.region !== null;
    const batch = batchOf(node, shape);
    const home = homes.get(node.id) ?? wholeOf(trace.storage(kindOf(node), countOf(shape), { inLoop }), shape, batch);
    homes.set(node.id, home);
    begins(context).forEach((begin, index) => {
      const operand = graph.node(at(node.operands, index, "kernel"));
      // A value that has another home, or is computed elsewhere, is copied.
      if (begin === null || homes.has(operand.id) || !local.has(operand.id) || STRUCTURE.has(operand.op)) return;
      homes.set(operand.id, sliced(home, begin, at(context.operands, index, "kernel").shape));
    });
  }
}

const STRUCTURE: ReadonlySet<string> = new Set(["input", "port", "scan", "yield", "project"]);
