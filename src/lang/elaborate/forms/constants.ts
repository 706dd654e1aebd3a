// Constant arrays: lists of numbers, `ones`, `zeros`, and functions of matrices that are computed at compile time.
import type { MatrixFunction } from "../../../ops/formula.ts";
import { constant, constantOf } from "../../../shape/dim.ts";
import { plain } from "../../../shape/type.ts";
import type { Expression } from "../../ast.ts";
import { notAllowed, wrongShape, wrongType } from "../../messages.ts";
import { readArguments, readSizes } from "../arguments.ts";
import { asFormula, isConstant } from "../constants.ts";
import { evaluate } from "../expression.ts";
import type { Frame } from "../frame.ts";
import { listOfValues } from "../../messages-values.ts";
import { POISON, type Value } from "../value.ts";
import type { Form } from "./form.ts";

type List = Extract<Expression, { kind: "list" }>;

/** `[[0.9, 0.1], [-0.1, 0.9]]`. */
export function literal(list: List, frame: Frame): Value {
  const { context } = frame;
  const values = numbersIn(list, frame);
  if (values === undefined) return POISON;
  const shape = shapeOf(list);
  if (shape === undefined) {
    const help = "in a list of lists each has the same number of elements";
    return context.report(wrongType("the rows of this list differ in length", list.span, help));
  }
  if (values.length === 0) return context.report(wrongType("this list is empty", list.span, "write its numbers"));
  return context.op("literal", [], list.span, { values, dims: shape.map(constant) });
}

/** The numbers, row by row; undefined if one is not known at compile time, which has been reported. */
function numbersIn(list: List, frame: Frame): readonly number[] | undefined {
  const found = list.items.map((item): readonly number[] | undefined => {
    if (item.kind === "list") return numbersIn(item, frame);
    const value = evaluate(item, frame);
    const number = value.kind === "static" ? constantOf(frame.context.unifier.resolve(value.value)) : undefined;
    if (number !== undefined) return [number];
    if (value.kind !== "poison") frame.context.report(listOfValues(list));
    return undefined;
  });
  const known = found.filter((numbers) => numbers !== undefined);
  return known.length === found.length ? known.flat() : undefined;
}

/** The sizes of nested lists; undefined if these are not alike. */
function shapeOf({ items }: List): readonly number[] | undefined {
  const inner = items.map((item) => (item.kind === "list" ? shapeOf(item) : []));
  const [first] = inner;
  if (inner.some((shape) => shape === undefined || shape.join() !== first?.join())) return undefined;
  return [items.length, ...(first ?? [])];
}

/** `ones([m, n])`. */
export function filledWith(number: number): Form {
  return (call, frame) => {
    const shape = readArguments(call, frame, ["shape"])?.get("shape");
    const sizes = shape === undefined ? undefined : readSizes(shape, frame);
    if (sizes === undefined) return POISON;
    const type = { dtype: "float", axes: sizes.map(plain) } as const;
    return frame.context.op("broadcast", [frame.context.build.constant(number)], call.span, { type });
  };
}

/** `inverse(A)`, `expm(A)`. */
export function ofMatrix(apply: MatrixFunction): Form {
  return (call, frame) => {
    const { context } = frame;
    const source = readArguments(call, frame, ["a"])?.get("a");
    if (source === undefined) return POISON;
    const a = context.float(
      frame.asConstant(() => asNode(frame, source)),
      source.span,
    );
    if (a === undefined) return POISON;
    const name = `\`${apply}\``;
    if (!isConstant(context, a.id))
      return context.report(notAllowed(`${name} is computed at compile time, so it needs a constant`, source.span));
    const [rows, columns, more] = context.own(a);
    const isSquare = rows !== undefined && columns !== undefined && more === undefined;
    if (!isSquare || context.unifier.same(rows, columns) === undefined) {
      const sides = [context.side(a, source.span, "this")];
      return context.report(wrongShape(`${name} needs a square matrix`, call.span, sides));
    }
    return asFormula(context, a, apply, call.span);
  };
}

/** The value of an expression as a node, which stands where the frame evaluates it. */
function asNode(frame: Frame, expression: Expression): Value {
  return frame.context.float(evaluate(expression, frame), expression.span) ?? POISON;
}
