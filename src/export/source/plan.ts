// What is known of a program before its code is written: the names of values, and the equations that they come from.
import { spanText } from "../../base/source.ts";
import { CELL } from "../../graph/border.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, scanAttributes, type Node } from "../../graph/node.ts";
import type { Body, Quantity } from "../../lang/elaborate/outline.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import { choiceOf } from "../../ops/choice.ts";
import type { OpTable, Words } from "./dialect.ts";
import { oneLine } from "./one-line.ts";

export interface Plan {
  readonly program: Program;
  readonly graph: Graph;
  readonly ops: OpTable;
  readonly words: Words;
  /** By node, the equation that it comes from, as it is in the spec. */
  readonly comments: ReadonlyMap<string, string>;
  /** Names of nodes that have none themselves: inputs of cells, predictions. */
  readonly names: ReadonlyMap<string, string>;
  /** By scan and index, the path of a state. */
  readonly statePaths: ReadonlyMap<string, string>;
  /** By scan, the application of a cell that it runs. */
  readonly bodies: ReadonlyMap<string, Body>;
  /** The beginning of names that is left out outside loops. */
  readonly rootPrefix: string;
}

export function stateKey(scan: string, index: number): string {
  return `${scan} ${index}`;
}

export function planOf(program: Program, ops: OpTable, words: Words): Plan {
  const { graph, outline } = program;
  const quantities = outline.flatMap((body) => body.quantities);
  return {
    program,
    graph,
    ops,
    words,
    comments: new Map(quantities.flatMap((each) => commentOf(each))),
    names: new Map([...quantities.flatMap((each) => namesOf(each)), ...predictedNames(graph)]),
    statePaths: statePaths(graph),
    bodies: bodiesOf(program),
    rootPrefix: CELL,
  };
}

function commentOf({ kind, names, nodes, expression, ahead }: Quantity): readonly (readonly [string, string])[] {
  const [first] = nodes;
  if (first === undefined || expression === null) return [];
  const right = spanText(expression.span);
  const left = names.join(", ");
  const texts: Partial<Record<Quantity["kind"], string>> = {
    equation: `${left} = ${right}`,
    predict: `predict ${left}${ahead === 0 ? "" : `[t+${ahead}]`} from ${right}`,
    minimize: `minimize ${right}`,
  };
  const text = texts[kind];
  return text === undefined ? [] : [[first, oneLine(text)]];
}

function namesOf({ kind, names, nodes }: Quantity): readonly (readonly [string, string])[] {
  if (kind === "predict" || kind === "minimize") return [];
  return nodes.flatMap((node, place) => {
    const name = names[place];
    return name === undefined ? [] : [[node, name] as const];
  });
}

/** What is predicted, before the padding is taken out of it. */
function predictedNames(graph: Graph): readonly (readonly [string, string])[] {
  const outputs = [...graph.outputsOf("logits"), ...graph.outputsOf("value")];
  const measures = graph.outputsOf("measure").flatMap(({ id, output: { measure } }) => {
    return measure === "loss" || measure === "count" ? [[id, measure] as const] : [];
  });
  const loss = graph.outputsOf("loss").map(({ id }) => [id, "loss"] as const);
  const predicted = outputs.flatMap(({ id, output }) => {
    const name = output.kind === "logits" ? "logits" : output.of;
    return graph.node(id).name === undefined ? [[id, name] as const] : [];
  });
  return [...measures, ...loss, ...predicted];
}

/** The states that scans end with are outputs of every program, by their paths. */
function statePaths(graph: Graph): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { id, output } of graph.outputsOf("final")) {
    const whole = graph.node(id);
    const node = graph.node(choiceOf(whole)?.yes ?? id);
    const scan = scanOf(graph, node);
    if (scan !== undefined && indexOf(node) < scanAttributes(scan).states)
      found.set(stateKey(scan.id, indexOf(node)), output.path);
  }
  return found;
}

function scanOf(graph: Graph, { op, operands }: Node): Node | undefined {
  const [scan] = operands;
  return op === "project" && scan !== undefined ? graph.node(scan) : undefined;
}

/** A body comes after the bodies inside it, so the last one of a scan is the cell that is applied to sequences. */
function bodiesOf({ graph, outline }: Program): ReadonlyMap<string, Body> {
  const found = new Map<string, Body>();
  for (const body of outline) {
    const nodes = [...body.ports, ...body.quantities.flatMap((each) => each.nodes)];
    const region = nodes.map((id) => graph.node(id).region).find((each) => each !== null);
    if (region !== undefined && region !== null && body.time !== null) found.set(region, body);
  }
  return found;
}

/** The last part of a path, with the states of earlier steps by name: `x[t-1]` is `x_prev`. */
export function readable(path: string): string {
  return path.replace(/\[t-(\d+)\]/g, (_, steps: string) => (steps === "1" ? "_prev" : `_prev${steps}`));
}

/** The common beginning of dotted names, up to a dot; the last part of a name never belongs to it. */
export function commonPrefix(names: readonly string[]): string {
  const [first, ...rest] = names.map((name) => name.split(".").slice(0, -1));
  if (first === undefined) return "";
  const length = first.findIndex((part, place) => rest.some((other) => other[place] !== part));
  return first.slice(0, length < 0 ? first.length : length).join(".");
}

/** A dotted name without its prefix. */
export function without(prefix: string, name: string): string {
  return prefix === "" ? name : name.slice(prefix.length + 1);
}
