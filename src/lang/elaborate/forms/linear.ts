// `linear(a, b, …)`: W_a @ a + W_b @ b + … + bias, with weights named after the equation.
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { Init } from "../../../base/init.ts";
import { spanText } from "../../../base/source.ts";
import { ONE, type Dim } from "../../../shape/dim.ts";
import type { Axis } from "../../../shape/type.ts";
import type { Expression } from "../../ast.ts";
import { unlikeApplications } from "../../messages-cells.ts";
import { extraArgument, notAllowed, wrongShape, wrongType } from "../../messages.ts";
import { calleeName, namedArgument, readSizes, type Call } from "../arguments.ts";
import type { Elaboration } from "../context.ts";
import { evaluate } from "../expression.ts";
import { misfit } from "../fit.ts";
import type { Frame } from "../frame.ts";
import { GLOROT, ORTHOGONAL, readInit, ZEROS } from "../init.ts";
import { argumentNames, type Home } from "../equation-path.ts";
import { leadingLabels, type Operand, OWN_LABELS } from "../product.ts";
import { POISON, type NodeValue, type Value } from "../value.ts";
import { asVector } from "./form.ts";

const OPTIONS = ["out", "bias", "init"];

export function linear(call: Call, frame: Frame): Value {
  const { context } = frame;
  const positional = call.arguments.filter((argument) => argument.name === null).map((argument) => argument.value);
  const unknown = call.arguments.find((argument) => argument.name !== null && !OPTIONS.includes(argument.name.name));
  if (unknown?.name != null)
    return context.report(extraArgument(`\`${unknown.name.name}\``, "`linear`", unknown.name.span, OPTIONS));
  if (positional.length === 0) return sharedLinear(call, frame);
  const operands = positional.map((expression) => weighable(expression, frame));
  const layer = readLayer(call, frame);
  return layer === undefined ? POISON : weightedSum(layer, { call, operands, names: positional.map(nameOf) }, frame);
}

/** What all applications of one `linear` share. */
interface Layer extends Home {
  /** The call that has its options. */
  readonly options: Call;
  readonly sizes: readonly Dim[];
}

function readLayer(options: Call, frame: Frame): Layer | undefined {
  const home = frame.path.next("linear");
  const sizes = outputSizes(options, frame);
  return sizes === undefined ? undefined : { ...home, options, sizes };
}

/** The sum of one value, which an argument stands for, with weights of its own; the call has the options of `linear`. */
export function linearOf(value: NodeValue, argument: Expression, call: Call, frame: Frame): Value {
  const given = call.arguments.filter(({ name }) => name !== null && OPTIONS.includes(name.name));
  const options: Call = { ...call, arguments: [{ name: null, value: argument }, ...given] };
  const layer = readLayer(options, frame);
  return layer === undefined
    ? POISON
    : weightedSum(layer, { call: options, operands: [value], names: [nameOf(argument)] }, frame);
}

/** `W = linear(out = H)`: every `W(x)` has the same weights, which are named after `W` and the position of the argument. */
function sharedLinear(options: Call, frame: Frame): Value {
  const layer = readLayer(options, frame);
  if (layer === undefined) return POISON;
  let first: Call | undefined;
  const apply = (call: Call, caller: Frame): Value => {
    first ??= call;
    const wrong = unlikeLinear(first, call);
    if (wrong !== undefined) return caller.context.report(wrong);
    const operands = call.arguments.map(({ value }) => weighable(value, caller));
    return weightedSum(layer, { call, operands, names: operands.map(() => undefined) }, caller);
  };
  return { kind: "function", name: "linear", apply };
}

/** Applications of one `linear` take the same number of values, and no options. */
function unlikeLinear(first: Call, call: Call): Diagnostic | undefined {
  const named = call.arguments.find(({ name }) => name !== null)?.name;
  const name = calleeName(call);
  if (named != null)
    return notAllowed(
      `\`${name}\` takes values without names, not \`${named.name} = …\``,
      named.span,
      `write it where \`${name}\` is defined: \`${name} = linear(${named.name} = …)\``,
    );
  if (call.arguments.length === 0) return wrongType(`\`${name}\` needs a value`, call.span, `write \`${name}(x)\``);
  const count = ({ arguments: given }: Call): string => (given.length === 1 ? "one value" : `${given.length} values`);
  if (first.arguments.length === call.arguments.length) return undefined;
  return unlikeApplications(name, { text: count(first), span: first.span }, { text: count(call), span: call.span });
}

interface Sum {
  /** What applies the layer. */
  readonly call: Call;
  readonly operands: readonly (NodeValue | undefined)[];
  /** The names of the arguments in the names of weights, if they have any. */
  readonly names: readonly (string | undefined)[];
}

