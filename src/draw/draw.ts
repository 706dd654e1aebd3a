// Pictures of cells and models as SVG, folded up or unfolded in time.
import type { ScopedDefinition } from "../lang/scope.ts";
import { stepGroup } from "./boxes.ts";
import { drawCellInto } from "./cell.ts";
import { dotOf, joined } from "./dot.ts";
import { drawModelInto } from "./model.ts";
import { Picture } from "./picture.ts";
import { numberOf, type Numbers } from "./reads.ts";
import { svgOf } from "./svg.ts";

export interface DrawOptions {
  /** How many steps of time stand beside each other; null folds time up into dashed edges. */
  readonly steps: number | null;
  /** Values of parameters, over the defaults of the spec. */
  readonly numbers: Numbers;
}

/** The cell or model as an SVG document. The definition must be free of errors. */
export function draw(definition: ScopedDefinition, options: DrawOptions): Promise<string> {
  return svgOf(dotOf(pictureOf(definition, options)));
}

/** The same as Graphviz' DOT. */
export function dotFor(definition: ScopedDefinition, options: DrawOptions): string {
  return joined(dotOf(pictureOf(definition, options)));
}

function pictureOf({ definition, scope }: ScopedDefinition, { steps, numbers }: DrawOptions): Picture {
  const defaults = definition.parameters.flatMap((parameter) => {
    const value = parameter.default === null ? undefined : numberOf(parameter.default, new Map());
    return value === undefined ? [] : [[parameter.name.name, value] as const];
  });
  const known: Numbers = new Map([...defaults, ...numbers]);
  const { name } = definition.name;
  const parameters = definition.parameters.map((parameter) => {
    const value = known.get(parameter.name.name);
    return value === undefined ? parameter.name.name : `${parameter.name.name} = ${value}`;
  });
  const call = `${definition.kind} ${name}${parameters.length === 0 ? "" : `(${parameters.join(", ")})`}`;
  const picture = new Picture(steps === null ? call : `${call}, ${steps} step${steps === 1 ? "" : "s"}`, steps);
  if (definition.kind === "model") drawModelInto(picture, definition, scope, known);
  else {
    const around = (step: number): string | null => (steps === null ? null : stepGroup(picture, "", step));
    drawCellInto(picture, {
      definition,
      numbers: known,
      path: name,
      title: name,
      around,
      inputs: [],
      named: new Map(),
      isReverse: false,
    });
  }
  return picture;
}
