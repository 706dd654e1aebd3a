// A task that the whole device computes: outside loops, or at one turn of a loop that the host runs.
import { nameOfWork, type LoopTask, type Task } from "../../kernel/task.ts";
import { cutOf } from "./cut.ts";
import { itemsOf, placeWithin } from "./elements.ts";
import { reducedTogether } from "./reduce.ts";
import type { ShaderContext } from "./shader-context.ts";
import { itemOverDevice, shaderOf, spread, type Shader } from "./shader.ts";
import { tiledProduct } from "./tiled-product.ts";
import { Words } from "./words.ts";

const LANES = 128;

export function taskOverDevice(task: Exclude<Task, LoopTask>, context: ShaderContext): readonly Shader[] {
  const { placeOf } = context;
  if (task.kind === "kernel") {
    const cut = task.work.name === "product" ? cutOf(task) : undefined;
    if (cut !== undefined) return tiledProduct(task, cut, context);
    const together = reducedTogether(task, context);
    if (together !== undefined) return together;
  }
  const words = new Words(placeOf);
  const items = itemsOf(task, words);
  const count = items.rows * items.width;
  const body = `let turn = turns.x;\n${itemOverDevice(words.of(count))}${placeWithin("item", items, words)}${items.code}`;
  const name = task.kind === "group" ? "each" : nameOfWork(task.work);
  return [shaderOf(name, LANES, words, spread(Math.ceil(count / LANES)), { body })];
}
