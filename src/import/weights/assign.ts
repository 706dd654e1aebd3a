// How the weights of a layer of theirs go into one of ours: which parts of their arrays, added, make each weight. Throws a Misfit where the
// two do not compute the same.
import type { OperatorName } from "../../onnx/cells.ts";
import { GATES } from "../../onnx/cells.ts";
import { PROJECTION } from "./known-cells.ts";
import type { OurLayer, OurLoop, OurLoops, OurMatrix, OurWeight, PlacedWeight } from "./ours.ts";
import {
  elementOf,
  isZero,
  transposedBlock,
  type Block,
  type TheirLayer,
  type TheirLoop,
  type TheirLoops,
  type TheirMatrix,
} from "./theirs.ts";

/** A weight, or some of its rows, as the sum of parts; no parts give 0. */
export interface Assignment {
  readonly weight: OurWeight;
  readonly blocks: readonly Block[];
  /** In the order of our axes. */
  readonly shape: readonly number[];
  /** Whether the numbers change their sign. */
  readonly isNegated: boolean;
  /** Where the part of our weight begins, for each axis; undefined for all of it. */
  readonly from?: readonly number[];
}

/** Why two layers do not fit. */
export class Misfit extends Error {}

/** Throws a Misfit. The shapes of weights are not compared. */
export function assignments(theirs: TheirLayer, ours: OurLayer): readonly Assignment[] {
  if (theirs.kind === "loops" && ours.kind === "loops") return ofLoops(theirs, ours);
  if (theirs.kind === "matrix" && ours.kind === "matrix") return ofMatrix(theirs, ours);
  throw new Misfit("one is a loop over time and the other is not");
}

function ofMatrix({ weight, bias, as }: TheirMatrix, ours: OurMatrix): readonly Assignment[] {
  if (as !== "either" && as !== ours.as) throw new Misfit(`theirs is a ${as}, ours a ${ours.as}`);
  // A linear layer with one row makes a number, for which ours has a vector.
  const isVector = ours.weight.axes.length === 1 && weight.shape[0] === 1;
  const fitted = (block: Block): Block => (isVector ? elementOf(block, 0) : block);
  const own = fitted(weight);
  const matrix = { weight: ours.weight, blocks: [own], shape: own.shape, isNegated: false };
  if (ours.bias !== undefined) {
    const shape = isVector ? [] : weight.shape.slice(0, 1);
    const blocks = bias === undefined ? [] : [fitted(bias)];
    return [matrix, { weight: ours.bias, blocks, shape, isNegated: false }];
  }
  if (bias !== undefined && !isZero(bias)) throw new Misfit("theirs has a bias, ours has none");
  return [matrix];
}

function ofLoops(theirs: TheirLoops, ours: OurLoops): readonly Assignment[] {
  const [own, other] = [directionsOf(theirs), directionsOf(ours)];
  const pairs = own.flatMap((loop, index): (readonly [TheirLoop, OurLoop])[] => {
    const counterpart = other[index];
    return counterpart === undefined ? [] : [[loop, counterpart]];
  });
  for (const [loop, counterpart] of pairs) refuseOtherCell(loop, counterpart);
  if (own.length !== other.length) throw new Misfit(`theirs has ${countOf(own.length)}, ours ${countOf(other.length)}`);
  return pairs.flatMap(([loop, counterpart]) => ofLoop(loop, counterpart));
}

function countOf(directions: number): string {
  return directions === 1 ? "one direction" : "two directions";
}

function directionsOf<T>({
  forward,
  backward,
}: {
  readonly forward: T | undefined;
  readonly backward: T | undefined;
}): readonly T[] {
  return [forward, backward].filter((each) => each !== undefined);
}

