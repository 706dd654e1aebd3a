// A loop in one dispatch, for any body whose examples go each its own way: a workgroup takes some of them through all turns; its
// invocations share out each task, and meet where one reads what another wrote.
import { shapeOfGroup } from "../../kernel/expression.ts";
import type { KernelTask, LoopTask, Task } from "../../kernel/task.ts";
import type { Storage } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import type { PlaceOf } from "./shader-context.ts";
import { itemsOf, placeWithin } from "./elements.ts";
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
  const body = loop.body.flatMap((task) => (task.kind === "loop" ? [] : [task]));
  const lanes = lanesFor(Math.max(...body.map((task) => widthOf(task, batch) * tile)), most);
  const waits = new Waits();
  let partial = 0;
  const stages = body.map((task): string => {
    const perExample = rowsOf(task) / batch;
    const each = words.of(perExample);
    const bounds = `let firstRow = firstExample * ${each};\nlet rows = examples * ${each};\n`;
    const product = isProduct(task) ? productTogether(task, { lanes, rows: tile * perExample }, words) : undefined;
    partial = Math.max(partial, product?.partial ?? 0);
    return `${waits.before(task) ? MEET : ""}{\n${bounds}${product?.code ?? shareOf(task, words)}\n}\n`;
  });
  const [examples, all] = [words.of(tile), words.of(batch)];
  const text = `let firstExample = i32(workgroup.x) * ${examples};
let examples = min(${examples}, ${all} - firstExample);
for (var turn = 0; turn < ${words.of(loop.times)}; turn++) {
${stages.join("")}${MEET}}`;
  const module = partial > 0 ? `var<workgroup> partial: array<f32, ${partial}>;\n` : "";
  return shaderOf("loop by examples", lanes, words, [Math.ceil(batch / tile), 1, 1], { module, body: text });
}

/** Which storage was touched since invocations last met. No two tasks write the same element. */
class Waits {
  readonly #read = new Set<Storage>();
  readonly #written = new Set<Storage>();

  /** Whether they must meet before this task. */
  before(task: Inner): boolean {
    const reads = task.reads.map(({ storage }) => storage);
    const writes = (task.kind === "group" ? task.writes : [task.write]).map(({ storage }) => storage);
    const must = reads.some((each) => this.#written.has(each)) || writes.some((each) => this.#read.has(each));
    if (must) for (const all of [this.#read, this.#written]) all.clear();
    for (const each of reads) this.#read.add(each);
    for (const each of writes) this.#written.add(each);
    return must;
  }
}

const MEET = "storageBarrier();\nworkgroupBarrier();\n";

function isProduct(task: Inner): task is KernelTask {
  return task.kind === "kernel" && task.work.name === "product" && task.write.shape.length === 2;
}

/** A task's items, shared out among a workgroup's invocations. */
function shareOf(task: Inner, words: Words): string {
  const items = itemsOf(task, words);
  const wide = words.of(items.width);
  return `for (var item = firstRow * ${wide} + lane; item < (firstRow + rows) * ${wide}; item += LANES) {
${placeWithin("item", items, words)}${items.code}
}`;
}

function shapeOf(task: Inner): readonly number[] {
  return task.kind === "group" ? shapeOfGroup(task) : task.write.shape;
}

function rowsOf(task: Inner): number {
  return shapeOf(task)[0] ?? 1;
}

/** Elements that a task writes for an example. */
function widthOf(task: Inner, batch: number): number {
  return countOf(shapeOf(task)) / batch;
}

/** Invocations for so many items: a power of two, from a few that run together on any device. */
function lanesFor(items: number, most: number): number {
  let lanes = 64;
  while (lanes < items && lanes * 2 <= most) lanes *= 2;
  return lanes;
}
