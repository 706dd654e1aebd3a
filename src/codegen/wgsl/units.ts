// Whether the units of a loop can be sliced: each workgroup then owns some units of every wide value, and makes all of their elements
// from elements that it owns itself, from narrow values, which all slices have, and from what they meet in: operands of products, and
// reductions over all units (`owners.ts`).
import { at } from "../../base/invariant.ts";
import { shapeOfGroup } from "../../kernel/expression.ts";
import type { KernelTask, LoopTask } from "../../kernel/task.ts";
import { isInLoop, rootOf, type Storage, type View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { isWideShape, type Narrow, Owners } from "./owners.ts";
import { type Inner, writesOf } from "./waits.ts";

/** A task, by who does it. */
export type SliceTask =
  /** Each slice makes the elements of its own units. */
  | { readonly kind: "own"; readonly task: Inner }
  /** Each slice makes all, which is little. */
  | { readonly kind: "everywhere"; readonly task: Inner }
  /** `meets`: its operand is made by all slices. `isNarrow`: each slice needs all of its result. */
  | { readonly kind: "product"; readonly task: KernelTask; readonly meets: boolean; readonly isNarrow: boolean }
  /** Over all units, to a narrow value. */
  | { readonly kind: "reduction"; readonly task: KernelTask }
  | { readonly kind: "softmax"; readonly task: KernelTask };

export interface Units {
  readonly count: number;
  readonly body: readonly SliceTask[];
  readonly narrow: readonly Narrow[];
}

/** Undefined if the units of a loop over `batch` independent examples cannot be sliced, at least into `slices`. */
export function unitsOf(loop: LoopTask, batch: number, slices: number): Units | undefined {
  const body: Inner[] = [];
  for (const task of loop.body) {
    if (task.kind === "loop" || shapeOfTask(task)[0] !== batch) return undefined;
    if (writesOf(task).some((view) => countOf(view.shape) > 0)) body.push(task);
  }
  if (!body.some((task) => isProduct(task))) return undefined;
  const widths = [...new Set(body.map(widthOf))].toSorted((a, b) => a - b);
  // The fewest units: what is narrow then is as little as can be.
  for (const count of widths.filter((width) => width > 1 && width >= slices)) {
    const units = unitsBy(count, body, batch);
    if (units !== undefined) return units;
  }
  return undefined;
}

function unitsBy(count: number, body: readonly Inner[], batch: number): Units | undefined {
  const owners = new Owners(batch, count);
  if (!body.every((task) => writesOf(task).every((view) => owners.claim(view)))) return undefined;
  const tasks: SliceTask[] = [];
  const made = new Set<Storage>();
  for (const task of body) {
    const isLocal = (view: View): boolean =>
      !owners.isMade(view) || owners.agrees(view, made.has(rootOf(view.storage).storage));
    const found = sliceTask(task, count, owners, isLocal);
    if (found === undefined) return undefined;
    tasks.push(found);
    for (const { storage } of writesOf(task)) made.add(rootOf(storage).storage);
  }
  return { count, body: tasks, narrow: owners.narrow };
}

function sliceTask(
  task: Inner,
  units: number,
  owners: Owners,
  isLocal: (view: View) => boolean,
): SliceTask | undefined {
  const isNarrow = !isWideShape(shapeOfTask(task), units);
  const mayReadAll = (view: View): boolean => isLocal(view) && !owners.isWide(view);
  if (isNarrow && task.reads.every(mayReadAll) && fitsColumns(task)) return { kind: "everywhere", task };
  if (task.kind === "group") return !isNarrow && task.reads.every(isLocal) ? { kind: "own", task } : undefined;
  const [operand, ...others] = task.reads;
  if (operand === undefined || !isLocal(operand)) return undefined;
  switch (task.work.name) {
    case "product": {
      const start = others.slice(1);
      const isStart = start.every(isNarrow ? mayReadAll : isLocal);
      if (!isProduct(task) || !isStart) return undefined;
      return { kind: "product", task, meets: owners.isWide(operand), isNarrow };
    }
    case "sum":
    case "max":
    case "min":
      if (!owners.isWide(operand)) return undefined;
      if (!isNarrow) return isOwnReduction(task, units, owners) ? { kind: "own", task } : undefined;
      return isOverUnits(task, units) ? { kind: "reduction", task } : undefined;
    case "softmax":
    case "logsoftmax":
      return !isNarrow && owners.isWide(operand) ? { kind: "softmax", task } : undefined;
    default:
      return undefined;
  }
}

/** A product of one row for each example with a weight that is the same at every turn. */
function isProduct(task: Inner): boolean {
  if (task.kind === "group" || task.work.name !== "product") return false;
  return task.write.shape.length === 2 && !isInLoop(at(task.reads, 1, "wgsl"));
}

/** What every slice makes has one or two axes. */
function fitsColumns(task: Inner): boolean {
  return writesOf(task).every(({ shape }) => shape.length <= 2);
}

/** Whether each result is a reduction of one block of the operand's row, which has all units. */
function isOverUnits({ work, reads, write }: KernelTask, units: number): boolean {
  if (work.name !== "sum" && work.name !== "max" && work.name !== "min") return false;
  const isLeading = work.kept.every((axis, index) => axis === index);
  const block = countOf(at(reads, 0, "wgsl").shape.slice(1)) / Math.max(1, countOf(write.shape.slice(1)));
  return isLeading && work.kept.length > 0 && write.shape.length <= 2 && block % units === 0;
}

/** Whether each result is a reduction of elements of its own unit, as a sum over gates is. */
function isOwnReduction({ work, reads, write }: KernelTask, units: number, owners: Owners): boolean {
  if (work.name !== "sum" && work.name !== "max" && work.name !== "min") return false;
  if (work.kept[0] !== 0) return false;
  const { shape } = at(reads, 0, "wgsl");
  const found = owners.unitsIn(at(reads, 0, "wgsl"));
  return found.every((unit, rest) => {
    let [result, left] = [0, rest];
    let size = 1;
    for (let axis = shape.length - 1; axis > 0; axis--) {
      const coordinate = left % at(shape, axis, "wgsl");
      left = Math.floor(left / at(shape, axis, "wgsl"));
      if (!work.kept.includes(axis)) continue;
      result += coordinate * size;
      size *= at(shape, axis, "wgsl");
    }
    return unit === result % units && write.shape.length === work.kept.length;
  });
}

function shapeOfTask(task: Inner): readonly number[] {
  return task.kind === "group" ? shapeOfGroup(task) : task.write.shape;
}

/** Elements of a task for an example. */
export function widthOf(task: Inner): number {
  return countOf(shapeOfTask(task).slice(1));
}
