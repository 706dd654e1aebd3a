// Binds the values that are passed to a cell to its inputs and memories, with their declared types.
import { ONE } from "../../shape/dim.ts";
import { timeOf, type Axis } from "../../shape/type.ts";
import type { Identifier, Statement } from "../ast.ts";
import { notAsDeclared, wrongType } from "../messages.ts";
import type { Passed } from "./application.ts";
import { asVector } from "./forms/form.ts";
import type { Frame } from "./frame.ts";
import { note } from "./over-time.ts";
import { held } from "./padding.ts";
import { readType, type Declared } from "./types.ts";
import type { NodeValue } from "./value.ts";

type Declaration = Extract<Statement, { kind: "input" | "target" | "memory" }>;

/** An input without a type is a vector whose size is inferred. */
export function declaredType(statement: Declaration, frame: Frame, name: string): Declared {
  if (statement.type !== null) return readType(statement.type, frame, { introduces: true, hint: `I.${name}` });
  const size = frame.context.sizes.free("I", { words: `the size of \`${name}\`` });
  return { axes: [{ tag: "plain", size }], isSequence: statement.kind === "memory" };
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
  const id = context.build.outermost(() => {
    const elements = isOfScalars ? { ...value, id: context.build.op("unsqueeze", [value.id], { axis: -1 }) } : value;
    return isMemoryAlready ? elements.id : remembered(frame, elements);
  });
  const time = timeOf(context.type(value));
  if (time !== undefined) note(context, id, "memory", { time, span });
  frame.bindOuter(name.name, { ...value, id }, name.span);
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
