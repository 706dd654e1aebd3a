// A graph as the nodes of an ONNX model. Values are written when they are needed first, each after what it reads. A scan becomes a `Scan`,
// or its body alone where it has one step. Values from outside of a body are read by their names, as ONNX allows.
import { at, fail, lookup } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, inputOf, portKind, scanAttributes, type Node } from "../../graph/node.ts";
import { initialOf, portSource, yieldOf } from "../../ops/liveness.ts";
import { rowOf } from "../../ops/table.ts";
import { printDim, type Dim } from "../../shape/dim.ts";
import { withoutTime, type Type } from "../../shape/type.ts";
import type { OnnxGraph, OnnxValue } from "../../onnx/model.ts";
import { asciiName } from "../identifiers.ts";
import { squeezed, unsqueezed } from "./op-context.ts";
import { writeOp } from "./ops.ts";
import type { Region } from "./region.ts";
import type { SizeValues } from "./sizes.ts";

export interface Emission {
  readonly graph: Graph;
  /** The whole model. */
  readonly region: Region;
  readonly sizes: SizeValues;
  /** The value of an input of the graph, time first. */
  readonly input: (node: Node) => string;
}

export class Emitter {
  readonly #emission: Emission;
  /** Names of values outside of scans, and within the body that is being written. */
  readonly #values = new Map<string, string>();
  readonly #scans = new Map<string, readonly string[]>();

  constructor(emission: Emission) {
    this.#emission = emission;
  }

  /** The name of the value of a node outside of scans. */
  value(id: string): string {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const name = this.#written(this.#emission.graph.node(id));
    this.#values.set(id, name);
    return name;
  }

  #written(node: Node): string {
    if (node.op === "input") return this.#emission.input(node);
    if (node.op === "project") return at(this.#scan(at(node.operands, 0, "onnx")), indexOf(node), "onnx");
    return this.#op(node, this.#emission.region, (id) => this.value(id));
  }

