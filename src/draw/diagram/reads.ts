// Finds what each box reads: it follows the graph backwards from the box's node, to nodes that have a box. On each path it counts the
// steps of delay, and notes which steps of a sequence are read and which weights multiply the value.
import type { Expression } from "../../lang/ast.ts";
import type { Node } from "../../graph/node.ts";
import { timeOf } from "../../shape/type.ts";
import type { Box, Boxes } from "./boxes.ts";
import { labelOf } from "../labels.ts";
import type { Values } from "./values.ts";
import type { WeightsOf } from "./weights.ts";

/** The steps of a sequence that are read: the reader's own, the first, the last, or all. */
export type Which = "same" | "first" | "last" | "all";

export interface Read {
  readonly from: Box;
  /** The number of steps back; negative if the sequence runs from its last step to its first. */
  readonly delay: number;
  readonly which: Which;
  /** The nodes of the weights on the path. */
  readonly weights: readonly string[];
  /** The values that are read at the first steps, for which there is no earlier step. */
  readonly starts: readonly Start[];
}

/** The value of a box before the first step. */
export interface Start {
  readonly of: Box;
  /** `0`, `learned`; "" if it is read from boxes. */
  readonly text: string;
  readonly reads: readonly Read[];
  /** For a folded cell: the weights that multiply this value in it. */
  readonly weights: readonly string[];
}

/** A path from a box back through the graph. */
interface Way {
  /** The body in which names are looked up. */
  readonly path: string;
  readonly delay: number;
  readonly which: Which;
  readonly weights: readonly string[];
  /** The node of the value before the first step, and the body that it belongs to. */
  readonly first: { readonly node: string; readonly path: string } | null;
}

export interface Found {
  readonly reads: readonly Read[];
  /** Whether it has weights of its own, biases among them. */
  readonly isWeighted: boolean;
}

export class Reader {
  readonly #values: Values;
  readonly #boxes: Boxes;
  readonly #weights: WeightsOf;
  readonly #starts = new Map<string, Start>();

  constructor(values: Values, boxes: Boxes, weights: WeightsOf) {
    this.#values = values;
    this.#boxes = boxes;
    this.#weights = weights;
  }

  read(box: Box): Found {
    const walk = new Walk(box);
    const path = box.body?.path ?? "";
    const way: Way = { path, delay: 0, which: "same", weights: [], first: null };
    const outside = box.body?.parent ?? null;
    const node = this.#values.graph.node(box.node);
    switch (box.kind) {
      case "target":
      case "param":
        break;
      case "predict":
        this.#readValue(walk, box.node, way, box.expression);
        break;
      case "input":
        if (outside !== null) this.#readValue(walk, box.node, { ...way, path: outside }, null);
        break;
      case "memory":
        if (outside !== null) this.#readMemory(walk, node, { ...way, path: outside });
        break;
      default:
        this.#readEquation(walk, node, way);
    }
    return walk;
  }

  /** A memory reads another memory, or all steps of a sequence. */
  #readMemory(walk: Walk, node: Node, way: Way): void {
    if (this.#boxes.find(way.path, node.id) === undefined) this.#visitOperands(walk, node, way);
    else this.#visit(walk, node.id, way);
  }

  /** If another box shows the same node, only that box is read. */
  #readEquation(walk: Walk, node: Node, way: Way): void {
    const { box } = walk;
    const other = this.#boxes.inside(way.path, node.id) ?? this.#boxes.find(way.path, node.id);
    if (other !== undefined && other !== box) walk.add(other, way, null);
    else if (this.#values.carried(node.id) !== undefined) this.#visit(walk, node.id, way);
    else this.#visitOperands(walk, node, way);
  }

  /** A computed value gets a box of its own, even if it has no name. */
  #readValue(walk: Walk, node: string, way: Way, expression: Expression | null): void {
    const { op } = this.#values.graph.node(node);
    const isComputed = op !== "input" && this.#weights.of(node) === null && this.#values.carried(node) === undefined;
    if (isComputed && this.#boxes.find(way.path, node) === undefined)
      this.#boxes.addAnonymous(way.path, node, expression);
    this.#visit(walk, node, way);
  }

  #visitOperands(walk: Walk, node: Node, way: Way): void {
    const picked = this.#pickedBy(node);
    const which = node.along?.how === "memory" ? "all" : way.which;
    if (picked !== undefined) this.#visit(walk, picked.value, { ...way, which: picked.which });
    else
      node.operands.forEach((operand, index) => {
        const weights = [...way.weights, ...this.#weights.around(node, index)];
        this.#visit(walk, this.#values.origin(operand), { ...way, which, weights });
      });
  }