function weightedSum(
  { path, owner, options, sizes }: Layer,
  { call, operands, names: given }: Sum,
  frame: Frame,
): Value {
  const { context } = frame;
  const known = operands.filter((operand) => operand !== undefined);
  if (known.length < operands.length) return POISON;
  const positional = call.arguments.filter((argument) => argument.name === null).map((argument) => argument.value);
  const out: readonly Axis[] = sizes.map((size) => ({ tag: "plain", size }));
  const names = argumentNames(given);
  const inits = readInits(options, frame, positional);
  const values = known.map((value, index) => ({ value, span: positional[index]?.span ?? call.span }));
  const products = values.map((operand, index) =>
    weighted(frame, operand, {
      owner: `${owner}/argument ${index}`,
      name: `${path}.${names[index] ?? "x"}`,
      out,
      init: inits[index] ?? GLOROT,
    }),
  );
  const bias = readBias(options, frame);
  const declared = { owner: `${owner}/bias`, name: `${path}.b`, axes: out, span: call.span };
  const terms = bias === null ? products : [...products, context.weights.declare({ ...declared, init: bias })];
  if (!leadingAxesFit(context, values, call)) return POISON;
  const [first, ...rest] = terms.filter((term) => term !== undefined);
  if (first === undefined || rest.length + 1 < terms.length) return POISON;
  return context.node(
    rest.reduce((sum, term) => context.build.op("add", [sum, term]), first),
    call.span,
    "",
  );
}

/** A value to be multiplied by weights. A number known at compile time was probably meant as `out =`. */
function weighable(expression: Expression, frame: Frame): NodeValue | undefined {
  const value = evaluate(expression, frame);
  if (value.kind !== "static") return frame.context.float(value, expression.span);
  const help = `to set the size of the result, write \`out = ${spanText(expression.span)}\``;
  frame.context.report(
    wrongType("`linear` takes values, but this is a number known at compile time", expression.span, help),
  );
  return undefined;
}

/** All axes of an argument except the last are axes of the sum. */
function leadingAxesFit(context: Elaboration, operands: readonly Operand[], call: Call): boolean {
  const leading = operands.map(({ value }) => context.own(value).slice(0, -1));
  const wrong = misfit(context, leading);
  if (wrong === undefined) return true;
  const [a, b] = wrong.values.map((position) => context.showAxes(leading[position] ?? []));
  const sides = wrong.values.flatMap((position) => {
    const operand = operands[position];
    return operand === undefined ? [] : [context.side(operand.value, operand.span, "this")];
  });
  context.report(
    wrongShape(
      `the arguments of \`linear\` have the leading axes ${a ?? ""} and ${b ?? ""}, which do not fit`,
      call.span,
      sides,
      "`linear` acts on the last axis of each argument; the axes before it must be the same in all",
    ),
  );
  return false;
}

interface WeightOfArgument {
  readonly owner: string;
  readonly name: string;
  readonly out: readonly Axis[];
  readonly init: Init;
}

/** W @ a on the last axis of a; a scalar counts as `[1]`. */
function weighted(frame: Frame, { value: operand, span }: Operand, weight: WeightOfArgument): string | undefined {
  const { context } = frame;
  const { build } = context;
  const { id } = asVector(context, operand);
  const own = context.own({ ...operand, id });
  const last = own.at(-1) ?? { tag: "plain" as const, size: ONE };
  if (last.tag === "memory") {
    context.report(
      notAllowed(
        "`linear` acts on the last axis, but the last axis here is time",
        span,
        "its length differs from example to example",
      ),
    );
    return undefined;
  }
  const { owner, name, init } = weight;
  const matrix = context.weights.declare({ owner, name, axes: [...weight.out, last], init, span });
  if (matrix === undefined) return undefined;
  const leading = leadingLabels(context, operand);
  const before = OWN_LABELS.slice(0, own.length - 1);
  const contracted = OWN_LABELS[own.length - 1] ?? "z";
  const after = OWN_LABELS.slice(own.length, own.length + weight.out.length);
  return build.op("contract", [id, matrix], {
    left: leading + before + contracted,
    right: after + contracted,
    out: leading + before + after,
  });
}

function outputSizes(call: Call, frame: Frame): readonly Dim[] | undefined {
  const out = namedArgument(call, "out");
  if (out !== undefined) return readSizes(out.value, frame);
  const { context } = frame;
  return [
    context.sizes.needed(
      "out",
      "this `linear`",
      (size) => ({ dtype: "float", axes: [{ tag: "plain", size }] }),
      call.span,
    ),
  ];
}

/** The name of a weight: that of its argument, delayed or not. */
function nameOf(expression: Expression): string | undefined {
  if (expression.kind === "name") return expression.name;
  return expression.kind === "delay" && expression.object.kind === "name" ? expression.object.name : undefined;
}

function readInits(call: Call, frame: Frame, positional: readonly Expression[]): readonly Init[] {
  const given = namedArgument(call, "init")?.value;
  if (given?.kind === "list") {
    const { length } = given.items;
    if (length !== positional.length) {
      const title = `\`init\` has ${length} initial ${length === 1 ? "value" : "values"} for ${positional.length} arguments`;
      frame.context.report(
        wrongType(title, given.span, "write one for each argument, or one for all: `init = glorot`"),
      );
    }
    return given.items.map((item) => readInit(item, frame));
  }
  if (given !== undefined) return positional.map(() => readInit(given, frame));
  return positional.map((expression) => {
    const isState =
      expression.kind === "delay" && expression.object.kind === "name" && frame.states.has(expression.object.name);
    return isState ? ORTHOGONAL : GLOROT;
  });
}

/** How the bias starts; null for `bias = false`. */
function readBias(call: Call, frame: Frame): Init | null {
  const given = namedArgument(call, "bias")?.value;
  if (given === undefined) return ZEROS;
  if (given.kind === "name" && given.name === "false") return null;
  if (given.kind === "name" && given.name === "true") return ZEROS;
  return readInit(given, frame);
}
