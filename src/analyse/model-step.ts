// One step of a model by itself, for one example: its loops over one time and what stands around them, up to the loss of the step.
import { at, lookup } from "../base/invariant.ts";
import { printInput, shortPath, type SymbolUse } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import { Builder } from "../ops/builder.ts";
import { yieldOf } from "../ops/liveness.ts";
import { isRow } from "../ops/table.ts";
import { spanText } from "../base/source.ts";
import { hasBatch, timeName, timeOf } from "../shape/type.ts";
import { neededBy } from "./needed.ts";
import { stateBefore, stateNames } from "./naming.ts";
import { row, single, type Arrival, type Step } from "./step.ts";

/** `loss`: the id of the whole loss. Or the reason why the model has no such step. */
export function modelStepOf(graph: Graph, loss: string, activeBefore: ReadonlySet<string>): Step | string {
  const own = lossOfStep(graph, loss);
  if (own === undefined) return "its loss is not a mean of one value over steps";
  const time = timeName(graph.node(own).type);
  if (time === undefined) return "it has one loss for a whole sequence";
  const ids = neededBy(graph, [own]);
  const needed = graph.region(null).filter(({ id }) => ids.has(id));
  const reason = needed.map((node) => obstacle(graph, node, time)).find((each) => each !== undefined);
  return reason ?? new Flat(graph, needed).step(own, activeBefore);
}

/** The value that the loss sums over steps and examples. */
function lossOfStep(graph: Graph, loss: string): string | undefined {
  let node = graph.node(loss);
  while (!hasBatch(node.type)) {
    const next = node.operands.map((operand) => graph.node(operand)).find((operand) => dependsOnBatch(graph, operand));
    if (next === undefined) return undefined;
    node = next;
  }
  return node.type.axes.every(({ tag }) => tag !== "plain") ? node.id : undefined;
}

function dependsOnBatch(graph: Graph, { id }: Node): boolean {
  return [...neededBy(graph, [id])].some((each) => hasBatch(graph.node(each).type));
}

/** Why a node has no place in a single step along `time`. */
function obstacle(graph: Graph, node: Node, time: string): string | undefined {
  if (node.along !== undefined) return `\`${spanText(node.along.span)}\` reads several steps`;
  if (node.op === "scan") {
    const { reverse } = scanAttributes(node);
    return reverse ? "a part of it runs from right to left" : undefined;
  }
  const own = timeName(node.type);
  if (own !== undefined && own !== time) return "it has sequences of several lengths";
  const isReduced =
    own === undefined && node.operands.some((operand) => timeOf(graph.node(operand).type) !== undefined);
  return isReduced && isRow(node.op) ? "a part of it reads all steps at once" : undefined;
}

/** The step as a flat graph. */
class Flat {
  readonly #graph: Graph;
  readonly #needed: readonly Node[];
  readonly #build = new Builder();
  /** The flat node of each node: of a projection, that of the value in the loop. */
  readonly #ids = new Map<string, string>();
  /** The names of values in loops that have another one outside: `s.h` is `s`. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #arrivals: { readonly node: string; readonly state: string }[] = [];

  constructor(graph: Graph, needed: readonly Node[]) {
    this.#graph = graph;
    this.#needed = needed;
    this.#names = new Map(
      needed.flatMap((node): [string, string][] => {
        const inner = node.op === "project" && node.name !== undefined ? this.#projected(node)?.name : undefined;
        return inner === undefined ? [] : [[inner, node.name ?? inner]];
      }),
    );
  }

  step(loss: string, activeBefore: ReadonlySet<string>): Step {
    for (const node of this.#needed) this.#add(node);
    const flat = this.#build.finish(this.#graph.name, new Map(this.#ids));
    const now = (old: string): string => flat.output(old).id;
    const active = new Set([...this.#ids.keys()].filter((id) => activeBefore.has(id)).map(now));
    const arrivals = this.#arrivals.map(({ node, state }): Arrival => ({ node: now(node), state }));
    return { graph: flat, active, arrivals: arrivals.filter(({ node }) => active.has(node)), loss: now(loss) };
  }

  #add(node: Node): void {
    if (node.op === "scan") this.#addBody(node);
    else if (node.op === "project") {
      const inner = this.#projected(node);
      if (inner !== undefined) this.#ids.set(node.id, lookup(this.#ids, inner.id, "model step"));
    } else if (node.input !== undefined) this.#addInput(node, printInput(node.input));
    else this.#addRow(node);
  }

  #addInput(node: Node, name: string): void {
    const is: SymbolUse = timeOf(node.type) === undefined ? "weight" : "sequence";
    this.#ids.set(node.id, this.#build.input({ kind: "symbol", name, is }, single(node.type)));
  }

  #addRow(node: Node): void {
    const id = row(this.#graph, node, this.#build, this.#ids);
    this.#ids.set(node.id, id);
    if (node.name !== undefined) this.#build.name(id, this.#shown(node.name));
  }

  #addBody(scan: Node): void {
    const { sequences, states } = scanAttributes(scan);
    const names = stateNames(this.#graph, scan).map((name) => this.#shown(name));
    for (const node of this.#graph.region(scan.id)) {
      if (node.op === "yield") continue;
      if (node.op !== "port") this.#addRow(node);
      else if (portKind(node) === "state") {
        const name = stateBefore(at(names, indexOf(node), "model step"));
        this.#ids.set(node.id, this.#build.input({ kind: "symbol", name, is: "state" }, single(node.type)));
      } else {
        const first = portKind(node) === "sequence" ? 0 : sequences + states;
        const source = at(scan.operands, first + indexOf(node), "model step");
        this.#ids.set(node.id, lookup(this.#ids, source, "model step"));
      }
    }
    const results = yieldOf(this.#graph, scan.id).operands;
    names.forEach((name, index) =>
      this.#arrivals.push({ node: at(results, index, "model step"), state: stateBefore(name) }),
    );
  }

  /** The value in the loop that a projection takes out; undefined for a last state. */
  #projected(node: Node): Node | undefined {
    const scan = this.#graph.node(at(node.operands, 0, "model step"));
    const isLast = indexOf(node) < scanAttributes(scan).states;
    return isLast
      ? undefined
      : this.#graph.node(at(yieldOf(this.#graph, scan.id).operands, indexOf(node), "model step"));
  }

  #shown(name: string): string {
    return this.#names.get(name) ?? shortPath(name);
  }
}
