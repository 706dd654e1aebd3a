// What a user says about where arrays belong: `THEIRS=OURS`, with parts of them in brackets.
//   fc.weight=logits.h                          an array is a weight
//   weight_ih_l0[0:64]=f.x                      some rows of an array
//   kernel.T[0:64]=f.x                          rows of its transpose
//   bias_ih_l0[0:64]+bias_hh_l0[0:64]=f.b       a sum
//   fc.weight=gates.h[64:128]                   some rows of a weight; [64:128, 0:8] are some columns of these
//   encoder.rnn=enc                             a layer is a layer
//   decoder=                                    what is left out: an array, or all whose names begin so
//   =logits.h                                   a weight that keeps its first values
import { UserError } from "../../base/diagnostic.ts";
import { assignments, Misfit, type Assignment } from "./assign.ts";
import type { OurLayer, OurWeight, OurWeights } from "./ours.ts";
import type { Placing } from "./placing.ts";
import {
  inNaturalOrder,
  rowsOf,
  tensorsIn,
  transposedBlock,
  whole,
  type Block,
  type Layer,
  type TheirFile,
  type TheirLayer,
  type TheirTensor,
} from "./theirs.ts";

/** Places what one entry says. Throws a UserError for an entry that does not fit. */
export function placeMapped(entry: string, file: TheirFile, ours: OurWeights, placing: Placing): void {
  const at = entry.lastIndexOf("=");
  if (at < 0) throw new UserError(`\`${entry}\` does not say what is what: write THEIRS=OURS`);
  const [left, right] = [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
  if (left === "" && right === "") throw new UserError("`=` has a name on neither side");
  if (right === "") {
    for (const tensor of named(left, file)) placing.leaveOut(tensor);
    return;
  }
  if (left === "") {
    placing.keep(partOfOurs(right, ours).weight);
    return;
  }
  const layers = file.layers.filter(({ label }) => label === left);
  const counterparts = ours.layers.filter(({ label }) => label === right);
  if (layers.length > 0 && counterparts.length > 0 && !file.tensors.some(({ name }) => name === left))
    placeLayers(entry, { layers, counterparts }, placing);
  else placePart(entry, { sources: sourcesOf(left, file), ...partOfOurs(right, ours) }, placing);
}

interface MappedLayers {
  readonly layers: readonly TheirLayer[];
  readonly counterparts: readonly OurLayer[];
}

/** Layers of each side that have the same kind are paired in their order. */
function placeLayers(entry: string, { layers, counterparts }: MappedLayers, placing: Placing): void {
  const [own, other] = [inNaturalOrder<TheirLayer>(layers), inNaturalOrder<OurLayer>(counterparts)];
  if (own.length !== other.length)
    throw new UserError(`\`${entry}\`: ${countOf(own)} of theirs cannot be ${countOf(other)} of ours`);
  own.forEach((layer, index) => {
    const counterpart = other[index];
    if (counterpart === undefined) return;
    const made = assigned(entry, layer, counterpart);
    refuseWrong(entry, made, placing);
    placing.take(made, tensorsIn(layer));
  });
}

function countOf(layers: readonly Layer[]): string {
  return layers.length === 1 ? "1 layer" : `${layers.length} layers`;
}

function assigned(entry: string, layer: TheirLayer, counterpart: OurLayer): readonly Assignment[] {
  try {
    return assignments(layer, counterpart);
  } catch (problem) {
    throw problem instanceof Misfit ? new UserError(`\`${entry}\`: ${problem.message}`) : problem;
  }
}

function refuseWrong(entry: string, made: readonly Assignment[], placing: Placing): void {
  const wrong = placing.wrong(made);
  if (wrong === undefined) return;
  const [from, to] = [wrong.shape, placing.shapeOf(wrong.weight)].map(printShape);
  throw new UserError(`\`${entry}\`: theirs is ${from}, but \`${wrong.weight.name}\` is ${to}`);
}

export function printShape(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}

interface Part {
  readonly weight: OurWeight;
  /** `[from, to]` for each axis; an open end is undefined. */
  readonly ranges: readonly Range[];
}

type Range = readonly [from: number | undefined, to: number | undefined];

function placePart(
  entry: string,
  { sources, weight, ranges }: Part & { readonly sources: readonly Block[] },
  placing: Placing,
): void {
  if (placing.isFilled(weight) && ranges.length === 0)
    throw new UserError(
      `\`${entry}\`: \`${weight.name}\` is mapped twice: what is to be added is written A+B=${weight.name}`,
    );
  const [first] = sources;
  if (first === undefined) return;
  const other = sources.find(({ shape }) => shape.join() !== first.shape.join());
  if (other !== undefined)
    throw new UserError(`\`${entry}\`: ${printShape(first.shape)} and ${printShape(other.shape)} cannot be added`);
  const made = { weight, blocks: sources, shape: first.shape, isNegated: false };
  if (ranges.length === 0) {
    refuseWrong(entry, [made], placing);
    placing.take(
      [made],
      sources.map(({ of }) => of),
    );
    return;
  }
  const shape = placing.shapeOf(weight).map((size) => {
    if (typeof size === "number") return size;
    throw new UserError(`\`${entry}\`: the size ${size} of \`${weight.name}\` is not known: give it with --set`);
  });
  const bounds = boundsOf(entry, ranges, shape);
  const size = bounds.map(([from, to]) => to - from);
  if (size.join() !== first.shape.join())
    throw new UserError(
      `\`${entry}\`: theirs is ${printShape(first.shape)}, but that part of \`${weight.name}\` is ${printShape(size)}`,
    );
  placing.take(
    [{ ...made, from: bounds.map(([from]) => from) }],
    sources.map(({ of }) => of),
  );
}

const PART = /^(.*?)\s*\[([^\][]*)\]$/;

function partOfOurs(text: string, { weights }: OurWeights): Part {
  const [, name = text, ranges] = PART.exec(text) ?? [];
  const weight = weights.find((each) => each.name === name);
  if (weight === undefined) throw new UserError(`no weight is called \`${name}\`: there are ${listed(weights)}`);
  return { weight, ranges: ranges === undefined ? [] : rangesOf(text, ranges) };
}

const MOST_LISTED = 12;

function listed(named: readonly { readonly name: string }[]): string {
  const shown = named.slice(0, MOST_LISTED).map(({ name }) => name);
  return named.length > MOST_LISTED ? `${shown.join(", ")} and ${named.length - MOST_LISTED} more` : shown.join(", ");
}

/** The array of that name, or all whose names begin with it. */
function named(name: string, { tensors }: TheirFile): readonly TheirTensor[] {
  const exact = tensors.filter((each) => each.name === name);
  const found =
    exact.length > 0
      ? exact
      : tensors.filter((each) => each.name.startsWith(`${name}.`) || each.name.startsWith(`${name}/`));
  if (found.length === 0) throw new UserError(`the file has no array \`${name}\`: there are ${listed(tensors)}`);
  return found;
}

function sourcesOf(text: string, file: TheirFile): readonly Block[] {
  const isOne = file.tensors.some(({ name }) => name === text);
  return (isOne ? [text] : text.split("+")).map((term) => blockOf(term.trim(), file));
}

function blockOf(text: string, file: TheirFile): Block {
  const { tensors } = file;
  const find = (name: string): Block | undefined => {
    const tensor = tensors.find((each) => each.name === name);
    if (tensor !== undefined) return whole(tensor);
    const own = name.endsWith(".T") ? tensors.find((each) => each.name === name.slice(0, -2)) : undefined;
    if (own === undefined) return undefined;
    if (own.shape.length !== 2) throw new UserError(`\`${name}\`: an array ${printShape(own.shape)} has no transpose`);
    return transposedBlock(whole(own));
  };
  const exact = find(text);
  if (exact !== undefined) return exact;
  const [, name = text, ranges] = PART.exec(text) ?? [];
  const block = find(name);
  if (block === undefined) throw new UserError(`the file has no array \`${name}\`: there are ${listed(tensors)}`);
  if (ranges === undefined) return block;
  return boundsOf(text, rangesOf(text, ranges), block.shape).reduce(cut, block);
}

/** Rows are cut from the first axis, columns from the second one. */
function cut(block: Block, [from, to]: readonly [number, number], axis: number): Block {
  if (from === 0 && to === block.shape[axis]) return block;
  if (axis === 0) return rowsOf(block, from, to);
  return transposedBlock(rowsOf(transposedBlock(block), from, to));
}

function rangesOf(text: string, ranges: string): readonly Range[] {
  return ranges.split(",").map((range): Range => {
    const [found, from, to] = /^\s*(\d*)\s*:\s*(\d*)\s*$/.exec(range) ?? [];
    if (found === undefined)
      throw new UserError(`\`${text}\`: a part is written [from:to], or [from:to, from:to] for rows and columns`);
    return [from === "" ? undefined : Number(from), to === "" ? undefined : Number(to)];
  });
}

/** For each axis; those without a range are whole. Throws a UserError for one outside of the array. */
function boundsOf(
  text: string,
  ranges: readonly Range[],
  shape: readonly number[],
): readonly (readonly [number, number])[] {
  if (ranges.length > shape.length || (shape.length > 2 && ranges.length > 1))
    throw new UserError(`\`${text}\`: an array ${printShape(shape)} has no such part`);
  return shape.map((size, axis) => {
    const [from = 0, to = size] = ranges[axis] ?? [];
    if (from >= to || to > size) throw new UserError(`\`${text}\`: [${from}:${to}] is outside of an axis of ${size}`);
    return [from, to];
  });
}
