// A loop in one dispatch, for a body whose examples are independent: a workgroup runs all turns for some of them. Its invocations
// divide each task, with a barrier before an invocation reads what another one wrote.
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

/** Examples in a workgroup if there are more than a device runs at once: each workgroup reads all weights at each turn. */
const MOST_GROUPS = 128;

/** `most` is the device's limit of invocations in a workgroup. */
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

/** The storage that was read or written since the last barrier. No two tasks write the same element. */
class Waits {
  readonly #read = new Set<Storage>();
  readonly #written = new Set<Storage>();

  /** Whether a barrier is needed before this task. */
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

/** A task's items, divided among the invocations of a workgroup. */
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

/** Invocations for this number of items: a power of two, at least a number that runs together on any device. */
function lanesFor(items: number, most: number): number {
  let lanes = 64;
  while (lanes < items && lanes * 2 <= most) lanes *= 2;
  return lanes;
}
