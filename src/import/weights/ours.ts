// The weights of a program as layers: loops that are known cells, and what `linear` and `embed` have made. Names follow the rules of
// docs/language.md: a bias is `NAME.b`, a table `NAME.table`.
import { weightPath, type MatchedWeight } from "../../export/onnx/match.ts";
import type { Graph } from "../../graph/graph.ts";
import { scanAttributes } from "../../graph/node.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import { SIMPLIFY } from "../../passes/simplify.ts";
import type { Axis } from "../../shape/type.ts";
import { knownScan, type KnownCell, type KnownScan } from "./known-cells.ts";
import type { Layer } from "./theirs.ts";

export interface OurWeight {
  /** Its name in the graph. */
  readonly path: string;
  /** Its name for users. */
  readonly name: string;
  readonly axes: readonly Axis[];
}

/** A weight of a known cell, and whether its axes are the other way round. */
export interface PlacedWeight {
  readonly weight: OurWeight;
  readonly isTransposed: boolean;
}

export interface OurLoop {
  readonly cell: KnownCell;
  /** By the names of `cellText`; in place of one bias there may be several, or none. */
  readonly weights: ReadonlyMap<string, readonly PlacedWeight[]>;
}

export interface OurLoops extends Layer {
  readonly kind: "loops";
  readonly forward: OurLoop | undefined;
  readonly backward: OurLoop | undefined;
}

export interface OurMatrix extends Layer {
  readonly kind: "matrix";
  readonly weight: OurWeight;
  readonly bias: OurWeight | undefined;
  readonly as: "linear" | "table";
}

export type OurLayer = OurLoops | OurMatrix;

export interface OurWeights {
  readonly weights: readonly OurWeight[];
  readonly layers: readonly OurLayer[];
}

/** `nameOf`: the name of a weight for users. */
export function ourWeights(
  { name: program, graph, parameters }: Program,
  nameOf: (path: string) => string,
): OurWeights {
  const weights = parameters.map(({ name, type }) => ({ path: name, name: nameOf(name), axes: type.axes }));
  const byPath = new Map(weights.map((weight) => [weight.path, weight]));
  const loops = loopsOf(SIMPLIFY.run(graph), byPath, program);
  const inLoops = new Set(loops.flatMap((layer) => weightsIn(layer)));
  return { weights, layers: [...loops, ...matricesOf(weights.filter((each) => !inLoops.has(each)))] };
}

export function weightsIn(layer: OurLayer): readonly OurWeight[] {
  if (layer.kind === "matrix") return layer.bias === undefined ? [layer.weight] : [layer.weight, layer.bias];
  return [layer.forward, layer.backward].flatMap((loop) =>
    loop === undefined ? [] : [...loop.weights.values()].flat().map(({ weight }) => weight),
  );
}

/** The loop of a cell alone has the cell's name. */
function loopsOf(graph: Graph, byPath: ReadonlyMap<string, OurWeight>, program: string): readonly OurLoops[] {
  const layers = new Map<string, OurLoops>();
  const seen = new Set<string>();
  for (const scan of graph.region(null)) {
    const known = scan.op === "scan" ? knownScan(graph, scan) : undefined;
    const loop = known === undefined ? undefined : loopOf(graph, known, byPath);
    if (loop === undefined) continue;
    const paths = [...loop.weights.values()].flat().map(({ weight }) => weight.name);
    // Loops that share their weights are one layer.
    if (seen.has(paths.join())) continue;
    seen.add(paths.join());
    const { label, key } = placeOf(paths, loop.cell);
    const direction = scanAttributes(scan).reverse ? "backward" : "forward";
    const own = { label: label === "" ? program : label, key };
    const before = layers.get(key) ?? { kind: "loops", ...own, forward: undefined, backward: undefined };
    layers.set(key, { ...before, [direction]: loop });
  }
  return [...layers.values()];
}

function loopOf(
  graph: Graph,
  { cell, weights }: KnownScan,
  byPath: ReadonlyMap<string, OurWeight>,
): OurLoop | undefined {
  const placed = new Map<string, readonly PlacedWeight[]>();
  for (const [name, matched] of weights) {
    const own = matched.flatMap(({ id, isTransposed }: MatchedWeight): PlacedWeight[] => {
      const weight = byPath.get(weightPath(graph.node(id)) ?? "");
      return weight === undefined ? [] : [{ weight, isTransposed }];
    });
    if (own.length !== matched.length) return undefined;
    placed.set(name, own);
  }
  const all = [...placed.values()].flat();
  // A weight that two gates share cannot hold what two gates of theirs have.
  return all.length === 0 || new Set(all.map(({ weight }) => weight)).size < all.length
    ? undefined
    : { cell, weights: placed };
}

const DIRECTIONS: readonly string[] = ["forward", "backward"];

/** From what the names of all weights begin with: `h.layer0.forward` is the layer `h.layer0` of `h`. */
function placeOf(names: readonly string[], { operator }: KnownCell): Layer {
  const [first = [], ...rest] = names.map((name) => name.split("."));
  const differs = first.findIndex(
    (part, index) => index === first.length - 1 || rest.some((each) => each[index] !== part),
  );
  const common = first.slice(0, differs);
  // All weights of an RNN are often those of one equation.
  const own = operator === "RNN" && common.length > 1 && !isWired(common.at(-1)) ? common.slice(0, -1) : common;
  const path = own.filter((part) => !DIRECTIONS.includes(part));
  return { key: path.join("."), label: path.filter((part) => !isWired(part)).join(".") };
}

function isWired(part: string | undefined): boolean {
  return part !== undefined && (DIRECTIONS.includes(part) || /^layer\d+$/.test(part));
}

/** Weights whose names are those of one matrix, or of one vector that makes a number, with its bias, and tables. */
function matricesOf(weights: readonly OurWeight[]): readonly OurMatrix[] {
  const groups = new Map<string, OurWeight[]>();
  for (const weight of weights) {
    const owner = weight.name.slice(0, Math.max(0, weight.name.lastIndexOf(".")));
    groups.set(owner, [...(groups.get(owner) ?? []), weight]);
  }
  return [...groups].flatMap(([label, group]): OurMatrix[] => {
    if (label === "") return [];
    const layer = { kind: "matrix", label, key: label } as const;
    const tables = group.filter(({ name, axes }) => name === `${label}.table` && axes.length === 2);
    const bias = group.find(({ name, axes }) => name === `${label}.b` && axes.length < 2);
    const [weight, ...others] = group.filter((each) => each !== bias && !tables.includes(each));
    const made = tables.map((table): OurMatrix => ({ ...layer, weight: table, bias: undefined, as: "table" }));
    const axes = weight?.axes.length ?? 0;
    const isLinear = (axes === 1 || axes === 2) && (bias === undefined || bias.axes.length === axes - 1);
    if (weight === undefined || others.length > 0 || !isLinear) return made;
    return [...made, { ...layer, weight, bias, as: "linear" }];
  });
}
