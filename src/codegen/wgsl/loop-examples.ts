// A loop in one dispatch, for any body whose examples go each its own way: a workgroup takes some of them through all turns; its
// invocations share out each task, and meet where one reads what another wrote.
import { fail } from "../../base/invariant.ts";
import { shapeOfGroup } from "../../kernel/expression.ts";
import type { KernelTask, LoopTask, Task } from "../../kernel/task.ts";
import type { Storage } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import type { PlaceOf } from "./setting.ts";
import { itemsOf } from "./items.ts";
import { productTogether } from "./loop-product.ts";
import { shaderOf, type Shader } from "./shader.ts";
import { Words } from "./words.ts";

type Inner = Exclude<Task, LoopTask>;

/** Examples a workgroup where there are more than a device has places for: each workgroup reads all weights at each turn. */
const MOST_GROUPS = 128;

/** `most` is how many invocations a workgroup of the device may have. */
export function loopByExamples(loop: LoopTask, batch: number, most: number, placeOf: PlaceOf): Shader {
  const words = new Words(placeOf);
  const tile = Math.ceil(batch / MOST_GROUPS);
  const lanes = lanesFor(Math.max(...loop.body.map((task) => widthOf(task, batch) * tile)), most);
  const pending = { written: new Set<Storage>(), read: new Set<Storage>() };
  let needsPartial = 0;
  const stages = loop.body.map((task): string => {
    if (task.kind === "loop") return fail("wgsl", "a loop within a loop");
    const [reads, writes] = [task.reads, task.kind === "group" ? task.writes : [task.write]].map((views) =>
      views.map(({ storage }) => storage),
    );
    const mustMeet =
      [...(reads ?? [])].some((each) => pending.written.has(each)) ||
      [...(writes ?? [])].some((each) => pending.read.has(each));
    if (mustMeet) {
      pending.written.clear();
      pending.read.clear();
    }
    for (const each of reads ?? []) pending.read.add(each);
    for (const each of writes ?? []) pending.written.add(each);
    const perExample = words.of(rowsOf(task) / batch);
    const bounds = `let firstRow = firstExample * ${perExample};\nlet rows = examples * ${perExample};\n`;
    const shared = isProduct(task)
      ? productTogether(task, { lanes, rows: (tile * rowsOf(task)) / batch }, words)
      : undefined;
    needsPartial = Math.max(needsPartial, shared?.partial ?? 0);
    return `${mustMeet ? MEET : ""}{\n${bounds}${shared?.code ?? shareOf(task, words)}\n}\n`;
  });
  const body = `let firstExample = i32(workgroup.x) * ${words.of(tile)};
let examples = min(${words.of(tile)}, ${words.of(batch)} - firstExample);
for (var turn = 0; turn < ${words.of(loop.times)}; turn++) {
${stages.join("")}${MEET}}`;
  const module = needsPartial > 0 ? `var<workgroup> partial: array<f32, ${needsPartial}>;\n` : "";
  return shaderOf("loop by examples", lanes, words, [Math.ceil(batch / tile), 1, 1], { module, body });
}

const MEET = "storageBarrier();\nworkgroupBarrier();\n";

function isProduct(task: Inner): task is KernelTask {
  return task.kind === "kernel" && task.work.name === "product" && task.write.shape.length === 2;
}

/** A task's items, shared out among a workgroup's invocations. */
function shareOf(task: Inner, words: Words): string {
  const { width, once, code } = itemsOf(task, words);
  const wide = words.of(width);
  return `for (var item = lane; item < rows * ${wide}; item += LANES) {
let row = firstRow + item / ${wide};
let rest = item % ${wide};
${once}${code}
}`;
}

function rowsOf(task: Task): number {
  return (
    (task.kind === "group" ? shapeOfGroup(task)[0] : task.kind === "kernel" ? task.write.shape[0] : undefined) ?? 1
  );
}

/** Elements that a task writes for an example. */
function widthOf(task: Task, batch: number): number {
  return task.kind === "loop" ? 0 : countOf(task.kind === "group" ? shapeOfGroup(task) : task.write.shape) / batch;
}

/** Invocations for so many items: a power of two, from a few that run together on any device. */
function lanesFor(items: number, most: number): number {
  let lanes = 64;
  while (lanes < items && lanes * 2 <= most) lanes *= 2;
  return lanes;
}
