// Functions whose arguments are more than arrays: weights of their own, sizes, tokens, times. One entry a name.
import { fail } from "../../base/invariant.ts";
import { constant, constantOf, divide, multiply, ONE, printDim, symbolsOf, type Dim } from "../../shape/dim.ts";
import { timeOf, type Axis } from "../../shape/type.ts";
import type { Expression } from "../ast.ts";
import { doesNotDivide, lastOfBothWays, notAllowed, wrongShape, wrongType } from "../messages.ts";
import { readArguments, readCount, readNumber, readSize, readSizes } from "./arguments.ts";
import type { Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { runAlong } from "./functions.ts";
import { readInit } from "./init.ts";
import { linear } from "./linear.ts";
import { contract, OWN_LABELS, type Operand } from "./product.ts";
import { POISON, type NodeValue, type Token, type Value } from "./value.ts";

export type Call = Extract<Expression, { kind: "call" }>;
export type Form = (call: Call, frame: Frame) => Value;

function operandOf(expression: Expression | undefined, frame: Frame): Operand | undefined {
  if (expression === undefined) return undefined;
  const value = frame.context.float(evaluate(expression, frame), expression.span);
  return value === undefined ? undefined : { value, span: expression.span };
}

/** A form whose one or two positional arguments are arrays. */
function ofArrays(
  names: readonly string[],
  build: (context: Elaboration, operands: readonly Operand[], call: Call) => Value,
): Form {
  return (call, frame) => {
    const given = readArguments(call, frame, names);
    if (given === undefined) return POISON;
    const operands = names.map((name) => operandOf(given.get(name), frame)).filter((operand) => operand !== undefined);
    return operands.length < names.length ? POISON : build(frame.context, operands, call);
  };
}

function noTime(context: Elaboration, operand: Operand, what: string): boolean {
  if (context.own(operand.value).every((axis) => axis.tag === "plain")) return true;
  context.report(
    notAllowed(`an axis of time cannot be ${what}`, operand.span, "its length differs from example to example"),
  );
  return false;
}

function tokenOf(
  expression: Expression | undefined,
  frame: Frame,
): { readonly value: NodeValue; readonly token: Token } | undefined {
  if (expression === undefined) return undefined;
  const value = evaluate(expression, frame);
  if (value.kind === "poison") return undefined;
  if (value.kind === "node" && value.token !== undefined) return { value, token: value.token };
  frame.context.report(wrongType("a token is wanted here", expression.span, "declare it: `input k: token[V]`"));
  return undefined;
}

const transpose = ofArrays(["a"], (context, [a], call) => {
  if (a === undefined) return POISON;
  if (context.own(a.value).length < 2) return context.report(wrongType("`transpose` needs two axes", a.span));
  const rank = context.own(a.value).length;
  const order = Array.from({ length: rank }, (_, index) => index - rank).toSpliced(-2, 2, -1, -2);
  return context.op("permute", [a.value.id], call.span, { order });
});

const outer = ofArrays(["a", "b"], (context, [a, b], call) => {
  if (a === undefined || b === undefined) return POISON;
  const left = OWN_LABELS.slice(0, context.own(a.value).length);
  const right = OWN_LABELS.slice(left.length, left.length + context.own(b.value).length);
  // A product without a contracted axis: each operand keeps its own, and gets an axis of size 1 for the other's.
  const opened = [...right].reduce((id) => context.build.op("unsqueeze", [id], { axis: -1 }), a.value.id);
  return context.op("mul", [opened, b.value.id], call.span);
});

const dot = ofArrays(["a", "b"], (context, [a, b], call) => {
  if (a === undefined || b === undefined) return POISON;
  const [left, right] = [context.own(a.value).at(-1), context.own(b.value).at(-1)];
  if (left === undefined || right === undefined || context.unifier.same(left, right) === undefined) {
    return context.report(
      wrongShape("`dot` needs two arrays of equal last size", call.span, [
        context.side(a.value, a.span, "the left"),
        context.side(b.value, b.span, "the right"),
      ]),
    );
  }
  const times = context.op("mul", [a.value.id, b.value.id], call.span);
  if (times.kind !== "node") return times;
  return runAlong(context, "sum", times, context.type(times).axes.length - 1, call.span);
});

const diag = ofArrays(["v"], (context, [v], call) => {
  if (v === undefined || !noTime(context, v, "spread on a diagonal")) return POISON;
  if (context.own(v.value).length !== 1) return context.report(wrongType("`diag` needs a vector", v.span));
  return context.op("diag", [v.value.id], call.span);
});

const concat: Form = (call, frame) => {
  const { context } = frame;
  const operands = call.arguments
    .map((argument) => operandOf(argument.value, frame))
    .filter((each) => each !== undefined);
  if (operands.length < call.arguments.length) return POISON;
  if (operands.length === 0) return context.report(wrongType("`concat` needs something to join", call.span));
  const sides = operands.map(({ value, span }) => context.side(value, span, "this"));
  const ranks = new Set(operands.map(({ value }) => context.own(value).length));
  if (ranks.size > 1 || ranks.has(0))
    return context.report(wrongShape("`concat` joins arrays of one rank along their last axis", call.span, sides));
  const memory = operands.find(({ value }) => context.own(value).at(-1)?.tag === "memory");
  if (memory !== undefined) return context.report(notAllowed("an axis of time cannot be joined", memory.span));
  return context.op(
    "concat",
    operands.map(({ value }) => value.id),
    call.span,
    { axis: -1 },
    sides,
  );
};

const split: Form = (call, frame) => {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "n"]);
  const [source, by] = [given?.get("a"), given?.get("n")];
  if (source === undefined || by === undefined) return POISON;
  const a = operandOf(source, frame);
  const count = readCount(by, frame, "the number of parts");
  const size = a === undefined ? undefined : context.own(a.value).at(-1)?.size;
  if (a === undefined || count === undefined) return POISON;
  if (size === undefined) return context.report(wrongType("a scalar cannot be split", a.span));
  const part = divide(context.unifier.resolve(size), constant(count)) ?? fail("elaborate", "split by 0");
  if (!isWhole(part)) return context.report(doesNotDivide(printDim(part), call.span));
  const parts = Array.from({ length: count }, (_, index) => {
    const dims = [index, index + 1].map((each) => printDim(multiply(constant(each), part)));
    return context.node(context.build.op("slice", [a.value.id], { axis: -1, dims }), call.span, "");
  });
  return { kind: "several", parts };
};

