// Pictures of cells and models, drawn from their programs: rolled up or unrolled in time, with cells open or folded.
import type { Options } from "../lang/elaborate/options.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { diagramOf, type Diagram } from "./diagram/diagram.ts";
import { dotOf } from "./dot.ts";
import { folded } from "./diagram/fold.ts";
import { leadingTo } from "./grown.ts";
import { drawLoss } from "./loss.ts";
import { Picture } from "./picture.ts";
import { drawRolled } from "./rolled.ts";
import { svgOf } from "./svg.ts";
import { drawUnrolled } from "./unrolled.ts";
import { NO_WEIGHT_NAMES, weightNamesOf } from "./diagram/weight-names.ts";

export interface DrawOptions {
  /** The number of steps that are drawn side by side; null rolls time up into dashed edges. */
  readonly steps: number | null;
  /** Whether each cell is one box. */
  readonly isFolded?: boolean;
  /** Whether arrows have the names of the weights that multiply what they carry. */
  readonly hasWeights?: boolean;
  /** Only what leads to these equations is drawn. */
  readonly upTo?: readonly string[];
}

/** The options with which a program is elaborated for a picture: it shows only what the spec says. */
export const DRAWN: Options = { ragged: false, training: false, states: "initial" };

/** Returns the program as an SVG document. */
export function draw(program: Program, options: DrawOptions): Promise<string> {
  return svgOf(pictureOf(program, options));
}

/** Returns the program as Graphviz' DOT, without coordinates. */
export function dotFor(program: Program, options: DrawOptions): string {
  return dotOf(pictureOf(program, options), null);
}

/** The boxes and arrows of the picture. */
export function pictureOf(
  program: Program,
  { steps, isFolded = false, hasWeights = false, upTo }: DrawOptions,
): Picture {
  const all = diagramOf(program);
  const whole = upTo === undefined ? all : leadingTo(all, upTo);
  const diagram = withoutParams(isFolded ? folded(whole) : whole, steps === null && !isFolded && !hasWeights);
  const weights = hasWeights ? weightNamesOf(diagram) : NO_WEIGHT_NAMES;
  const picture = new Picture(titleOf(program, steps), steps, weights.meanings);
  if (steps === null) drawRolled(picture, diagram, weights);
  else drawUnrolled(picture, diagram, weights);
  drawLoss(picture, diagram);
  return picture;
}

/** Removes the boxes of declared weights, unless there is room for them and no arrow has their names. */
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
