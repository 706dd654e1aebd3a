// The weights of a file of another system as those of a program. What is mapped comes first, then what has our names, then layers.
import type { Program } from "../../lang/elaborate/program.ts";
import type { HostArray } from "../../targets/target.ts";
import type { FileBeside } from "../onnx/loaded.ts";
import { asciiName } from "../../export/identifiers.ts";
import { assignments, Misfit, type Assignment } from "./assign.ts";
import { placeMapped } from "./map.ts";
import { ourWeights, weightsIn, type OurLayer, type OurWeights } from "./ours.ts";
import { pairLayers, type Pairing } from "./pair.ts";
import { Placing } from "./placing.ts";
import { readTheirs } from "./read.ts";
import { tensorsIn, whole, type TheirFile, type TheirLayer } from "./theirs.ts";
import { leftOver, unplaced } from "./unplaced.ts";

export interface ImportRequest {
  readonly program: Program;
  /** The name of a weight for users. */
  readonly nameOf: (path: string) => string;
  /** Sizes that are known. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly bytes: Uint8Array;
  /** The name of the file in messages. */
  readonly path: string;
  readonly fileOf: FileBeside;
  /** `THEIRS=OURS`, as `map.ts` says. */
  readonly map: readonly string[];
}

export interface Imported {
  /** By the names of weights in the graph; those that keep their first values are missing. */
  readonly weights: ReadonlyMap<string, HostArray>;
  /** Which arrays each weight is made of, by their names. */
  readonly sources: readonly { readonly weight: string; readonly from: readonly string[] }[];
}

/** Throws a UserError with a table if something of theirs or of ours has no counterpart. */
export function importInto({ program, nameOf, sizes, bytes, path, fileOf, map }: ImportRequest): Imported {
  const file = readTheirs(bytes, path, fileOf);
  const ours = ourWeights(program, nameOf);
  const placing = new Placing(sizes);
  for (const entry of map) placeMapped(entry, file, ours, placing);
  placeByName(file, ours, placing);
  placeLayers(file, ours, placing);
  const left = leftOver({ ...file, weights: ours.weights }, { theirs: file.layers, ours: ours.layers }, placing);
  if (left !== undefined) throw unplaced(path, left, placing);
  return {
    weights: placing.arrays(),
    sources: ours.weights.map((weight) => ({
      weight: weight.name,
      from: placing.partsOf(weight).map(({ name }) => name),
    })),
  };
}

/** Files that Recurra wrote, or a program that it wrote, have our names, or these as identifiers. */
function placeByName({ tensors }: TheirFile, { weights }: OurWeights, placing: Placing): void {
  for (const weight of weights) {
    if (placing.isFilled(weight)) continue;
    const names = [weight.name, asciiName(weight.name)];
    const tensor = tensors.find((each) => names.includes(each.name) && !placing.isUsed(each));
    if (tensor === undefined) continue;
    const made = [{ weight, blocks: [whole(tensor)], shape: tensor.shape, isNegated: false }];
    if (placing.wrong(made) === undefined) placing.take(made, [tensor]);
  }
}

/** Layers of which nothing is placed yet. */
function placeLayers(file: TheirFile, ours: OurWeights, placing: Placing): void {
  const free = {
    theirs: file.layers.filter((layer) => !tensorsIn(layer).some((tensor) => placing.isUsed(tensor))),
    ours: ours.layers.filter((layer) => !weightsIn(layer).some((weight) => placing.isFilled(weight))),
  };
  const known = new Map<TheirLayer, Map<OurLayer, readonly Assignment[] | undefined>>();
  /** Compared once: a comparison may read biases. */
  const compared = (theirs: TheirLayer, other: OurLayer): readonly Assignment[] | undefined => {
    const row = known.get(theirs) ?? new Map<OurLayer, readonly Assignment[] | undefined>();
    known.set(theirs, row);
    if (!row.has(other)) row.set(other, assignmentsIfAny(theirs, other));
    return row.get(other);
  };
  const pairing: Pairing<TheirLayer, OurLayer> = {
    fits: (pairs) => {
      const made = pairs.map(([theirs, other]) => compared(theirs, other));
      if (made.includes(undefined)) return false;
      return placing.wrong(made.flatMap((each) => each ?? [])) === undefined;
    },
    take: (pairs) => {
      for (const [theirs, other] of pairs) placing.take(compared(theirs, other) ?? [], tensorsIn(theirs));
    },
  };
  for (const kind of ["loops", "matrix"] as const) {
    const isOfKind = (layer: TheirLayer | OurLayer): boolean => layer.kind === kind;
    pairLayers({ theirs: free.theirs.filter(isOfKind), ours: free.ours.filter(isOfKind) }, pairing);
  }
}

function assignmentsIfAny(theirs: TheirLayer, ours: OurLayer): readonly Assignment[] | undefined {
  try {
    return assignments(theirs, ours);
  } catch (problem) {
    if (problem instanceof Misfit) return undefined;
    throw problem;
  }
}
