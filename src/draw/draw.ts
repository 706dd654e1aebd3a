// Pictures of cells and models, drawn from their programs: rolled up or unrolled in time, with what is inside of cells or without.
import type { Options } from "../lang/elaborate/context.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { diagramOf, type Diagram } from "./diagram/diagram.ts";
import { dotOf } from "./dot.ts";
import { folded } from "./diagram/fold.ts";
import { drawLoss } from "./loss.ts";
import { Picture } from "./picture.ts";
import { drawRolled } from "./rolled.ts";
import { svgOf } from "./svg.ts";
import { drawUnrolled } from "./unrolled.ts";
import { NO_WEIGHT_NAMES, weightNamesOf } from "./diagram/weight-names.ts";

export interface DrawOptions {
  /** How many steps of time stand beside each other; null rolls time up into dashed edges. */
  readonly steps: number | null;
  /** Whether each cell is one box. */
  readonly isFolded?: boolean;
  /** Whether arrows bear the names of the weights that they go through. */
  readonly hasWeights?: boolean;
}

/** With what a program is elaborated to be drawn: nothing but what the spec says. */
export const DRAWN: Options = { ragged: false, training: false, states: "initial" };

/** The program as an SVG document. */
export function draw(program: Program, options: DrawOptions): Promise<string> {
  return svgOf(pictureOf(program, options));
}

/** The same as Graphviz' DOT, without places. */
export function dotFor(program: Program, options: DrawOptions): string {
  return dotOf(pictureOf(program, options), null);
}

/** The boxes and arrows of the picture. */
export function pictureOf(program: Program, { steps, isFolded = false, hasWeights = false }: DrawOptions): Picture {
  const whole = diagramOf(program);
  const diagram = withoutParams(isFolded ? folded(whole) : whole, steps === null && !isFolded && !hasWeights);
  const weights = hasWeights ? weightNamesOf(diagram) : NO_WEIGHT_NAMES;
  const picture = new Picture(titleOf(program, steps), steps, weights.meanings);
  if (steps === null) drawRolled(picture, diagram, weights);
  else drawUnrolled(picture, diagram, weights);
  drawLoss(picture, diagram);
  return picture;
}

/** Declared weights have boxes only where there is room for them, and no arrow bears their names. */
function withoutParams({ program, parts }: Diagram, hasRoom: boolean): Diagram {
  if (hasRoom) return { program, parts };
  const kept = parts.filter(({ box }) => box.kind !== "param");
  return {
    program,
    parts: kept.map((part) => ({ ...part, reads: part.reads.filter(({ from }) => from.kind !== "param") })),
  };
}

function titleOf({ name, outline }: Program, steps: number | null): string {
  const body = outline.at(-1);
  const parameters = (body?.definition.parameters ?? []).map((parameter) => {
    const own = parameter.name.name;
    const value = body?.numbers.get(own) ?? own;
    return value === own ? own : `${own} = ${value}`;
  });
  const call = `${body?.definition.kind ?? ""} ${name}${parameters.length === 0 ? "" : `(${parameters.join(", ")})`}`;
  return steps === null ? call : `${call}, ${steps} step${steps === 1 ? "" : "s"}`;
}