/** Whether a size can be whole: a constant that is not is an error already now. */
function isWhole(dim: Dim): boolean {
  const value = constantOf(dim);
  return value === undefined || Number.isInteger(value);
}

const reshape: Form = (call, frame) => {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "shape"]);
  const [source, shape] = [given?.get("a"), given?.get("shape")];
  if (source === undefined || shape === undefined) return POISON;
  const a = operandOf(source, frame);
  const sizes = readSizes(shape, frame);
  if (a === undefined || sizes === undefined || !noTime(context, a, "reshaped")) return POISON;
  const before = context.unifier.resolve(
    context.own(a.value).reduce((product, axis) => multiply(product, axis.size), ONE),
  );
  const after = context.unifier.resolve(sizes.reduce(multiply, ONE));
  if (!context.unifier.unify(before, after) && symbolsOf(before).every((name) => !name.startsWith("?"))) {
    return context.report(
      wrongShape(`${printDim(before)} elements cannot become ${printDim(after)}`, call.span, [
        context.side(a.value, a.span, "this"),
      ]),
    );
  }
  return context.op("reshape", [a.value.id], call.span, { dims: sizes.map(printDim) });
};

function ofSize(op: "eye" | "range"): Form {
  return (call, frame) => {
    const expression = readArguments(call, frame, ["n"])?.get("n");
    const size = expression === undefined ? undefined : readSize(expression, frame);
    return size === undefined ? POISON : frame.context.op(op, [], call.span, { dims: [printDim(size)] });
  };
}

const onehot: Form = (call, frame) => {
  const { context } = frame;
  const known = tokenOf(readArguments(call, frame, ["k"])?.get("k"), frame);
  if (known === undefined) return POISON;
  return context.op("onehot", [known.value.id], call.span, {
    dims: [printDim(context.unifier.resolve(known.token.size))],
  });
};

