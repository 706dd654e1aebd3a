// Builds graphs. Equal nodes are shared. A value from outside a scan's body enters through a port that the builder adds: as a
// sequence if it has the axis of time, otherwise as an invariant.
import type { Span } from "../base/source.ts";
import { at, fail, invariant, lookup } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { printAttributes } from "../graph/attributes.ts";
import { printInput, roleOf, type Input } from "../graph/border.ts";
import { indexOf, scanAttributes, type AlongTime, type Attributes, type Given } from "../graph/node.ts";
import type { Node, OpName } from "../graph/node.ts";
import type { Dim } from "../shape/dim.ts";
import { printType, sameType, timeOf, withTime, withoutTime, type Type } from "../shape/type.ts";
import { EXACT, type AxisComparison } from "../shape/unify.ts";
import { graphOf, type FinishedGraph, type Resolve } from "./graph-of.ts";
import { closedScan, openScan, type ClosedScan, type OpenScan } from "./open-scan.ts";
import { rowOf } from "./table.ts";

const STAGE = "graph builder";
const UNSHARED: ReadonlySet<OpName> = new Set(["port", "scan", "yield"]);

export class Builder {
  readonly compare: AxisComparison;
  readonly #nodes = new Map<string, Node>();
  readonly #shared = new Map<string, string>();
  readonly #frames: OpenScan[] = [];
  readonly #yields = new Map<string, string>();
  /** For each closed scan, what its body yields. */
  readonly #results = new Map<string, readonly string[]>();

  constructor(compare: AxisComparison = EXACT) {
    this.compare = compare;
  }

