// Binds the values that are passed to a cell to its inputs and memories, with their declared types.
import { ONE } from "../../shape/dim.ts";
import { timeOf, type Axis } from "../../shape/type.ts";
import type { Identifier, Statement, TypeExpression } from "../ast.ts";
import { memoryNames, timeOfType } from "../memory-names.ts";
import { memoriesOfOneTime, memoryBelow, notAMemory } from "../messages-memories.ts";
import { notAsDeclared, wrongType } from "../messages.ts";
import type { Passed } from "./application.ts";
import { asVector } from "./forms/form.ts";
import type { Frame } from "./frame.ts";
import { timeOfMemory } from "./memory-times.ts";
import { note } from "./over-time.ts";
import { held } from "./padding.ts";
import { readType, type Declared } from "./types.ts";
import type { NodeValue } from "./value.ts";

type Declaration = Extract<Statement, { kind: "input" | "target" | "memory" }>;

/** An input without a type is a vector whose size is inferred. */
export function declaredType(statement: Declaration, frame: Frame, name: string): Declared {
  const { type } = statement;
  if (type !== null) {
    const element = timeOfType(statement) === undefined ? type : withoutFirst(type);
    const declared = readType(element, frame, { introduces: true, hint: `I.${name}` });
    return element === type ? declared : { ...declared, isSequence: true };
  }
  const size = frame.context.sizes.free("I", { words: `the size of \`${name}\`` });
  return { axes: [{ tag: "plain", size }], isSequence: statement.kind === "memory" };
}

function withoutFirst(type: TypeExpression): TypeExpression {
  return type.kind === "array" ? { ...type, dimensions: type.dimensions.slice(1) } : type;
}

export function bindInput(frame: Frame, statement: Declaration, name: Identifier, passed: Passed): void {
  const declared = declaredType(statement, frame, name.name);
  const node = checked(frame, name, declared, passed);
  if (node === undefined) return;
  frame.bindOuter(name.name, node, name.span);
}

/** A memory is a whole sequence: its time becomes an axis of the value. */
export function bindMemory(frame: Frame, statement: Declaration, name: Identifier, passed: Passed): void {
  const { context } = frame;
  const declared = declaredType(statement, frame, name.name);
  const { value, span } = passed;
  if (value.kind !== "node") {
    context.report(wrongType(`\`${name.name}\` is a memory, so it needs a sequence`, span));
    return;
  }
  const own = context.own(value);
  const isMemoryAlready = own[0]?.tag === "memory";
  if (!isMemoryAlready && timeOf(context.type(value)) === undefined) {
    context.report(wrongType(`\`${name.name}\` is a memory, so it needs a sequence`, span));
    return;
  }
  const element = isMemoryAlready ? own.slice(1) : own;
  const isOfScalars = element.length === 0 && takesScalars(frame, declared);
  if (!isOfScalars && !sameAxes(frame, declared.axes, element)) {
    context.report(
      notAsDeclared(`\`${name.name}\``, context.side(value, span, "this"), {
        span: name.span,
        what: `\`${name.name}\``,
        type: `seq ${context.showAxes(declared.axes)}`,
      }),
    );
    return;
  }
  if (!hasTimeOfOther(frame, statement, name, passed)) return;
  const id = context.build.outermost(() => {
    const elements = isOfScalars ? { ...value, id: context.build.op("unsqueeze", [value.id], { axis: -1 }) } : value;
    return isMemoryAlready ? elements.id : remembered(frame, elements);
  });
  const time = timeOf(context.type(value));
  if (time !== undefined) note(context, id, "memory", { time, span });
  frame.bindOuter(name.name, { ...value, id }, name.span);
}

/** `memory n: [time of m, K]`: the time of what is passed is that of `m`. Otherwise it has been reported. */
function hasTimeOfOther(frame: Frame, statement: Declaration, name: Identifier, { value, span }: Passed): boolean {
  const { context, definition } = frame;
  const other = timeOfType(statement);
  if (other === undefined || value.kind !== "node") return true;
  const memories = memoryNames(definition);
  const position = memories.indexOf(other.name);
  if (position < 0)
    context.report(
      notAMemory(
        other,
        memories.filter((each) => each !== name.name),
      ),
    );
  else if (position >= memories.indexOf(name.name)) context.report(memoryBelow(other));
  const time = timeOfMemory(frame, other.name);
  if (time === undefined) return false;
  const own = timeOf(context.type(value)) ?? context.own(value)[0]?.size ?? time;
  if (context.unifier.unify(time, own)) return true;
  context.report(memoriesOfOneTime(name.name, other, span, other.span));
  return false;
}

function remembered(frame: Frame, value: NodeValue): string {
  const { context } = frame;
  const memory = context.build.op("remember", [value.id]);
  const position = context.build.type(memory).axes.findIndex((axis) => axis.tag === "memory");
  return held(context, memory, position);
}

function sameAxes(frame: Frame, declared: readonly Axis[], got: readonly Axis[]): boolean {
  if (declared.length !== got.length) return false;
  return declared.every((axis, index) => {
    const other = got[index];
    return other !== undefined && frame.context.unifier.same(axis, other) !== undefined;
  });
}

/** A scalar counts as `[1]` if a vector is declared that can have that size, as in `linear`. */
function takesScalars({ context }: Frame, { axes, token }: Declared): boolean {
  const [only] = axes;
  return token === undefined && axes.length === 1 && only !== undefined && context.unifier.unify(only.size, ONE);
}

function checked(frame: Frame, name: Identifier, declared: Declared, passed: Passed): NodeValue | undefined {
  const { context } = frame;
  const { value, span } = passed;
  if (declared.token !== undefined) {
    if (
      value.kind === "node" &&
      value.token !== undefined &&
      context.unifier.unify(declared.token.size, value.token.size)
    )
      return value;
    context.report(wrongType(`\`${name.name}\` is a token, but this is not a token of the same kind`, span));
    return undefined;
  }
  const node = context.float(value, span);
  if (node !== undefined && context.own(node).length === 0 && takesScalars(frame, declared))
    return asVector(context, node);
  if (node === undefined || sameAxes(frame, declared.axes, context.own(node))) return node;
  context.report(
    notAsDeclared(`\`${name.name}\``, context.side(node, span, "this"), {
      span: name.span,
      what: `\`${name.name}\``,
      type: context.showAxes(declared.axes),
    }),
  );
  return undefined;
}
