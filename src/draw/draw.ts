// Pictures of cells and models as SVG, folded up or unfolded in time.
import type { ScopedDefinition } from "../lang/scope.ts";
import { drawCellInto } from "./cell.ts";
import { dotOf } from "./dot.ts";
import { drawModelInto } from "./model.ts";
import { Picture } from "./picture.ts";
import { numberOf, type Numbers } from "./reads.ts";
import { svgOf } from "./svg.ts";

export interface DrawOptions {
  /** How many steps of time stand beside each other; without, time is folded up into dashed edges. */
  readonly unroll?: number | undefined;
  /** Values of parameters, over the defaults of the spec. */
  readonly numbers?: Numbers;
}

/** The cell or model as Graphviz' DOT. The definition must be free of errors. */
export function dotFor({ definition, scope }: ScopedDefinition, { unroll, numbers = new Map() }: DrawOptions = {}): string {
  const steps = unroll ?? null;
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
    const around = (step: number): string | null => (steps === null ? null : picture.group(`@${step}`, `t = ${step + 1}`, "step", null));
    drawCellInto(picture, { definition, numbers: known, path: name, title: name, around, inputs: [], named: new Map(), isReverse: false });
  }
  return dotOf(picture);
}

/** The cell or model as an SVG document. */
export function drawDefinition(definition: ScopedDefinition, options: DrawOptions = {}): Promise<string> {
  return svgOf(dotFor(definition, options));
}
