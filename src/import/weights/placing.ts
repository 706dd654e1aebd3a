// What has been placed so far: which arrays of theirs are used, which weights of ours are filled, and the sizes that follow.
import { UserError } from "../../base/diagnostic.ts";
import { evaluateDim, learnSize, printDim, symbolsOf } from "../../shape/dim.ts";
import type { HostArray } from "../../targets/target.ts";
import type { Assignment } from "./assign.ts";
import type { OurWeight } from "./ours.ts";
import { sizeOf, type TheirTensor } from "./theirs.ts";

export class Placing {
  /** By the names of the program. */
  readonly sizes: Map<string, number>;
  readonly #used = new Set<TheirTensor>();
  readonly #filled = new Map<OurWeight, Assignment[]>();
  /** Weights that keep their first values. */
  readonly #kept = new Set<OurWeight>();

  constructor(sizes: ReadonlyMap<string, number>) {
    this.sizes = new Map(sizes);
  }

  isUsed(tensor: TheirTensor): boolean {
    return this.#used.has(tensor);
  }

  isFilled(weight: OurWeight): boolean {
    return this.#filled.has(weight) || this.#kept.has(weight);
  }

  leaveOut(tensor: TheirTensor): void {
    this.#used.add(tensor);
  }

  keep(weight: OurWeight): void {
    this.#kept.add(weight);
  }

  /** The first of the assignments whose shape is not that of the weight; undefined if all fit. */
  wrong(assignments: readonly Assignment[]): Assignment | undefined {
    const sizes = new Map(this.sizes);
    return assignments.find(({ weight, shape, from }) => from === undefined && !fits(shape, weight, sizes));
  }

  /** Assignments that fit. `tensors`: what they use up. */
  take(assignments: readonly Assignment[], tensors: Iterable<TheirTensor>): void {
    for (const assignment of assignments) {
      const { weight, shape, from } = assignment;
      if (from === undefined) fits(shape, weight, this.sizes);
      this.#filled.set(weight, [...(this.#filled.get(weight) ?? []), assignment]);
    }
    for (const tensor of tensors) this.#used.add(tensor);
  }

  /** The shape of a weight; a size that is not known is as in the spec. */
  shapeOf({ axes }: OurWeight): readonly (number | string)[] {
    return axes.map(({ size }) =>
      symbolsOf(size).every((each) => this.sizes.has(each)) ? evaluateDim(size, this.sizes) : printDim(size),
    );
  }

  /** What weights of ours are made of, by their names in the graph. Throws a UserError for a weight of which a part is missing. */
  arrays(): ReadonlyMap<string, HostArray> {
    return new Map([...this.#filled].map(([weight, parts]) => [weight.path, this.#array(weight, parts)]));
  }

  /** Which arrays of theirs a weight is made of. */
  partsOf(weight: OurWeight): readonly TheirTensor[] {
    const blocks = (this.#filled.get(weight) ?? []).flatMap((each) => each.blocks);
    return [...new Set(blocks.map(({ of }) => of))];
  }

  #array(weight: OurWeight, parts: readonly Assignment[]): HostArray {
    const shape = weight.axes.map(({ size }) => evaluateDim(size, this.sizes));
    const [first] = parts;
    if (first !== undefined && first.from === undefined && first.shape.join() !== shape.join())
      throw new UserError(
        `the weight \`${weight.name}\` is [${shape.join(", ")}], but what is read for it is [${first.shape.join(", ")}]`,
      );
    if (parts.length > 1 || first?.from !== undefined) refuseGaps(weight, shape, parts);
    const data = new Float32Array(sizeOf(shape));
    for (const part of parts) add(data, shape, part);
    return { dtype: "float", shape, data };
  }
}

function fits(shape: readonly number[], { axes }: OurWeight, sizes: Map<string, number>): boolean {
  // A size of 0 would let an array without data define a size of any length beside it.
  return (
    shape.length === axes.length &&
    !shape.includes(0) &&
    axes.every((axis, index) => learnSize(axis.size, shape[index] ?? 0, sizes))
  );
}

/** Parts must be apart and together all. */
function refuseGaps({ name }: OurWeight, shape: readonly number[], parts: readonly Assignment[]): void {
  parts.forEach((part, index) => {
    const other = parts.slice(index + 1).find((each) => overlap(part, each));
    if (other !== undefined)
      throw new UserError(`two parts of \`${name}\` overlap: what is to be added is written A+B=${name}`);
  });
  const filled = parts.reduce((sum, part) => sum + sizeOf(part.shape), 0);
  if (filled !== sizeOf(shape))
    throw new UserError(
      `a part of the weight \`${name}\` [${shape.join(", ")}] is missing: ${filled} of ${sizeOf(shape)} numbers are mapped`,
    );
}

function overlap(a: Assignment, b: Assignment): boolean {
  return a.shape.every((size, axis) => {
    const [from, other] = [a.from?.[axis] ?? 0, b.from?.[axis] ?? 0];
    return from < other + (b.shape[axis] ?? 0) && other < from + size;
  });
}

/** Adds the blocks of a part, `[rows, columns]` of the whole, which has at most two axes where it has parts. */
function add(data: Float32Array, whole: readonly number[], { blocks, shape, from, isNegated }: Assignment): void {
  const width = sizeOf(whole.slice(1));
  const own = sizeOf(shape.slice(1));
  const start = (from?.[0] ?? 0) * width + (from?.[1] ?? 0);
  blocks.forEach((block, number) =>
    block.read().forEach((value, index) => {
      const place = own === width ? start + index : start + Math.floor(index / own) * width + (index % own);
      const signed = isNegated ? -value : value;
      // The first one keeps the sign of a 0.
      data[place] = number === 0 ? signed : (data[place] ?? 0) + signed;
    }),
  );
}
