// Prints a program: one line for each task, with storages as numbers, and strides where they are not row-major.
import { at } from "../../base/invariant.ts";
import { driver } from "../../codegen/wasm/driver.ts";
import { print } from "../../codegen/wasm/print.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Sizes } from "../../shape/dim.ts";
import { moduleOf } from "./engine.ts";
import { wasmKernels } from "./kernels.ts";
import { fuse } from "../../kernel/fuse.ts";
import { kernelsOf } from "../../lists/kernels-of.ts";
import { matmulOf } from "../../lists/matmul.ts";
import { record } from "../../kernel/record.ts";
import { nameOfWork, type GroupTask, type Task } from "../../kernel/task.ts";
import { isDense, keyOf, uniformOf, type View } from "../../kernel/view.ts";

const KERNELS = wasmKernels("relaxed");

/** The tasks of a graph for some sizes. */
export function printProgram(graph: Graph, sizes: Sizes): string {
  return printTasks(fuse(record(graph, sizes, matmulOf(graph, { ...KERNELS, threads: 1 })).tasks, 1));
}

/** The kernels of a graph for some sizes, and the driver that runs lists of them. */
export function printKernels(graph: Graph, sizes: Sizes): string {
  return print(moduleOf([driver("alone"), ...kernelsOf(graph, sizes, KERNELS)], false));
}

function printTasks(tasks: readonly Task[], indent = ""): string {
  return tasks.map((task) => indent + printTask(task, indent)).join("\n");
}

function printTask(task: Task, indent: string): string {
  switch (task.kind) {
    case "loop":
      return `loop ${task.times} {\n${printTasks(task.body, `${indent}  `)}\n${indent}}`;
    case "kernel":
      return `${printView(task.write)} = ${nameOfWork(task.work)} ${task.reads.map(printView).join(", ")}`;
    case "group":
      return printGroup(task, indent);
  }
}

function printGroup({ maps, writes }: GroupTask, indent: string): string {
  const names = new Map(maps.map(({ write }, index) => [keyOf(write), `v${index}`]));
  const written = new Map(writes.map((write) => [keyOf(write), printView(write)]));
  const lines = maps.map(({ node, reads, write }, index) => {
    const operands = reads.map((view) => names.get(keyOf(view)) ?? printView(view)).join(", ");
    const name =
      node.kind === "unary" || node.kind === "binary" ? node.name : node.kind === "input" ? "copy" : node.kind;
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
