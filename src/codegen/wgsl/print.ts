// The shaders of a graph, as text.
import type { Graph } from "../../graph/graph.ts";
import { fuse } from "../../kernel/fuse.ts";
import { record } from "../../kernel/record.ts";
import type { Sizes } from "../../shape/dim.ts";
import { matmul } from "./matmul.ts";
import { batchesOf } from "./batches.ts";
import { STATUS_WORDS } from "./exchange.ts";
import { explainTasks, LARGE_GPU, loopLines } from "./explain-loops.ts";
import { IN_SLICES } from "./loop-slices.ts";
import { dispatchesOf } from "./schedule.ts";
import type { ShaderContext } from "./shader-context.ts";
import type { Shader } from "./shader.ts";

/** For any device: the text of a shader holds no offsets. */
export const ANYWHERE: ShaderContext = {
  placeOf: () => 0,
  most: 256,
  room: 0,
  grow: () => undefined,
  slices: null,
  exchange: () => STATUS_WORDS,
};

/** The shaders of a graph for some sizes, in their order: each text once. Then those of loops that some devices run in slices. */
export function printShaders(graph: Graph, sizes: Sizes): string {
  const numbers = new Map<string, number>();
  const tasks = fuse(record(graph, sizes, matmul).tasks);
  const batches = batchesOf(tasks);
  const print = ({ name, text, groups }: Shader, index: number, turns: string): string => {
    const isKnown = numbers.has(text);
    const number = numbers.get(text) ?? numbers.size + 1;
    numbers.set(text, number);
    return `// ${index + 1}: ${name}, ${groups.join(" x ")} workgroups${turns}: shader ${number}\n${isKnown ? "" : text}`;
  };
  const usual = dispatchesOf(batches, ANYWHERE).flatMap(({ times, shaders }, index) =>
    shaders.map((shader) => print(shader, index, times > 1 ? `, at each of ${times} turns` : "")),
  );
  const sliced = dispatchesOf(batches, { ...ANYWHERE, slices: LARGE_GPU }).flatMap(({ shaders }, index) =>
    shaders.some(isInSlices) ? shaders.map((shader) => print(shader, index, "")) : [],
  );
  const heading = "// On a GPU where workgroups can wait for each other, in place of the loops above:\n";
  const loops = loopLines(explainTasks(tasks)).map((line) => `// ${line.trimEnd()}`);
  const explained = loops.length === 0 ? [] : [["// loops:", ...loops].join("\n")];
  return [...explained, ...usual, ...(sliced.length === 0 ? [] : [heading]), ...sliced].join("\n");
}

function isInSlices({ name }: Shader): boolean {
  return name === IN_SLICES;
}
