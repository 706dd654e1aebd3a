// Whether the next value of a state may be written where the last one is.
import type { Task } from "../../kernel/task.ts";
import { rootOf, type Storage, type View } from "../../kernel/view.ts";

/** Whether nothing reads `state` after `next` was first written, or reads another element of it in the same task. */
export function canBeInPlace(tasks: readonly Task[], state: Storage, next: Storage): boolean {
  const written = tasks.findIndex((task) => viewsOf(task, "writes").some((view) => isOf(view, next)));
  return tasks.every((task, place) => {
    const reads = viewsOf(task, "reads").filter((view) => isOf(view, state));
    if (place < written || reads.length === 0) return true;
    const writes = viewsOf(task, "writes").filter((view) => isOf(view, next));
    return (
      place === written &&
      task.kind === "group" &&
      reads.every((read) => writes.every((write) => isAligned(read, write)))
    );
  });
}

function viewsOf(task: Task, which: "reads" | "writes"): readonly View[] {
  if (task.kind === "loop") return task.body.flatMap((each) => viewsOf(each, which));
  if (which === "reads") return task.reads;
  return task.kind === "group" ? task.writes : [task.write];
}

function isOf({ storage }: View, whole: Storage): boolean {
  return rootOf(storage).storage === whole;
}

/** Whether both have the same elements of their storage. */
function isAligned(a: View, b: View): boolean {
  const same = (axis: number, size: number): boolean =>
    size === b.shape[axis] && (size === 1 || a.strides[axis] === b.strides[axis]);
  return a.offset === b.offset && a.shape.length === b.shape.length && a.shape.every((size, axis) => same(axis, size));
}
