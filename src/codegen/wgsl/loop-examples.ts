// A loop in one dispatch, for a body whose examples are independent: a workgroup runs all turns for some of them. Its invocations
// divide each task, with a barrier before an invocation reads what another one wrote.
import { shapeOfGroup } from "../../kernel/expression.ts";
import type { LoopTask } from "../../kernel/task.ts";
import { countOf } from "../../ops/nd.ts";
import type { PlaceOf } from "./shader-context.ts";
import { itemsOf, placeWithin } from "./elements.ts";
import { CELL, GAVE_UP, UNLESS_GIVEN_UP } from "./exchange.ts";
import { linesTogether } from "./loop-lines.ts";
import { productTogether, type Space, STAGED, type Together } from "./loop-product.ts";
import { shaderOf, type Shader } from "./shader.ts";
import { type Inner, MEET, Waits, writesOf } from "./waits.ts";
import { Words } from "./words.ts";

/** Examples in a workgroup if there are more than a device runs at once: each workgroup reads all weights at each turn. */
const MOST_GROUPS = 128;

/** `most` is the device's limit of invocations in a workgroup. */
export function loopByExamples(loop: LoopTask, batch: number, most: number, placeOf: PlaceOf): Shader {
  return shaderBy(loop, batch, { most, placeOf }, { name: "loop by examples", module: "", before: "" });
}

/** The same behind the loop in slices: it does nothing unless a wait has given up there. */
export function loopAgainByExamples(loop: LoopTask, batch: number, most: number, placeOf: PlaceOf): Shader {
  const unless = { name: "loop by examples, if slices gave up", module: `${CELL}${GAVE_UP}`, before: UNLESS_GIVEN_UP };
  return shaderBy(loop, batch, { most, placeOf }, unless);
}

interface Around {
  readonly name: string;
  readonly module: string;
  /** Statements before the loop. */
  readonly before: string;
}

function shaderBy(
  loop: LoopTask,
  batch: number,
  { most, placeOf }: { readonly most: number; readonly placeOf: PlaceOf },
  around: Around,
): Shader {
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
    const together = togetherOf(task, { lanes, rows: tile * perExample }, words);
    partial = Math.max(partial, together?.partial ?? 0);
    return `${waits.before(task.reads, writesOf(task))}{\n${bounds}${together?.code ?? shareOf(task, words)}\n}\n`;
  });
  const [examples, all] = [words.of(tile), words.of(batch)];
  const text = `${around.before}let firstExample = i32(workgroup.x) * ${examples};
let examples = min(${examples}, ${all} - firstExample);
for (var turn = 0; turn < ${words.of(loop.times)}; turn++) {
${stages.join("")}${MEET}}`;
  const staged = text.includes("staged[") ? `var<workgroup> staged: array<vec4<f32>, ${STAGED / 4}>;\n` : "";
  const module = `${staged}${partial > 0 ? `var<workgroup> partial: array<f32, ${partial}>;\n` : ""}`;
  const groups = [Math.ceil(batch / tile), 1, 1] as const;
  return shaderOf(around.name, lanes, words, groups, { module: `${around.module}${module}`, body: text });
}

/** What all invocations of a workgroup compute together, rather than each an item. */
function togetherOf(task: Inner, space: Space, words: Words): Together | undefined {
  if (task.kind === "group") return undefined;
  return task.work.name === "product" ? productTogether(task, space, words) : linesTogether(task, space, words);
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
