// `input x: seq [4] scaled`: in the model, the name is the standardised value, (x - shift) / scale. Shift and scale are frozen weights, which
// training measures once (`src/train/scales.ts`). Predictions and measures are in the unit of the data again.
import { ownAxes, type Axis } from "../../shape/type.ts";
import type { Identifier } from "../ast.ts";
import { wrongType } from "../messages.ts";
import type { Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import { ONES, ZEROS } from "./init.ts";
import { meanOverElements } from "./loss.ts";
import type { NodeValue } from "./value.ts";

/** The names of the weights of one input. */
export interface Scaling {
  readonly shift: string;
  readonly scale: string;
}

/** The weights of an input or target with these axes; undefined if an error was reported. */
export function declareUnit(frame: Frame, name: Identifier, value: NodeValue): Unit | undefined {
  const { context } = frame;
  if (value.token !== undefined) {
    context.report(
      wrongType(`\`scaled\` is for numbers, but \`${name.name}\` is a token`, name.span, "remove `scaled`"),
    );
    return undefined;
  }
  const axes = context.own(value);
  const shift = weight(frame, name, { part: "shift", axes });
  const scale = weight(frame, name, { part: "scale", axes });
  return shift === undefined || scale === undefined ? undefined : new Unit(context, shift, scale);
}

interface Part {
  readonly part: "shift" | "scale";
  readonly axes: readonly Axis[];
}

interface NamedWeight {
  readonly id: string;
  readonly name: string;
}

function weight({ context }: Frame, { name, span }: Identifier, { part, axes }: Part): NamedWeight | undefined {
  const id = context.weights.declare({
    owner: `/${part} ${name}`,
    name: `${name}.${part}`,
    axes,
    init: part === "shift" ? ZEROS : ONES,
    isFrozen: true,
    span,
  });
  return id === undefined ? undefined : { id, name: context.weights.all().find((each) => each.id === id)?.name ?? "" };
}

/** The unit of the data, and the way to standardised values and back. */
export class Unit {
  readonly names: Scaling;
  readonly #context: Elaboration;
  readonly #shift: string;
  readonly #scale: string;

  constructor(context: Elaboration, shift: NamedWeight, scale: NamedWeight) {
    this.#context = context;
    this.names = { shift: shift.name, scale: scale.name };
    this.#shift = shift.id;
    this.#scale = scale.id;
  }

  standard(data: string): string {
    const { build } = this.#context;
    return build.op("div", [build.op("sub", [data, this.#shift]), this.#scale]);
  }

  /** A value in the unit of the data. `more`: the axes that it has behind those of the target. */
  value(standard: string, more = 0): string {
    const { build } = this.#context;
    return build.op("add", [this.spread(standard, more), this.#opened(this.#shift, more)]);
  }

  /** A standard deviation in the unit of the data. */
  spread(standard: string, more = 0): string {
    return this.#context.build.op("mul", [standard, this.#opened(this.#scale, more)]);
  }

  /** The logarithm of a standard deviation in the unit of the data. */
  logSpread(standard: string): string {
    return this.#context.build.op("add", [standard, this.#logScale]);
  }

  /** -log of a density of the data from that of standardised values, as a mean over elements. */
  density(loss: string): string {
    return this.#context.build.op("add", [loss, meanOverElements(this.#context, this.#logScale)]);
  }

  get #logScale(): string {
    return this.#context.build.op("log", [this.#scale]);
  }

  /** A number stays one: it is repeated anyway. */
  #opened(id: string, more: number): string {
    const { build } = this.#context;
    if (ownAxes(build.type(id)).length === 0) return id;
    return Array.from({ length: more }).reduce<string>((open) => build.op("unsqueeze", [open], { axis: -1 }), id);
  }
}
