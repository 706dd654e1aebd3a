// One step of a model by itself, for one example: its loops and what stands around them, up to the loss. A value belongs to a place: to each step
// of one time, or to the whole example. What another place reads is a name there, and its gradient arrives from there.
import { at } from "../base/invariant.ts";
import { printInput, shortPath, type SymbolUse } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import { Builder } from "../ops/builder.ts";
import { yieldOf } from "../ops/liveness.ts";
import { isRow } from "../ops/table.ts";
import { spanText } from "../base/source.ts";
import { printDim } from "../shape/dim.ts";
import { hasBatch, timeName } from "../shape/type.ts";
import { inPlaces } from "./by-place.ts";
import { meetingOf, type Meeting } from "./meeting.ts";
import { neededBy } from "./needed.ts";
import { stateBefore, stateNames } from "./naming.ts";
import { ONCE, row, single, type Arrival, type Step } from "./step.ts";

/** `loss`: the id of the whole loss. Or the reason why the model has no such step. */
export function modelStepOf(graph: Graph, loss: string, activeBefore: ReadonlySet<string>): Step | string {
  const own = lossesOf(graph, loss);
  const [first, other] = own;
  if (first === undefined) return "its loss is not a mean of one value over steps or examples";
  if (other !== undefined) return "its loss is a sum of several losses";
  const ids = neededBy(graph, [first]);
  const needed = graph.region(null).filter(({ id }) => ids.has(id));
  const reason = needed.map((node) => obstacle(graph, node)).find((each) => each !== undefined);
  return reason ?? new Flat(graph, needed, activeBefore).step(first);
}

/** The values that the loss sums over steps and examples. */
function lossesOf(graph: Graph, id: string): readonly string[] {
  const node = graph.node(id);
  if (hasBatch(node.type)) return node.type.axes.every(({ tag }) => tag !== "plain") ? [id] : [];
  return [...new Set(node.operands.flatMap((operand) => lossesOf(graph, operand)))];
}

/** Why a node has no place: it combines steps, and not as a loop or a meeting does. */
function obstacle(graph: Graph, node: Node): string | undefined {
  if (!isRow(node.op)) return undefined;
  const own = timeName(node.type);
  const times = node.operands.flatMap((operand) => timeName(graph.node(operand).type) ?? []);
  const combines =
    own === undefined ? times.length > 0 : node.along !== undefined || times.some((time) => time !== own);
  if (!combines || (own === undefined && meetingOf(graph, node, () => "") !== undefined)) return undefined;
  return node.along === undefined
    ? "a part of it reads several steps at once"
    : `\`${spanText(node.along.span)}\` reads several steps`;
}

/** All places as one flat graph. */
class Flat {
  readonly #graph: Graph;
  readonly #needed: readonly Node[];
  readonly #activeBefore: ReadonlySet<string>;
  readonly #build = new Builder();
  /** The flat nodes of each node by place: of a projection, that of the value in the loop. */
  readonly #ids = new Map<string, Map<string, string>>();
  /** The names of values in loops that have another one outside: `s.h` is `s`. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #places = new Map<string, string>();
  readonly #arrivals: Arrival[] = [];
  /** Of each name that stands for a value of another place, that value. */
  readonly #sources = new Map<string, string>();
  readonly #free: ReadonlySet<string>;

