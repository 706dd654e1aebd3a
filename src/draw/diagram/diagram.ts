// A program as boxes and their reads, independent of the number of steps that are drawn.
import type { Program } from "../../lang/elaborate/program.ts";
import { Boxes, type Box } from "./boxes.ts";
import { Reader, type Read } from "./reads.ts";
import { Values } from "./values.ts";
import { WeightsOf } from "./weights.ts";

export interface Part {
  readonly box: Box;
  readonly reads: readonly Read[];
  /** Whether it has weights of its own. */
  readonly isWeighted: boolean;
}

export interface Diagram {
  readonly program: Program;
  readonly parts: readonly Part[];
}

/** Reading a box may add boxes without a name, which are then read too. */
export function diagramOf(program: Program): Diagram {
  const values = new Values(program.graph);
  const boxes = new Boxes(program.outline, values);
  const reader = new Reader(values, boxes, new WeightsOf(values));
  const parts: Part[] = [];
  for (let index = 0; index < boxes.all.length; index++) {
    const box = boxes.all[index];
    if (box === undefined) break;
    const { reads, isWeighted } = reader.read(box);
    parts.push({ box, reads, isWeighted });
  }
  return { program, parts };
}
