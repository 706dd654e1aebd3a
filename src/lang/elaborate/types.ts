// From written types to axes: names of dimensions are looked up, and introduced if that is allowed.
import { spanText } from "../../base/source.ts";
import { constantOf, type Dim } from "../../shape/dim.ts";
import { plain, type Axis } from "../../shape/type.ts";
import type { Definition, Expression, TimeOf, TypeExpression } from "../ast.ts";
import { memoryNames } from "../memory-names.ts";
import { doesNotDivide, notAllowed, tooLarge, unknownDimension, wrongType } from "../messages.ts";
import { noTimeHere, notAMemory } from "../messages-memories.ts";
import { LARGEST_SIZE } from "./arguments.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { POISON, type Token } from "./value.ts";

/** What a declaration says about one value: its own axes, whether it is a token, whether it is a sequence. */
export interface Declared {
  readonly axes: readonly Axis[];
  readonly token?: Token;
  readonly isSequence: boolean;
}

export interface Reading {
  /** Whether unknown names become sizes that data determine. */
  readonly introduces: boolean;
  /** What a `?` is called if it stays free. */
  readonly hint: string;
  /** Whether it is the type of a state, which may have an axis along the time of a memory. */
  readonly isOfState?: true;
}

export function readType(type: TypeExpression, frame: Frame, reading: Reading): Declared {
  switch (type.kind) {
    case "sequence": {
      const element = readType(type.element, frame, reading);
      if (element.isSequence) frame.context.report(notAllowed("a sequence of sequences is not supported", type.span));
      return { ...element, isSequence: true };
    }
    case "token": {
      const size = type.size === null ? unnamed(frame, reading) : readDimension(type.size, frame, reading);
      return { axes: [], token: { reading: type.reading, size }, isSequence: false };
    }
    case "array":
      return {
        axes: type.dimensions.map((each) =>
          each?.kind === "time-of"
            ? readTimeOf(each, frame, reading)
            : plain(each === null ? unnamed(frame, reading) : readDimension(each, frame, reading)),
        ),
        isSequence: false,
      };
  }
}

/** `time of m`: the axis along which the memory `m` has its steps. */
function readTimeOf({ memory, span }: TimeOf, frame: Frame, { isOfState }: Reading): Axis {
  const { context, definition } = frame;
  const memories = memoryNames(definition);
  const isKnown = memories.includes(memory.name);
  if (isOfState !== true) context.report(noTimeHere(span));
  else if (!isKnown) context.report(notAMemory(memory, memories));
  const value = isOfState === true && isKnown ? frame.read(memory.name, memory.span) : POISON;
  const axis = value.kind === "node" ? context.own(value)[0] : undefined;
  if (axis !== undefined) return axis;
  const tag = isOfState === true ? "memory" : "plain";
  return { tag, size: context.sizes.free("S", { words: `the time of \`${memory.name}\`` }) };
}

/** A size that is written `?`, or left out. */
function unnamed({ context }: Frame, { hint }: Reading): Dim {
  return context.sizes.free(hint, { words: `the size of \`${hint.replace(/^I\./, "")}\`` });
}

function readDimension(expression: Expression, frame: Frame, reading: Reading): Dim {
  introduce(expression, frame, reading);
  const { context } = frame;
  const value = evaluate(expression, frame);
  if (value.kind !== "static") {
    if (value.kind !== "poison")
      context.report(wrongType("a dimension must be a whole number or the name of a dimension", expression.span));
    return context.sizes.free("D", { words: "a size" });
  }
  const constant = constantOf(value.value);
  if (constant !== undefined && (!Number.isInteger(constant) || constant < 0)) {
    const written = spanText(expression.span);
    const size = context.showDim(value.value);
    context.report(doesNotDivide(written === size ? size : `${written} = ${size}`, expression.span));
  }
  if (constant !== undefined && constant > LARGEST_SIZE) {
    context.report(tooLarge("a size", LARGEST_SIZE, String(constant), expression.span));
    return context.sizes.free("D", { words: "a size" });
  }
  return value.value;
}

/** Makes unknown names in a dimension new sizes, or reports them. */
function introduce(expression: Expression, frame: Frame, reading: Reading): void {
  switch (expression.kind) {
    case "name": {
      if (frame.static(expression.name) !== undefined || frame.bound(expression.name) !== undefined) return;
      const size = frame.context.sizes.free(expression.name, {
        name: expression.name,
        words: `\`${expression.name}\``,
      });
      if (!reading.introduces)
        frame.context.report(
          unknownDimension(
            expression.name,
            expression.span,
            frame.dimensionNames(),
            introducedBy(frame.definition, expression),
          ),
        );
      frame.setStatic(expression.name, size);
      return;
    }
    case "binary":
      introduce(expression.left, frame, reading);
      introduce(expression.right, frame, reading);
      return;
    case "negate":
      introduce(expression.operand, frame, reading);
      return;
    default:
      return;
  }
}

/** The declaration of the first input whose size has no name yet, with this name. The size of a state comes from outside. */
function introducedBy(
  { body, kind }: Definition,
  { name: size, span }: Extract<Expression, { kind: "name" }>,
): string | undefined {
  const isOfState = body.some(
    (each) => each.kind === "state" && each.span.start <= span.start && span.end <= each.span.end,
  );
  if (isOfState) return undefined;
  for (const statement of body) {
    const [name] = statement.kind === "input" ? statement.names : [];
    if (statement.kind !== "input" || name === undefined) continue;
    const element = statement.type?.kind === "sequence" ? statement.type.element : statement.type;
    const isOpen =
      element === null ||
      (element.kind === "array" && element.dimensions.length === 1 && element.dimensions[0] === null);
    if (isOpen) return `input ${name.name}: ${kind === "model" ? "seq " : ""}[${size}]`;
  }
  return undefined;
}