  /** The step that is left by a mask, if the node is a sum over the steps of a masked sequence. */
  #pickedBy(node: Node): { readonly value: string; readonly which: "first" | "last" } | undefined {
    const [only, ...others] = node.operands.map((operand) => this.#values.graph.node(operand));
    if (only === undefined || others.length > 0 || !this.#losesTime(node)) return undefined;
    const [mask, value] = only.operands;
    const which = mask === undefined ? undefined : this.#values.graph.node(mask).attributes["which"];
    if (value === undefined || (which !== "first" && which !== "last")) return undefined;
    return { value: this.#values.origin(value), which };
  }

  #losesTime({ type, operands, region }: Node): boolean {
    const hasTime = operands.some((operand) => timeOf(this.#values.graph.node(operand).type) !== undefined);
    return region === null && timeOf(type) === undefined && hasTime;
  }

  #visit(walk: Walk, id: string, way: Way): void {
    const box = this.#boxes.find(way.path, id);
    if (box !== undefined) walk.add(box, way, way.first === null ? null : this.#startOf(box, way.first));
    const carried = this.#values.carried(id);
    if (box !== undefined || walk.isKnown(id, carried === undefined ? way : { ...way, delay: 0 })) return;
    const node = this.#values.graph.node(id);
    const last = this.#values.lastOf(id);
    if (carried !== undefined) {
      const path = this.#boxes.ownerOf(id) ?? way.path;
      const delay = way.delay + (carried.isReverse ? -1 : 1);
      this.#visit(walk, carried.before, { ...way, path, delay, first: way.first ?? { node: carried.first, path } });
    } else if (last !== undefined) this.#visit(walk, last, { ...way, which: "last" });
    else if (node.op === "input") walk.noteInput(node);
    else if (this.#weights.of(id) === null && (this.#boxes.isOperand(id) || this.#isReduction(walk, node)))
      walk.add(this.#boxes.addAnonymous(way.path, id, null), way, null);
    else this.#visitOperands(walk, node, way);
  }

  /** Whether the node reduces a sequence over time, and is not the box's own expression. */
  #isReduction({ box }: Walk, node: Node): boolean {
    if (!this.#losesTime(node) || this.#pickedBy(node) !== undefined) return false;
    const [own, other] = [box.expression?.span, node.along?.span];
    return own === undefined || other === undefined || own.start !== other.start || own.end !== other.end;
  }

  #startOf(box: Box, { node, path }: { readonly node: string; readonly path: string }): Start {
    const key = `${box.id} ${node}`;
    const known = this.#starts.get(key);
    if (known !== undefined) return known;
    const walk = new Walk(box);
    // A first value that is given in a call is an expression of the body around the cell.
    const home = this.#boxes.isOperand(node) ? (this.#boxes.parentOf(path) ?? path) : path;
    this.#visit(walk, node, { path: home, delay: 0, which: "same", weights: [], first: null });
    const start = { of: box, text: this.#startText(box, walk, node), reads: walk.reads, weights: [] };
    this.#starts.set(key, start);
    return start;
  }

  #startText({ state }: Box, walk: Walk, node: string): string {
    if (walk.reads.length > 0) return "";
    if (walk.isWeighted) return "learned";
    if (this.#values.graph.node(node).type.dtype === "int") return "start";
    return state?.initial == null ? "0" : labelOf(state.initial);
  }
}

/** The search for what one box reads. */
class Walk implements Found {
  readonly box: Box;
  isWeighted = false;
  readonly #reads = new Map<string, Read>();
  readonly #seen = new Set<string>();

  constructor(box: Box) {
    this.box = box;
  }

  get reads(): readonly Read[] {
    return [...this.#reads.values()];
  }

  /** Whether this path was taken before. It also ends the search at a state that only copies itself. */
  isKnown(id: string, { delay, which, weights }: Way): boolean {
    const key = `${id} ${delay} ${which} ${weights.join()}`;
    const isKnown = this.#seen.has(key);
    this.#seen.add(key);
    return isKnown;
  }

  noteInput({ input }: Node): void {
    if (input?.kind === "weight") this.isWeighted = true;
  }

  add(from: Box, { delay, which, weights }: Way, start: Start | null): void {
    const key = `${from.id} ${delay} ${which}`;
    const before = this.#reads.get(key);
    if (weights.length > 0 || from.kind === "param") this.isWeighted = true;
    const starts = start === null || before?.starts.includes(start) === true ? [] : [start];
    this.#reads.set(key, {
      from,
      delay,
      which,
      weights: [...new Set([...(before?.weights ?? []), ...weights])],
      starts: [...(before?.starts ?? []), ...starts],
    });
  }
}
