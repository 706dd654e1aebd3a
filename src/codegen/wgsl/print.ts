// The shaders of a graph, as text.
import type { Graph } from "../../graph/graph.ts";
import { fuse } from "../../kernel/fuse.ts";
import { record } from "../../kernel/record.ts";
import type { LoopTask } from "../../kernel/task.ts";
import type { Sizes } from "../../shape/dim.ts";
import { matmul } from "./matmul.ts";
import { batchesOf } from "./batches.ts";
import { STATUS_WORDS } from "./exchange.ts";
import { IN_SLICES } from "./loop-slices.ts";
import { dispatchesOf, planOf, type LoopSchedule } from "./schedule.ts";
import type { ShaderContext } from "./shader-context.ts";
import type { Shader } from "./shader.ts";
import { MOST_LOOKS, type SliceLimits } from "./slices.ts";

/** For any device: the text of a shader holds no offsets. */
const CONTEXT: ShaderContext = {
  placeOf: () => 0,
  most: 256,
  room: 0,
  grow: () => undefined,
  slices: null,
  exchange: () => STATUS_WORDS,
};

/** A large GPU, for instance. The probe says what a device really allows. */
const LARGE_GPU: SliceLimits = { resident: 128, most: 512, memory: 32_768, look: "atomicLoad", looks: MOST_LOOKS };

/** The shaders of a graph for some sizes, in their order: each text once. Then those of loops that some devices run in slices. */
export function printShaders(graph: Graph, sizes: Sizes): string {
  const numbers = new Map<string, number>();
  const batches = batchesOf(fuse(record(graph, sizes, matmul).tasks));
  const print = ({ name, text, groups }: Shader, index: number, turns: string): string => {
    const isKnown = numbers.has(text);
    const number = numbers.get(text) ?? numbers.size + 1;
    numbers.set(text, number);
    return `// ${index + 1}: ${name}, ${groups.join(" x ")} workgroups${turns}: shader ${number}\n${isKnown ? "" : text}`;
  };
  const usual = dispatchesOf(batches, CONTEXT).flatMap(({ times, shaders }, index) =>
    shaders.map((shader) => print(shader, index, times > 1 ? `, at each of ${times} turns` : "")),
  );
  const sliced = dispatchesOf(batches, { ...CONTEXT, slices: LARGE_GPU }).flatMap(({ shaders }, index) =>
    shaders.some(isInSlices) ? shaders.map((shader) => print(shader, index, "")) : [],
  );
  const heading = "// On a GPU where workgroups can wait for each other, in place of the loops above:\n";
  return [...usual, ...(sliced.length === 0 ? [] : [heading]), ...sliced].join("\n");
}

function isInSlices({ name }: Shader): boolean {
  return name === IN_SLICES;
}

export interface ExplainedLoop {
  readonly times: number;
  readonly schedule: LoopSchedule;
  readonly why: string;
  /** How it is cut on a large GPU where workgroups can wait for each other; null if it is not. */
  readonly slices: string | null;
}

/** The schedule of each loop of a graph, in order. */
export function explainLoops(graph: Graph, sizes: Sizes): readonly ExplainedLoop[] {
  const loops = fuse(record(graph, sizes, matmul).tasks).filter((task): task is LoopTask => task.kind === "loop");
  return loops.map((loop) => {
    const { schedule, why } = planOf(loop, null);
    const onLarge = planOf(loop, LARGE_GPU);
    return { times: loop.times, schedule, why, slices: onLarge.schedule === "in slices" ? onLarge.why : null };
  });
}