function ofLoop(theirs: TheirLoop, ours: OurLoop): readonly Assignment[] {
  const placed = (name: string): readonly PlacedWeight[] => ours.weights.get(name) ?? [];
  const H = [...theirs.x.values()][0]?.shape[0] ?? 0;
  const matrices = GATES[theirs.operator].flatMap((gate) => {
    const names = namesOf(theirs.operator, gate, ours.cell.linearBeforeReset);
    const isNegated = ours.cell.isInverted && gate === "z";
    const [bx, bh] = [theirs.biases.x.get(gate), theirs.biases.h.get(gate)];
    const biases =
      names.bh === undefined ? [vector(names.bx, [bx, bh])] : [vector(names.bx, [bx]), vector(names.bh, [bh])];
    return [
      ...matrix(placed(names.x), theirs.x.get(gate), isNegated),
      ...matrix(placed(names.h), theirs.h.get(gate), isNegated),
      ...biases.flatMap(({ name, blocks }) => biasesOf(placed(name), blocks, { H, isNegated, what: "biases" })),
    ];
  });
  const peepholes = ["pi", "pf", "po"].flatMap((name) => {
    const { blocks } = vector(name, [theirs.peepholes.get(name)]);
    return biasesOf(placed(`cell.${name}`), blocks, { H, isNegated: false, what: "peepholes" });
  });
  const projection = ours.cell.hasProjection
    ? [
        ...matrix(placed(PROJECTION), theirs.projection, false),
        ...biasesOf(placed("cell.h.b"), [], { H: theirs.projection?.shape[0] ?? 0, isNegated: false, what: "biases" }),
      ]
    : [];
  return [...matrices, ...peepholes, ...projection];
}

function refuseOtherCell(theirs: TheirLoop, { cell }: OurLoop): void {
  if (theirs.operator !== cell.operator)
    throw new Misfit(`theirs is a loop of the kind ${theirs.operator}, ours of the kind ${cell.operator}`);
  if ((theirs.projection !== undefined) !== cell.hasProjection)
    throw new Misfit(
      theirs.projection === undefined
        ? "ours projects its output, theirs does not"
        : "theirs projects its output, ours does not",
    );
  if (theirs.resetsAfter !== undefined && theirs.operator === "GRU" && theirs.resetsAfter !== cell.linearBeforeReset)
    throw new Misfit(
      theirs.resetsAfter
        ? "theirs has the reset gate after the product, ours before it"
        : "theirs has the reset gate before the product, ours after it",
    );
  const { functions } = theirs;
  if (functions === undefined) return;
  if (functions.activations.join() !== cell.activations.join())
    throw new Misfit(
      `theirs has the functions ${functions.activations.join(", ")}, ours ${cell.activations.join(", ")}`,
    );
  if (functions.clip !== cell.clip)
    throw new Misfit(`theirs clips at ${functions.clip ?? "no value"}, ours at ${cell.clip ?? "no value"}`);
}

interface GateNames {
  readonly x: string;
  readonly h: string;
  readonly bx: string;
  /** The bias beside the product with h, where it is apart. */
  readonly bh?: string;
}

/** The names of `cellText`. */
function namesOf(operator: OperatorName, gate: string, linearBeforeReset: boolean): GateNames {
  if (operator !== "GRU" || gate !== "n") return { x: `cell.${gate}.x`, h: `cell.${gate}.h`, bx: `${gate}.b` };
  return linearBeforeReset
    ? { x: "cell.nx.x", h: "cell.u.h", bx: "nx.b", bh: "u.b" }
    : { x: "cell.n.x", h: "cell.n.arg2", bx: "n.b" };
}

function vector(
  name: string,
  blocks: readonly (Block | undefined)[],
): { readonly name: string; readonly blocks: readonly Block[] } {
  return { name: `cell.${name}`, blocks: blocks.filter((block) => block !== undefined) };
}

function matrix(placed: readonly PlacedWeight[], block: Block | undefined, isNegated: boolean): readonly Assignment[] {
  if (block === undefined) throw new Misfit("a matrix of theirs is missing");
  return placed.map(({ weight, isTransposed }) => {
    const own = isTransposed ? transposedBlock(block) : block;
    return { weight, blocks: [own], shape: own.shape, isNegated };
  });
}

interface Vector {
  readonly H: number;
  readonly isNegated: boolean;
  readonly what: string;
}

/** The first of several biases in one place gets the sum; the others are 0. */
function biasesOf(
  placed: readonly PlacedWeight[],
  blocks: readonly Block[],
  { H, isNegated, what }: Vector,
): readonly Assignment[] {
  if (placed.length === 0 && !blocks.every(isZero)) throw new Misfit(`theirs has ${what}, ours has none`);
  return placed.map(({ weight }, index) => ({ weight, blocks: index === 0 ? blocks : [], shape: [H], isNegated }));
}