const embed: Form = (call, frame) => {
  const { context } = frame;
  const given = readArguments(call, frame, ["k", "E"], ["init"]);
  const path = frame.path.next("embed");
  const known = tokenOf(given?.get("k"), frame);
  const width = given?.get("E");
  const size = width === undefined ? undefined : readSize(width, frame);
  if (known === undefined || size === undefined) return POISON;
  const initial = given?.get("init");
  const init = initial === undefined ? NORMAL_TENTH : readInit(initial, frame);
  const axes: readonly Axis[] = [known.token.size, size].map((each) => ({ tag: "plain", size: each }));
  const table = context.parameter(`${path}.table`, axes, init);
  return context.op("lookup", [table, known.value.id], call.span, mayBeBlank(known.token) ? { blank: true } : {});
};

const NORMAL_TENTH = {
  kind: "call" as const,
  name: "normal" as const,
  args: [{ kind: "number" as const, value: 0.1 }],
};

/** `token[n]` and labels have no start token: before the start they are none, which is -1. */
function mayBeBlank(token: Token): boolean {
  return token.reading === "token" || token.reading === "label";
}

const lookup: Form = (call, frame) => {
  const { context } = frame;
  const given = readArguments(call, frame, ["table", "k"]);
  const table = operandOf(given?.get("table"), frame);
  const known = tokenOf(given?.get("k"), frame);
  if (table === undefined || known === undefined) return POISON;
  const rows = context.own(table.value)[0];
  if (rows === undefined || context.unifier.same(rows, { tag: "plain", size: known.token.size }) === undefined) {
    return context.report(
      wrongShape("the table needs one row for each token", call.span, [
        context.side(table.value, table.span, "the table"),
        context.side(known.value, call.span, "the token"),
      ]),
    );
  }
  return context.op(
    "lookup",
    [table.value.id, known.value.id],
    call.span,
    mayBeBlank(known.token) ? { blank: true } : {},
  );
};

const dropout: Form = (call, frame) => {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "p"], ["per"]);
  const [source, chance] = [given?.get("a"), given?.get("p")];
  if (source === undefined || chance === undefined) return POISON;
  const value = evaluate(source, frame);
  const a = context.float(value, source.span);
  const p = readNumber(chance, frame, "the share that is dropped");
  const per = given?.get("per");
  const perWord = per?.kind === "name" ? per.name : per === undefined ? "step" : "";
  if (perWord !== "step" && perWord !== "sequence")
    return context.report(wrongType("`per` is `step` or `sequence`", per?.span ?? call.span));
  if (a === undefined || p === undefined) return POISON;
  if (p < 0 || p >= 1)
    return context.report(wrongType("the share that is dropped is at least 0 and below 1", chance.span));
  return drop(context, a, p, perWord === "step", frame.path.path);
};

/** Keeps each element with probability 1 - p, scaled by 1 / (1 - p); in training only. */
export function drop(context: Elaboration, a: NodeValue, p: number, perStep: boolean, path: string): NodeValue {
  const { build } = context;
  if (!context.options.training || p === 0) return a;
  const type = context.type(a);
  const inScan = build.currentTime();
  const axes = type.axes.filter((axis) => axis.tag !== "time");
  const time = inScan ?? timeOf(type);
  const full = perStep && time !== undefined ? [{ tag: "time" as const, size: time }, ...axes] : axes;
  const random = context.random(path, { dtype: "float", axes: full });
  const kept = build.op("ge", [random, build.constant(p)]);
  return { ...a, id: build.op("mul", [a.id, build.op("div", [kept, build.constant(1 - p)])]) };
}

const einsum: Form = (call, frame) => {
  const { context } = frame;
  const [pattern, ...rest] = call.arguments;
  if (pattern?.value.kind !== "string")
    return context.report(wrongType("`einsum` begins with its pattern in quotes", call.span));
  const match = /^([a-z]*)(?:,([a-z]*))?->([a-z]*)$/.exec(pattern.value.value.replaceAll(" ", ""));
  const operands = rest.map((argument) => operandOf(argument.value, frame)).filter((each) => each !== undefined);
  if (operands.length < rest.length) return POISON;
  const inputs = match === null ? [] : [match[1], match[2]].filter((each) => each !== undefined);
  if (match === null || inputs.length !== operands.length) {
    return context.report(
      wrongType("this pattern is not one of one or two operands", pattern.value.span, 'as in "hij,hj->hi"'),
    );
  }
  const unlike = operands.find((operand, index) => context.own(operand.value).length !== (inputs[index] ?? "").length);
  if (unlike !== undefined)
    return context.report(
      wrongShape("the pattern has another number of axes", pattern.value.span, [
        context.side(unlike.value, unlike.span, "this"),
      ]),
    );
  return einsumOf(context, operands, inputs, match[3] ?? "", call);
};

