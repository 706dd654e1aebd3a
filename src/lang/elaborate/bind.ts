// Binding what is passed to a cell to its inputs and memories, with their declared types.
import { fail } from "../../base/invariant.ts";
import { timeOf, type Axis } from "../../shape/type.ts";
import type { Identifier, Statement } from "../ast.ts";
import { notAsDeclared, wrongType } from "../messages.ts";
import type { Passed } from "./application.ts";
import type { Frame } from "./frame.ts";
import { note } from "./over-time.ts";
import { readType, type Declared } from "./types.ts";
import type { NodeValue } from "./value.ts";

type Declaration = Extract<Statement, { kind: "input" | "target" | "memory" }>;

/** An input without a type is a vector whose size is inferred. */
export function declaredType(statement: Declaration, frame: Frame, name: string): Declared {
  if (statement.type !== null) return readType(statement.type, frame, { introduces: true, hint: `I.${name}` });
  return { axes: [{ tag: "plain", size: frame.context.sizes.free("I") }], isSequence: statement.kind === "memory" };
}

export function bindInput(frame: Frame, statement: Declaration, name: Identifier, passed: Passed): void {
  const declared = declaredType(statement, frame, name.name);
  const node = checked(frame, name, declared, passed);
  if (node === undefined) return;
  const { build } = frame.context;
  frame.bind(name.name, { ...node, id: build.region === null ? node.id : build.local(node.id) }, name.span);
}

/** A memory is a whole sequence: its time becomes an axis of the value. */
export function bindMemory(frame: Frame, statement: Declaration, name: Identifier, passed: Passed): void {
  const { context } = frame;
  const declared = declaredType(statement, frame, name.name);
  const { value, span } = passed;
  if (value.kind !== "node") {
    context.report(wrongType(`\`${name.name}\` is a memory and needs a sequence`, span));
    return;
  }
  const own = context.own(value);
  const isMemoryAlready = own[0]?.tag === "memory";
  if (!isMemoryAlready && timeOf(context.type(value)) === undefined) {
    context.report(wrongType(`\`${name.name}\` is a memory and needs a sequence`, span));
    return;
  }
  const element = isMemoryAlready ? own.slice(1) : own;
  if (!sameAxes(frame, declared.axes, element)) {
    context.report(
      notAsDeclared(`\`${name.name}\``, context.side(value, span, "this"), {
        span: name.span,
        what: `\`${name.name}\``,
        type: `seq ${context.showAxes(declared.axes)}`,
      }),
    );
    return;
  }
  const id = isMemoryAlready ? value.id : context.build.outermost(() => remembered(frame, value));
  const time = timeOf(context.type(value));
  if (time !== undefined) note(context, id, "memory", { time, span });
  frame.bindMemory(name.name, { ...value, id }, name.span);
}

function remembered(frame: Frame, value: NodeValue): string {
  const { context } = frame;
  const time = timeOf(context.type(value)) ?? fail("elaborate", "no sequence");
  const memory = context.build.op("remember", [value.id]);
  const position = context.build.type(memory).axes.findIndex((axis) => axis.tag === "memory");
  return context.lengths(time) === undefined ? memory : context.masked(memory, position, 0);
}

function sameAxes(frame: Frame, declared: readonly Axis[], got: readonly Axis[]): boolean {
  if (declared.length !== got.length) return false;
  return declared.every((axis, index) => {
    const other = got[index];
    return other !== undefined && frame.context.unifier.same(axis, other) !== undefined;
  });
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
    context.report(wrongType(`\`${name.name}\` is a token, and this is not one of its kind`, span));
    return undefined;
  }
  const node = context.float(value, span);
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