  constructor(graph: Graph, needed: readonly Node[], activeBefore: ReadonlySet<string>) {
    this.#graph = graph;
    this.#needed = needed;
    this.#activeBefore = activeBefore;
    this.#free = freeNodes(graph);
    this.#names = new Map(
      needed.flatMap((node): [string, string][] => {
        const inner = node.op === "project" && node.name !== undefined ? this.#projected(node)?.name : undefined;
        return inner === undefined ? [] : [[inner, node.name ?? inner]];
      }),
    );
  }

  step(loss: string): Step {
    for (const node of this.#needed) this.#add(node);
    const own = this.#at(loss, this.#placeOf(this.#graph.node(loss)));
    const all = [...this.#ids].flatMap(([id, byPlace]) => [...byPlace.values()].map((flat) => ({ id, flat })));
    const flat = this.#build.finish(this.#graph.name, new Map(all.map((each) => [each.flat, each.flat])));
    const now = (old: string): string => flat.output(old).id;
    const active = new Set(all.filter(({ id }) => this.#activeBefore.has(id)).map((each) => now(each.flat)));
    const arrivals = this.#arrivals.map((arrival) => ({ ...arrival, node: now(arrival.node) }));
    const places = new Map([...this.#places].map(([id, place]) => [now(id), place]));
    const sources = new Map([...this.#sources].map(([id, source]) => [now(id), now(source)]));
    return {
      graph: flat,
      active,
      arrivals: arrivals.filter(({ node }) => active.has(node)),
      loss: now(own),
      places,
      order: inPlaces(flat, (id) => places.get(id) ?? ONCE, sources),
    };
  }

  #placeOf(node: Node): string {
    return timeName(node.type) ?? ONCE;
  }

  #add(node: Node): void {
    if (node.op === "scan") this.#addBody(node);
    else if (node.op === "project") this.#addProjection(node);
    else if (!this.#free.has(node.id)) this.#addIn(node, this.#placeOf(node));
  }

  #addProjection(node: Node): void {
    const inner = this.#projected(node);
    const place = this.#placeOf(node);
    if (inner !== undefined) this.#set(node.id, place, this.#at(inner.id, place));
    else this.#addIn(node, ONCE);
  }

  #addIn(node: Node, place: string): string {
    const { input } = node;
    const meeting = place === ONCE ? meetingOf(this.#graph, node, (id) => this.#called(id)) : undefined;
    if (meeting !== undefined) return this.#meet(node, meeting);
    if (input !== undefined) {
      // Data of the whole example are written as weights are, without a step.
      const is: SymbolUse = input.kind === "weight" || place === ONCE ? "weight" : "sequence";
      return this.#symbol(node, place, { name: printInput(input), is });
    }
    const operands = new Map(node.operands.map((operand) => [operand, this.#at(operand, place)]));
    const id = row(this.#graph, node, this.#build, operands);
    if (node.name !== undefined) this.#build.name(id, this.#shown(node.name));
    return this.#set(node.id, place, id);
  }

  /** The node for readers in `place`; a name, if the value belongs to another place. */
  #at(id: string, place: string): string {
    const known = this.#ids.get(id)?.get(place);
    if (known !== undefined) return known;
    const node = this.#graph.node(id);
    if (this.#free.has(id)) return this.#addIn(node, place);
    const source = this.#at(id, this.#placeOf(node));
    const { input, name: given = this.#called(id) } = this.#build.node(source);
    const name = input === undefined ? given : printInput(input);
    this.#build.name(source, name);
    this.#arrivals.push({ node: source, name, state: null, from: null });
    return this.#link(source, this.#symbol(node, place, { name, is: "value" }));
  }

  #meet(node: Node, { name, source, from }: Meeting): string {
    const origin = this.#graph.node(source);
    const place = origin.region === null ? this.#placeOf(origin) : this.#timeOfBody(origin.region);
    const flat = this.#at(source, place);
    this.#arrivals.push({ node: flat, name: this.#called(source), state: null, from });
    return this.#link(flat, this.#symbol(node, ONCE, { name, is: "value" }));
  }

  #link(source: string, name: string): string {
    this.#sources.set(name, source);
    return name;
  }

  #symbol(node: Node, place: string, symbol: { readonly name: string; readonly is: SymbolUse }): string {
    const id = this.#build.input({ kind: "symbol", ...symbol }, single(node.type), { place });
    return this.#set(node.id, place, id);
  }

  #set(id: string, place: string, flat: string): string {
    const byPlace = this.#ids.get(id) ?? new Map<string, string>();
    this.#ids.set(id, byPlace.set(place, flat));
    if (!this.#places.has(flat)) this.#places.set(flat, place);
    return flat;
  }

  #addBody(scan: Node): void {
    const { sequences, states, time, reverse } = scanAttributes(scan);
    const place = printDim(time);
    const results = yieldOf(this.#graph, scan.id).operands;
    const names = stateNames(this.#graph, scan).map((name, index) => {
      // An equation that passes a state of a cell within on has the name of that equation.
      const next = this.#graph.node(at(results, index, "model step")).name;
      return (next === undefined || name.endsWith("]") ? undefined : this.#names.get(next)) ?? this.#shown(name);
    });
    const before = names.map((name) => (reverse ? stateBefore(name).replace("[t-", "[t+") : stateBefore(name)));
    for (const node of this.#graph.region(scan.id)) {
      if (node.op === "yield") continue;
      if (node.op !== "port") this.#addIn(node, place);
      else if (portKind(node) === "state") {
        const name = at(before, indexOf(node), "model step");
        this.#symbol(node, place, { name, is: "state" });
      } else {
        const first = portKind(node) === "sequence" ? 0 : sequences + states;
        const source = at(scan.operands, first + indexOf(node), "model step");
        this.#set(node.id, place, this.#at(source, place));
      }
    }
    names.forEach((name, index) => {
      const state = at(before, index, "model step");
      const next = this.#at(at(results, index, "model step"), place);
      const plain = name.replace(/\[t-\d+\]$/, "");
      const from = `δ${state} of the ${reverse ? "step before" : "next step"}`;
      this.#arrivals.push({ node: next, name: plain, state, from });
      const initial = at(scan.operands, sequences + index, "model step");
      if (!this.#activeBefore.has(initial)) return;
      const begin = `δ${state} of the ${reverse ? "last" : "first"} step`;
      const first = this.#at(initial, ONCE);
      this.#arrivals.push({ node: first, name: `${plain}0`, state: null, from: begin });
      const port = this.#graph.region(scan.id).find((each) => isPortOf(each, index));
      if (port !== undefined) this.#link(first, this.#at(port.id, place));
    });
  }

  /** The value in the loop that a projection takes out; undefined for a last state. */
  #projected(node: Node): Node | undefined {
    const scan = this.#graph.node(at(node.operands, 0, "model step"));
    if (indexOf(node) < scanAttributes(scan).states) return undefined;
    return this.#graph.node(at(yieldOf(this.#graph, scan.id).operands, indexOf(node), "model step"));
  }

  #timeOfBody(scan: string): string {
    return printDim(scanAttributes(this.#graph.node(scan)).time);
  }

  /** What a value of another place is called. */
  #called(id: string): string {
    const node = this.#graph.node(id);
    const inner = node.op === "project" ? this.#projected(node)?.name : undefined;
    const name = node.name ?? inner;
    return name === undefined ? `v${id.slice(1)}` : this.#shown(name);
  }

  #shown(name: string): string {
    return this.#names.get(name) ?? shortPath(name);
  }
}

function isPortOf(node: Node, state: number): boolean {
  return node.op === "port" && portKind(node) === "state" && indexOf(node) === state;
}

/** What is the same in every place: weights, and what is computed from them or from nothing. */
function freeNodes(graph: Graph): ReadonlySet<string> {
  const free = new Set<string>();
  for (const node of graph.region(null)) {
    if (node.op === "input" ? node.input?.kind === "weight" : isFree(node, free)) free.add(node.id);
  }
  return free;
}

function isFree(node: Node, free: ReadonlySet<string>): boolean {
  if (!isRow(node.op) || timeName(node.type) !== undefined) return false;
  return node.operands.every((operand) => free.has(operand));
}
