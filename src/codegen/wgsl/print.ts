// The shaders of a graph, as text.
import type { Graph } from "../../graph/graph.ts";
import { fuse } from "../../kernel/fuse.ts";
import { record } from "../../kernel/record.ts";
import type { LoopTask } from "../../kernel/task.ts";
import type { Sizes } from "../../shape/dim.ts";
import { matmul } from "./matmul.ts";
import { dispatchesOf, planOf, type LoopSchedule } from "./schedule.ts";
import type { ShaderContext } from "./shader-context.ts";

/** For any device: the text of a shader holds no offsets. */
const CONTEXT: ShaderContext = { placeOf: () => 0, most: 256, room: 0, grow: () => undefined };

/** The shaders of a graph for some sizes, in their order: each text once. */
export function printShaders(graph: Graph, sizes: Sizes): string {
  const numbers = new Map<string, number>();
  const dispatches = dispatchesOf(fuse(record(graph, sizes, matmul).tasks), CONTEXT);
  return dispatches
    .flatMap(({ times, shaders }, index) =>
      shaders.map(({ name, text, groups }) => {
        const isKnown = numbers.has(text);
        const number = numbers.get(text) ?? numbers.size + 1;
        numbers.set(text, number);
        const turns = times > 1 ? `, at each of ${times} turns` : "";
        return `// ${index + 1}: ${name}, ${groups.join(" x ")} workgroups${turns}: shader ${number}\n${isKnown ? "" : text}`;
      }),
    )
    .join("\n");
}

export interface ExplainedLoop {
  readonly times: number;
  readonly schedule: LoopSchedule;
  readonly why: string;
}

/** The schedule of each loop of a graph, in order. */
export function explainLoops(graph: Graph, sizes: Sizes): readonly ExplainedLoop[] {
  const loops = fuse(record(graph, sizes, matmul).tasks).filter((task): task is LoopTask => task.kind === "loop");
  return loops.map((loop) => {
    const { schedule, why } = planOf(loop);
    return { times: loop.times, schedule, why };
  });
}