  #op(node: Node, region: Region, valueOf: (id: string) => string): string {
    const { graph, sizes } = this.#emission;
    const operandOf = (index: number): Node => graph.node(at(node.operands, index, "onnx"));
    return writeOp(node.op, {
      attributes: node.attributes,
      operands: node.operands.map(valueOf),
      types: node.operands.map((id) => graph.node(id).type),
      result: node.type,
      region,
      sizes,
      isInput: (index) => this.#isInput(operandOf(index)),
      transposed: (index) => {
        const operand = operandOf(index);
        const source = this.#outside(operand);
        const [from, name] =
          source === undefined ? [region, valueOf(operand.id)] : [region.outermost, this.value(source)];
        return from.node("Transpose", [name], { perm: [1, 0] });
      },
    });
  }

  /** The node outside of the body whose value this one has at each step. */
  #outside(node: Node): string | undefined {
    if (node.region === null) return node.id;
    return node.op === "port" && portKind(node) === "invariant" ? portSource(this.#emission.graph, node) : undefined;
  }

  #isInput(node: Node): boolean {
    const { graph } = this.#emission;
    if (node.op === "input") return inputOf(node).kind === "data";
    if (node.op === "port") {
      const source = portSource(graph, node);
      return source !== undefined && this.#isInput(graph.node(source));
    }
    const [first, ...others] = node.operands;
    if (first === undefined || node.op === "scan" || node.op === "yield" || node.op === "project") return false;
    // Padding is replaced by tokens of the input; axes change their places.
    const isSame = rowOf(node.op).readsLengths === true ? others.length === 1 : others.length === 0;
    return (
      isSame && node.type.dtype === "int" && graph.node(first).type.dtype === "int" && this.#isInput(graph.node(first))
    );
  }

  /** Final states, then sequences. */
  #scan(id: string): readonly string[] {
    const known = this.#scans.get(id);
    if (known !== undefined) return known;
    const { graph, sizes } = this.#emission;
    const scan = graph.node(id);
    const results = sizes.number(scanAttributes(scan).time) === 1 ? this.#singleStep(scan) : this.#loop(scan);
    this.#scans.set(id, results);
    return results;
  }

  #singleStep(scan: Node): readonly string[] {
    const { region } = this.#emission;
    const { states } = scanAttributes(scan);
    const results = this.#body(scan, region, (port) => {
      if (portKind(port) === "state") return this.value(initialOf(scan, indexOf(port)));
      return squeezed(region, this.value(this.#sourceOf(port)), 0);
    });
    return results.map((name, index) => (index < states ? name : unsqueezed(region, name, [0])));
  }

  #loop(scan: Node): readonly string[] {
    const { graph, region, sizes } = this.#emission;
    const { time, reverse, sequences, states } = scanAttributes(scan);
    const initial = Array.from({ length: states }, (_, index) => this.value(initialOf(scan, index)));
    const read = scan.operands.slice(0, sequences).map((id) => this.value(id));
    const inner = region.inner();
    const stateNames = initial.map(() => inner.fresh("state"));
    const stepNames = read.map(() => inner.fresh("step"));
    const yields = yieldOf(graph, scan.id).operands;
    const results = this.#body(scan, inner, (port) =>
      at(portKind(port) === "state" ? stateNames : stepNames, indexOf(port), "onnx"),
    );
    const made = new Set(inner.nodes.flatMap(({ outputs }) => outputs));
    // Each output of a body is the result of a node of its own.
    const own = results.map((name) => (made.delete(name) ? name : copied(inner, name)));
    const clock = read.length > 0 ? [] : [{ name: inner.fresh("clock"), type: "int64", shape: [], doc: "" } as const];
    const body: OnnxGraph = {
      name: inner.fresh("body"),
      nodes: inner.nodes,
      initializers: [],
      inputs: [
        ...stateNames.map((name, index) => valueInfo(name, graph.node(initialOf(scan, index)).type, sizes)),
        ...stepNames.map((name, index) =>
          valueInfo(name, withoutTime(graph.node(at(scan.operands, index, "onnx")).type), sizes),
        ),
        ...clock,
      ],
      outputs: own.map((name, index) => valueInfo(name, graph.node(at(yields, index, "onnx")).type, sizes)),
    };
    const steps = clock.map(() => region.node("Range", [region.int64(0), sizes.scalar(time), region.int64(1)]));
    const names = results.map((_, index) => region.fresh(index < states ? "final" : "sequence"));
    const inputs = [...initial, ...read, ...steps];
    const directions = (count: number): readonly number[] => Array.from({ length: count }, () => (reverse ? 1 : 0));
    region.add("Scan", inputs, names, {
      body: { kind: "graph", value: body },
      num_scan_inputs: inputs.length - states,
      scan_input_directions: directions(inputs.length - states),
      ...(results.length > states ? { scan_output_directions: directions(results.length - states) } : {}),
    });
    return names;
  }

  /** Writes a body into a region; returns what it yields. `portValue` names states and steps. */
  #body(scan: Node, region: Region, portValue: (port: Node) => string): readonly string[] {
    const { graph } = this.#emission;
    const local = new Map<string, string>();
    const valueOf = (id: string): string => lookup(local, id, "onnx");
    for (const node of graph.region(scan.id)) {
      if (node.op === "yield") continue;
      if (node.op !== "port") local.set(node.id, this.#op(node, region, valueOf));
      else local.set(node.id, portKind(node) === "invariant" ? this.value(this.#sourceOf(node)) : portValue(node));
    }
    return yieldOf(graph, scan.id).operands.map(valueOf);
  }

  #sourceOf(port: Node): string {
    return portSource(this.#emission.graph, port) ?? fail("onnx", `${port.id} has no source`);
  }
}

function copied(region: Region, name: string): string {
  const copy = region.fresh("copy");
  region.add("Identity", [name], [copy]);
  return copy;
}

/** A value with its type; sizes that are not known keep their names. */
export function valueInfo(name: string, { dtype, axes }: Type, sizes: SizeValues, doc = ""): OnnxValue {
  return {
    name,
    type: dtype === "int" ? "int32" : "float",
    shape: axes.map(({ size }) => sizes.number(size) ?? nameOfSize(size, sizes)),
    doc,
  };
}

function nameOfSize(size: Dim, sizes: SizeValues): string {
  return asciiName(printDim(sizes.resolved(size)));
}
