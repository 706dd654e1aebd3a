// A laid-out program as text: one line a task, storage by its number, strides where they are not row-major.
import { at } from "../../base/invariant.ts";
import type { GroupTask, Task } from "./task.ts";
import { isDense, keyOf, uniformOf, type View } from "./view.ts";

export function printTasks(tasks: readonly Task[], indent = ""): string {
  return tasks.map((task) => indent + printTask(task, indent)).join("\n");
}

function printTask(task: Task, indent: string): string {
  switch (task.kind) {
    case "loop":
      return `loop ${task.times} {\n${printTasks(task.body, `${indent}  `)}\n${indent}}`;
    case "kernel":
      return `${printView(task.write)} = ${task.name} ${task.reads.map(printView).join(", ")}`;
    case "group":
      return printGroup(task, indent);
  }
}

function printGroup({ maps, writes }: GroupTask, indent: string): string {
  const names = new Map(maps.map(({ write }, index) => [keyOf(write), `v${index}`]));
  const written = new Map(writes.map((write) => [keyOf(write), printView(write)]));
  const lines = maps.map(({ node, reads, write }, index) => {
    const operands = reads.map((view) => names.get(keyOf(view)) ?? printView(view)).join(", ");
    const name = node.kind === "unary" || node.kind === "binary" ? node.name : node.kind === "input" ? "copy" : node.kind;
    const target = written.get(keyOf(write));
    return `${indent}  v${index} = ${name} ${operands}${target === undefined ? "" : `   → ${target}`}`;
  });
  return `each [${at(maps, 0, "wasm").write.shape.join(", ")}] {\n${lines.join("\n")}\n${indent}}`;
}

function printView(view: View): string {
  const { storage, shape, strides, offset, step } = view;
  const uniform = uniformOf(view);
  if (uniform !== undefined) return String(uniform);
  const place = offset === 0 ? "" : `+${offset}`;
  const moving = step === 0 ? "" : `${step < 0 ? "" : "+"}${step}t`;
  const layout = isDense(view) ? "" : ` by ${strides.join(" ")}`;
  return `${storage.role === "temporary" ? "s" : storage.role}${storage.id}${place}${moving}[${shape.join(" ")}${layout}]`;
}
