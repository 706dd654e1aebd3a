// Parameters and constants of a body. They come before the inputs, whose types may use them and introduce more names.
import type { Dim } from "../../shape/dim.ts";
import type { Identifier, Statement } from "../ast.ts";
import { missingArgument, notAsDeclared, wrongType } from "../messages.ts";
import { asFormula, isConstant } from "./constants.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { declareCell } from "./given-cell.ts";
import { readType } from "./types.ts";
import { POISON, type NodeValue, type Value } from "./value.ts";

type Const = Extract<Statement, { kind: "const" }>;

export function declareSizes(frame: Frame): void {
  const { context, definition } = frame;
  for (const parameter of definition.parameters) {
    if (parameter.kind === "cell") continue;
    if (frame.static(parameter.name.name) !== undefined) continue;
    if (parameter.default === null) {
      context.report(missingArgument(parameter.name.name, `\`${definition.name.name}\``, definition.name.span));
      frame.setStatic(parameter.name.name, openSize(frame, parameter.name));
      continue;
    }
    const value = evaluate(parameter.default, frame);
    if (value.kind !== "static" && value.kind !== "poison")
      context.report(wrongType("a default must be a number or a dimension", parameter.default.span));
    frame.setStatic(parameter.name.name, value.kind === "static" ? value.value : openSize(frame, parameter.name));
  }
  // Cells come last, because their arguments may be any of these sizes.
  for (const parameter of definition.parameters) if (parameter.kind === "cell") declareCell(parameter, frame);
  for (const statement of definition.body) {
    if (statement.kind === "const") declareConst(frame, statement);
  }
}

/** The stand-in for a number or a size that could not be read. */
function openSize({ context }: Frame, { name }: Identifier): Dim {
  return context.sizes.free("D", { name, words: `\`${name}\`` });
}

/** A number or a size is one wherever it is read, also in types; an array is a value. */
function declareConst(frame: Frame, statement: Const): void {
  const { name, span } = statement.name;
  const value = frame.asConstant(() => valueOf(frame, statement));
  if (value.kind === "static") return frame.setStatic(name, value.value);
  // It may have been meant as a size.
  if (value.kind === "poison") frame.setStatic(name, openSize(frame, statement.name));
  if (value.kind === "node") frame.context.build.name(value.id, frame.statePrefix + name, span);
  frame.bind(name, value, span);
}

function valueOf(frame: Frame, statement: Const): Value {
  const { context } = frame;
  const { span } = statement.value;
  const value = evaluate(statement.value, frame);
  const isNumber = value.kind === "static" && statement.type === null;
  const node = isNumber ? undefined : context.float(value, span);
  if (node === undefined) return isNumber ? value : POISON;
  if (!isConstant(context, node.id))
    return context.report(wrongType("a `const` can use only numbers, dimensions and other constants", span));
  const declared = asDeclared(frame, statement, node);
  if (declared === undefined) return POISON;
  const reason = `the const \`${statement.name.name}\` is ${context.show(declared)}`;
  const formula = asFormula(context, declared, "itself", span);
  return formula.kind === "node" ? { ...formula, origin: { span: statement.name.span, reason } } : formula;
}

/** `node` with its declared type; a scalar is repeated. */
function asDeclared(frame: Frame, { name, type }: Const, node: NodeValue): NodeValue | undefined {
  const { context } = frame;
  if (type === null) return node;
  const declared = readType(type, frame, { introduces: false, hint: name.name });
  if (declared.token !== undefined || declared.isSequence) {
    context.report(
      wrongType("a const must be an array of numbers", type.span, "declare its type as `[n]` or `[m, n]`"),
    );
    return undefined;
  }
  const own = context.own(node);
  const { axes } = declared;
  const fits =
    own.length === axes.length &&
    own.every((axis, index) => {
      const other = axes[index];
      return other !== undefined && context.unifier.same(other, axis) !== undefined;
    });
  if (fits) return node;
  if (own.length === 0)
    return { ...node, id: context.build.op("broadcast", [node.id], { type: { dtype: "float", axes } }) };
  const side = { span: name.span, what: "the const", type: context.showAxes(axes) };
  context.report(notAsDeclared(`the const \`${name.name}\``, context.side(node, node.origin.span, "this"), side));
  return undefined;
}
