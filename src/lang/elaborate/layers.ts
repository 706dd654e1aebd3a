// `h.layers` and `h.layers.skip`: the results of all layers of a stack, or one part of each, side by side along a first axis.
import type { Expression } from "../ast.ts";
import { listed } from "../messages-statements.ts";
import { unknownName, wrongShape } from "../messages.ts";
import { misfit } from "./fit.ts";
import type { Frame } from "./frame.ts";
import { partOf, partsOf, type NodeValue, type Value } from "./value.ts";

type Member = Extract<Expression, { kind: "member" }>;

const LAYERS = "layers";

/** Undefined if `layers` is not what the expression reads. */
export function ofLayers(
  expression: Member,
  frame: Frame,
  evaluate: (expression: Expression, frame: Frame) => Value,
): Value | undefined {
  const { object, member } = expression;
  if (member.name === LAYERS) {
    const results = layersOf(evaluate(object, frame));
    return results === undefined ? undefined : sideBySide(results, expression, frame);
  }
  if (object.kind !== "member" || object.member.name !== LAYERS) return undefined;
  const results = layersOf(evaluate(object.object, frame));
  if (results === undefined) return undefined;
  const lacking = results.find((result) => partOf(result, member.name) === undefined);
  if (lacking === undefined)
    return sideBySide(
      results.flatMap((result) => partOf(result, member.name) ?? []),
      expression,
      frame,
    );
  const names = partsOf(lacking);
  const otherwise = `it has ${listed(names)}`;
  return frame.context.report(unknownName(member.name, member.span, names, "in each layer", { otherwise }));
}

/** The results of the layers; undefined if this is not a stack, or has a part of that name itself. */
function layersOf(value: Value): readonly NodeValue[] | undefined {
  if (value.kind !== "node" || value.members?.has(LAYERS) === true) return undefined;
  const results = [...(value.parts ?? [])].flatMap(([name, part]) => (/^layer\d+$/.test(name) ? [part] : []));
  return results.length === 0 ? undefined : results;
}

function sideBySide(values: readonly NodeValue[], { span }: Member, { context }: Frame): Value {
  const known = values.map((value) => context.float(value, span));
  const numbers = known.filter((value) => value !== undefined);
  if (numbers.length < known.length) return { kind: "poison" };
  const own = numbers.map((value) => context.own(value));
  const [first = []] = own;
  const sides = numbers.map((value, layer) => context.side(value, span, `layer ${layer}`));
  if (own.some(({ length }) => length !== first.length) || misfit(context, own) !== undefined)
    return context.report(wrongShape("the layers have different shapes", span, sides.slice(0, 2)));
  const axis = -first.length - 1;
  const open = numbers.map(({ id }) => context.build.op("unsqueeze", [id], { axis }));
  return context.opOfSides(sides, { name: "concat", operands: open, span }, { axis });
}
