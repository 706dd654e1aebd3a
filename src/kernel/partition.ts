// Whether the examples of a loop are independent: then threads divide them, and synchronise only at the end of the loop.
import { shapeOfGroup } from "./expression.ts";
import type { GroupTask, KernelTask, LoopTask } from "./task.ts";
import { isInLoop, rootOf, type Storage, type View } from "./view.ts";

/** The number of examples, if every task of the body has them as its rows and none mixes them; otherwise 0. */
export function batchOfLoop(loop: LoopTask): number {
  const written = new Set<Storage>(loop.writes);
  const isMadeInside = (view: View): boolean =>
    isInLoop(view) && (view.storage.inLoop || written.has(rootOf(view.storage).storage));
  const batches = loop.body.map((task) =>
    task.kind === "loop" ? 0 : task.kind === "group" ? ofGroup(task, isMadeInside) : ofKernel(task, isMadeInside),
  );
  const [first = 0] = batches;
  return batches.every((batch) => batch === first) ? first : 0;
}

function ofGroup(group: GroupTask, isMadeInside: (view: View) => boolean): number {
  const [rows = 1] = shapeOfGroup(group);
  const batch = Math.max(0, ...[...group.writes, ...group.reads].map((view) => view.batch));
  const agrees = (view: View): boolean => view.batch === batch && view.shape[0] === rows;
  return rows >= batch && rows % Math.max(1, batch) === 0 && group.reads.filter(isMadeInside).every(agrees) ? batch : 0;
}

function ofKernel(task: KernelTask, isMadeInside: (view: View) => boolean): number {
  const { batch } = task.write;
  const agrees = task.reads.every(
    (view, index) => !isMadeInside(view) || (task.rowwise.includes(index) && view.batch === batch),
  );
  return task.granularity > 0 && task.extent === undefined && agrees ? batch : 0;
}
