// A graph on tfjs. For each set of sizes it is recorded once as a list of kernel calls (trace.ts), and the latest recordings are kept.
// So a run computes no shapes, and a new length costs one recording, which lowers each node once.
import { at, lookup } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, nameOfInput, type Node } from "../../graph/node.ts";
import { runContext } from "../../ops/concrete.ts";
import { rowOf } from "../../ops/table.ts";
import type { Sizes } from "../../shape/dim.ts";
import { printType, shapeOf } from "../../shape/type.ts";
import { checkedInput, keptBySizes, type Kept } from "../inputs.ts";
import type { Executable } from "../target.ts";
import type { Device, Kind, Tensor, TensorInfo } from "./device.ts";
import { tfjsOps } from "./ops.ts";
import { recordScan, type Recording } from "./scan.ts";
import { retainer, schedule } from "./schedule.ts";
import { read, Trace, type Slots, type Value } from "./trace.ts";

interface Recorded extends Kept {
  readonly run: (inputs: ReadonlyMap<string, TensorInfo>) => ReadonlyMap<string, Tensor>;
}

export function compileFor(device: Device, graph: Graph): Executable<TensorInfo, Tensor> {
  const recordings = keptBySizes((sizes) => record(device, graph, sizes));
  return {
    prepare: (sizes) => void recordings.for(sizes),
    run: (inputs, sizes) => recordings.for(sizes).run(inputs),
    dispose: () => recordings.clear(),
  };
}

interface Input {
  readonly name: string;
  readonly node: Node;
  readonly value: Value;
}

function record(device: Device, graph: Graph, sizes: Sizes): Recorded {
  const trace = new Trace(device);
  const ops = tfjsOps(trace);
  const values = new Map<string, Value>();
  const scans = new Map<string, readonly Value[]>();
  const inputs: Input[] = [];
  const recordNode = (node: Node): void => {
    if (node.op === "input") {
      const kind: Kind = node.type.dtype === "int" ? "int32" : "float32";
      const value = trace.fresh(shapeOf(node.type, sizes), kind);
      inputs.push({ name: nameOfInput(node), node, value });
      values.set(node.id, value);
    } else if (node.op === "scan") {
      scans.set(node.id, recordScan(node, recording));
    } else if (node.op === "project") {
      const results = lookup(scans, at(node.operands, 0, "tfjs"), "tfjs");
      values.set(node.id, at(results, indexOf(node), "tfjs"));
    } else {
      const types = node.operands.map((operand) => graph.node(operand).type);
      const operands = node.operands.map((operand) => lookup(values, operand, "tfjs"));
      values.set(node.id, rowOf(node.op).lower(ops, operands, runContext(node, types, sizes)));
    }
  };
  const recording: Recording = { trace, graph, sizes, values, record: recordNode };
  for (const node of graph.region(null)) recordNode(node);
  const outputs = [...graph.outputs].map(([name, id]) => ({ name, slot: lookup(values, id, "tfjs").slot }));
  return finish(trace, inputs, outputs);
}

function finish(trace: Trace, inputs: readonly Input[], outputs: readonly { name: string; slot: number }[]): Recorded {
  const results = outputs.map((output) => output.slot);
  const program = schedule(trace, trace.close(), results, []);
  const borrowed = new Set([...inputs.map((input) => input.value.slot), ...trace.constants.keys()]);
  const retain = retainer(trace, results, (root) => !borrowed.has(root));
  return {
    run: (given) => {
      const slots: Slots = Array.from(trace.rootOf, () => undefined);
      for (const [slot, info] of trace.constants) slots[slot] = info;
      for (const input of inputs) slots[input.value.slot] = checked(input, given.get(input.name));
      program.run(slots);
      retain(slots);
      return new Map(outputs.map(({ name, slot }) => [name, trace.device.toTensor(read(slots, slot))]));
    },
    bytes: trace.bytes,
    release: () => trace.constants.forEach((info) => trace.device.release(info)),
  };
}

function checked({ name, node, value }: Input, tensor: TensorInfo | undefined): TensorInfo {
  const declared = { name, type: () => printType(node.type) };
  return checkedInput(declared, tensor, ({ shape, dtype }) => ({ shape, kind: dtype }), value);
}
