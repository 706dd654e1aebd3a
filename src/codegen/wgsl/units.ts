// Whether the units of a loop can be sliced: each workgroup then owns some units of every value that the loop makes, and makes all of
// their elements from elements that it owns itself, except the operands of products.
// Element `rest` of an example's row belongs to unit `rest % units`: stacked gates are blocks of all units.
import { at } from "../../base/invariant.ts";
import { shapeOfGroup } from "../../kernel/expression.ts";
import type { KernelTask, LoopTask } from "../../kernel/task.ts";
import { isInLoop, rootOf, type Storage, type View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { type Inner, writesOf } from "./waits.ts";

export interface Units {
  readonly count: number;
  readonly body: readonly Inner[];
  /** The products whose operand is made by all slices. */
  readonly meeting: ReadonlySet<KernelTask>;
}

/** Undefined if the units of a loop over `batch` independent examples cannot be sliced. */
export function unitsOf(loop: LoopTask, batch: number): Units | undefined {
  const body: Inner[] = [];
  for (const task of loop.body) {
    if (task.kind === "loop" || !isSliceable(task, batch)) return undefined;
    if (writesOf(task).some((view) => countOf(view.shape) > 0)) body.push(task);
  }
  const products = body.filter((task) => task.kind === "kernel");
  if (products.length === 0) return undefined;
  const widths = body.map(widthOf);
  const count = Math.min(...widths);
  if (widths.some((width) => width % count !== 0)) return undefined;
  const owners = new Owners(batch, count);
  const isOwned = body.every((task) => writesOf(task).every((view) => owners.claim(view)));
  const isLocal = (view: View): boolean => !owners.isMade(view) || owners.agrees(view);
  const agree = body.every((task) => task.reads.every((view, index) => isWeight(task, index) || isLocal(view)));
  if (!isOwned || !agree) return undefined;
  return { count, body, meeting: new Set(products.filter(({ reads }) => owners.isMade(at(reads, 0, "wgsl")))) };
}

/** An element-wise group, or a product with a weight that is the same at every turn, of one row for each example. */
function isSliceable(task: Inner, batch: number): boolean {
  if (task.kind === "group") return shapeOfGroup(task)[0] === batch;
  const { work, reads, write } = task;
  if (work.name !== "product" || write.shape.length !== 2 || write.shape[0] !== batch) return false;
  return !isInLoop(at(reads, 1, "wgsl"));
}

function isWeight(task: Inner, index: number): boolean {
  return task.kind === "kernel" && index === 1;
}

/** Elements of a task for an example. */
export function widthOf(task: Inner): number {
  return countOf((task.kind === "group" ? shapeOfGroup(task) : task.write.shape).slice(1));
}

/** The unit of every element that a loop makes, for one example. */
class Owners {
  readonly #batch: number;
  readonly #units: number;
  /** By storage: the strides of a turn and of an example, and the unit by the place of an element. */
  readonly #made = new Map<Storage, { readonly layout: string; readonly units: Map<number, number> }>();

  constructor(batch: number, units: number) {
    this.#batch = batch;
    this.#units = units;
  }

  isMade(view: View): boolean {
    return this.#made.has(rootOf(view.storage).storage);
  }

  /** Notes what a task writes. False if an element would belong to two units, or places cannot be compared. */
  claim(view: View): boolean {
    const { storage } = rootOf(view.storage);
    const made = this.#made.get(storage) ?? { layout: this.#layoutOf(view), units: new Map<number, number>() };
    this.#made.set(storage, made);
    if (made.layout !== this.#layoutOf(view)) return false;
    return this.#placesIn(view).every((place, rest) => {
      const unit = rest % this.#units;
      const known = made.units.get(place) ?? unit;
      made.units.set(place, known);
      return known === unit;
    });
  }

  /** Whether each element of an operand belongs to the unit that its place in the row says. */
  agrees(view: View): boolean {
    const made = this.#made.get(rootOf(view.storage).storage);
    if (made?.layout !== this.#layoutOf(view)) return false;
    const places = this.#placesIn(view);
    return (
      places.length % this.#units === 0 && places.every((place, rest) => made.units.get(place) === rest % this.#units)
    );
  }

  #layoutOf({ step, strides }: View): string {
    return `${Math.abs(step)} ${this.#batch === 1 ? 0 : strides[0]}`;
  }

  /** The place of each element of the first example, whatever the turn. */
  #placesIn(view: View): readonly number[] {
    const { shape, strides, offset, step } = view;
    const first = offset + rootOf(view.storage).offset;
    const row = this.#batch === 1 ? 0 : (strides[0] ?? 0);
    const within = (place: number, size: number): number => (size === 0 ? place : place % size);
    return Array.from({ length: countOf(shape.slice(1)) }, (_, rest) => {
      let place = first;
      for (let axis = shape.length - 1, left = rest; axis > 0; axis--) {
        const size = at(shape, axis, "wgsl");
        place += (left % size) * at(strides, axis, "wgsl");
        left = Math.floor(left / size);
      }
      return within(within(place, Math.abs(step)), row);
    });
  }
}