  node(id: string): Node {
    return lookup(this.#nodes, id, STAGE);
  }

  type(id: string): Type {
    return this.node(id).type;
  }

  /** The scan whose body is being built, or null. */
  get region(): string | null {
    return this.#frames.at(-1)?.scan ?? null;
  }

  /** Adds an op of the table in the current region, or returns an equal node if there is one. */
  op<N extends OpName>(name: N, operands: readonly string[], ...[given]: Given<N>): string {
    const attributes: Attributes = given ?? {};
    const local = operands.map((operand) => this.local(operand));
    const type = rowOf(name).type(
      local.map((operand) => this.type(operand)),
      attributes,
      this.compare,
    );
    return this.#add(name, local, attributes, type);
  }

  /** Copies a node of another graph. Its type is computed again only if the type of an operand differs. */
  again(node: Node, operands: readonly string[], graph: Graph): string {
    const local = operands.map((operand) => this.local(operand));
    const isSame = local.every((operand, index) =>
      sameType(this.type(operand), graph.node(at(node.operands, index, STAGE)).type),
    );
    return isSame ? this.#add(node.op, local, node.attributes, node.type) : this.op(node.op, operands, node.attributes);
  }

  constant(value: number): string {
    return this.op("constant", [], { value });
  }

  /** A value from outside: data, a weight, a state, the learning rate. */
  input(input: Input, type: Type, attributes: Attributes = {}): string {
    invariant(this.region === null, STAGE, `the input ${printInput(input)} stands inside a scan`);
    return this.#add("input", [], attributes, type, input);
  }

  /** Builds outside all scans, also while a body is open: weights are built at their first use. */
  outermost<T>(make: () => T): T {
    if (this.region === null) return make();
    const frames = this.#frames.splice(0);
    try {
      return make();
    } finally {
      this.#frames.push(...frames);
    }
  }

  /** Sets the user's name of a node, unless it has one. */
  name(id: string, name: string, span?: Span): string {
    const node = this.node(id);
    if (node.name === undefined && node.op !== "port" && node.op !== "input")
      this.#put({ ...node, name, ...(span === undefined ? {} : { span }) });
    return id;
  }

  /** Stores a user's call on a node, unless it has one. */
  note(id: string, along: AlongTime): void {
    this.#put({ along, ...this.node(id) });
  }

  /** The time of the open scan, or undefined. */
  currentTime(): Dim | undefined {
    return this.#frames.at(-1)?.time;
  }

  openScan(time: Dim, reverse: boolean): void {
    invariant(this.region === null, STAGE, "a scan within a scan");
    this.#frames.push(openScan(this.#freshId(), time, reverse));
  }

  /** A state of the open scan; `initial` is a node outside. Returns its value before the step. */
  state(initial: string): string {
    const frame = this.#frame();
    const { type, region } = this.node(initial);
    invariant(region === null, STAGE, `${initial}, the first value of a state, stands in a scan`);
    const port = this.#add("port", [], { kind: "state", index: frame.states.length }, type);
    frame.states.push({ port, initial, next: null });
    return port;
  }

  setNext(port: string, next: string): void {
    const state = this.#frame().states.find((each) => each.port === port) ?? fail(STAGE, `${port} is no state`);
    state.next = this.local(next);
  }

  /** Emits `value` from the open scan as a sequence. Returns its index for `emitted`. */
  emit(value: string): number {
    const frame = this.#frame();
    const local = this.local(value);
    const index = frame.emitted.get(local) ?? frame.emitted.size;
    frame.emitted.set(local, index);
    return index;
  }

  /** Emits a value of a closed scan's body as a sequence, and returns the sequence. */
  emitLater(scan: string, value: string): string {
    const node = this.node(value);
    if (node.region === null) return value;
    invariant(node.region === scan, STAGE, `${value} stands in another scan than ${scan}`);
    const results = lookup(this.#results, scan, STAGE);
    const { states } = scanAttributes(this.node(scan));
    const known = results.indexOf(value, states);
    if (known >= 0) return this.project(scan, known);
    const extended = [...results, value];
    this.#results.set(scan, extended);
    const last = lookup(this.#yields, scan, STAGE);
    this.#put({ ...this.node(last), operands: extended });
    return this.project(scan, extended.length - 1);
  }

  /** From a state's last value, the sequence of its values after each step, or the value itself if it does not change. */
  stateSequence(final: string): string {
    const node = this.node(final);
    const scan = at(node.operands, 0, STAGE);
    return this.emitLater(scan, at(lookup(this.#results, scan, STAGE), indexOf(node), STAGE));
  }

  closeScan(): ClosedScan {
    const frame = this.#frames.pop() ?? fail(STAGE, "no scan is open");
    const last = this.#freshId();
    const closed = closedScan(frame, last, this.region);
    this.#results.set(frame.scan, closed.last.operands);
    this.#yields.set(frame.scan, last);
    for (const node of [closed.last, closed.scan]) this.#put(node);
    const final = (port: string): string => {
      const index = frame.states.findIndex((state) => state.port === port);
      invariant(index >= 0, STAGE, `${port} is no state of ${frame.scan}`);
      return this.project(frame.scan, index);
    };
    return { id: frame.scan, final };
  }

  /** The sequence emitted at `index` by a closed scan. */
  emitted(scan: string, index: number): string {
    return this.project(scan, scanAttributes(this.node(scan)).states + index);
  }

  /** Result `index` of a closed scan: the last values of the states come first, then the emitted sequences. */
  project(scan: string, index: number): string {
    const { states, time } = scanAttributes(this.node(scan));
    const results = lookup(this.#results, scan, STAGE);
    const inner = this.type(at(results, index, STAGE));
    const type = index < states ? inner : withTime(inner, time);
    return this.#add("project", [scan], { index }, type);
  }

  /** For a port of a sequence or an invariant in the open scan, the node outside; for any other node, the node. */
  source(id: string): string {
    const frame = this.#frames.at(-1);
    for (const [outer, port] of frame?.captured ?? []) if (port === id) return outer;
    return id;
  }

  /** The node by which the current region reads `id`: itself, or a port. */
  local(id: string): string {
    const frame = this.#frames.at(-1);
    const node = this.node(id);
    if (frame === undefined || node.region === frame.scan) {
      invariant(node.region === this.region, STAGE, `${id} (${node.op}) stands in a scan that is closed`);
      return id;
    }
    const known = frame.captured.get(id);
    if (known !== undefined) return known;
    invariant(node.region === null, STAGE, `${id} (${node.op}) stands in another scan`);
    const isSequence = timeOf(node.type) !== undefined;
    const list = isSequence ? frame.sequences : frame.invariants;
    const kind = isSequence ? "sequence" : "invariant";
    const port = this.#add("port", [], { kind, index: list.length }, withoutTime(node.type));
    list.push(id);
    frame.captured.set(id, port);
    return port;
  }

  /** The graph of the nodes that `outputs` need, in topological order. */
  finish(name: string, outputs: ReadonlyMap<string, string>): Graph {
    return graphOf(name, outputs, this.#nodes, null).graph;
  }

  /** As `finish`, with `resolve` applied to every size. Also returns the new ids. */
  finishSized(name: string, outputs: ReadonlyMap<string, string>, resolve: Resolve): FinishedGraph {
    return graphOf(name, outputs, this.#nodes, resolve);
  }

  #frame(): OpenScan {
    return this.#frames.at(-1) ?? fail(STAGE, "no scan is open");
  }

  #freshId(): string {
    return `d${this.#count++}`;
  }
  #count = 0;

  #put(node: Node): void {
    this.#nodes.set(node.id, node);
  }

  #add(op: OpName, operands: readonly string[], attributes: Attributes, type: Type, input?: Input): string {
    const foreign = operands.find((operand) => this.node(operand).region !== this.region);
    invariant(foreign === undefined, STAGE, `${op} reads ${foreign} across the border of a scan`);
    const own = input === undefined ? "" : `${printInput(input)}|${roleOf(input)}|${printType(type)}`;
    const key = `${this.region}|${op}|${operands.join()}|${printAttributes(attributes)}|${own}`;
    const known = UNSHARED.has(op) ? undefined : this.#shared.get(key);
    if (known !== undefined && sameType(this.type(known), type)) return known;
    const id = this.#freshId();
    this.#put({ id, op, attributes, operands, type, region: this.region, ...(input && { input }) });
    this.#shared.set(key, id);
    return id;
  }
}