/** Axes of one operand alone that the result lacks are summed first; axes that repeat within one are refused. */
function einsumOf(
  context: Elaboration,
  operands: readonly Operand[],
  inputs: readonly string[],
  out: string,
  call: Call,
): Value {
  if ([...inputs, out].some((text) => new Set(text).size < text.length)) {
    return context.report(wrongType("a letter stands twice in one operand", call.span, "take the diagonal otherwise"));
  }
  const reduced = operands.map((operand, index) => {
    const labels = inputs[index] ?? "";
    const others = inputs.filter((_, each) => each !== index).join("") + out;
    const alone = [...labels].flatMap((label, position) => (others.includes(label) ? [] : [position - labels.length]));
    const id = alone.length === 0 ? operand.value.id : context.build.op("sum", [operand.value.id], { axes: alone });
    return {
      operand: { ...operand, value: { ...operand.value, id } },
      labels: [...labels].filter((label) => others.includes(label)).join(""),
    };
  });
  const [a, b] = reduced;
  if (a === undefined) return POISON;
  if (b !== undefined) {
    const labels = rename([a.labels, b.labels, out]);
    return contract(
      context,
      [a.operand, b.operand],
      { left: labels[0] ?? "", right: labels[1] ?? "", out: labels[2] ?? "" },
      call.span,
    );
  }
  const order = [...out].map((label) => a.labels.indexOf(label) - a.labels.length);
  return context.op("permute", [a.operand.value.id], call.span, { order });
}

/** The user's letters as own labels, which never are those of time and batch. */
function rename(texts: readonly string[]): readonly string[] {
  const letters = [...new Set(texts.join(""))];
  return texts.map((text) => [...text].map((letter) => OWN_LABELS[letters.indexOf(letter)] ?? "").join(""));
}

const stopgradient: Form = ofArrays(["a"], (context, [a], call) =>
  a === undefined ? POISON : context.op("stopgradient", [a.value.id], call.span),
);

function end(which: "first" | "last"): Form {
  return (call, frame) => {
    const { context } = frame;
    const expression = readArguments(call, frame, ["a"])?.get("a");
    if (expression === undefined) return POISON;
    const value = evaluate(expression, frame);
    const node = context.float(value, expression.span);
    if (node === undefined) return POISON;
    if (timeOf(context.type(node)) === undefined) {
      return context.report(wrongType(`\`${which}\` needs a sequence`, expression.span));
    }
    if (which === "last" && node.halves !== undefined) {
      const forward = pick(context, node.halves.forward, "last");
      return context.op("concat", [forward, pick(context, node.halves.backward, "first")], call.span, { axis: -1 });
    }
    if (which === "last" && node.isBothWays === true) context.report(lastOfBothWays(call.span));
    return context.node(pick(context, node.id, which), call.span, "");
  };
}

/** The value at each example's own first or last step; 0 for an example without steps. */
function pick(context: Elaboration, id: string, which: "first" | "last"): string {
  const { build } = context;
  const type = context.unifier.resolveType(build.type(id));
  const time = timeOf(type) ?? fail("elaborate", "no sequence");
  const mark = context.marks(time, which, { memory: false });
  return build.op("sum", [build.op("mul", [id, mark])], { axes: [-type.axes.length] });
}

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["linear", linear],
  ["embed", embed],
  ["transpose", transpose],
  ["outer", outer],
  ["dot", dot],
  ["diag", diag],
  ["concat", concat],
  ["split", split],
  ["reshape", reshape],
  ["eye", ofSize("eye")],
  ["range", ofSize("range")],
  ["onehot", onehot],
  ["lookup", lookup],
  ["dropout", dropout],
  ["einsum", einsum],
  ["stopgradient", stopgradient],
  ["first", end("first")],
  ["last", end("last")],
]);

export const FORM_NAMES: readonly string[] = [...FORMS.keys(), "stack", "bidirectional", "reverse"];

export function formNamed(name: string): Form | undefined {
  return FORMS.get(name);
}
