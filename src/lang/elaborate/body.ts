// The declarations of a body: params, states, outputs. Constants are in `declared-sizes.ts`.
import { type Axis } from "../../shape/type.ts";
import type { Definition, Identifier, OutputName, Statement } from "../ast.ts";
import { stateWithoutEquation, notAsDeclared, wrongType } from "../messages.ts";
import { learnedAlongTime } from "../messages-memories.ts";
import { outputNames } from "../output-names.ts";
import type { Passed } from "./application.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { GLOROT, readInit, ZEROS } from "./init.ts";
import type { StateSource } from "./state-source.ts";
import { readType } from "./types.ts";
import { POISON, type NodeValue } from "./value.ts";

type StateStatement = Extract<Statement, { kind: "state" }>;

/** What a cell returns: what `output` names, or its first state. */
export function outputsOf(definition: Definition): readonly OutputName[] {
  const named = outputNames(definition);
  if (named.length > 0) return named;
  const first = definition.body.find((statement) => statement.kind === "state");
  const [state] = first?.kind === "state" ? first.names : [];
  return state === undefined ? [] : [{ ...state, value: { kind: "name", ...state } }];
}

interface DeclaredState {
  readonly name: Identifier;
  readonly declare: (frame: Frame, passed: Passed | undefined, mode: "sequence" | "step") => void;
}

export function statesOf(definition: Definition): readonly DeclaredState[] {
  return definition.body.flatMap((statement) =>
    statement.kind === "state"
      ? statement.names.map((name) => ({
          name,
          declare: (frame: Frame, passed: Passed | undefined, mode: "sequence" | "step"): void =>
            declareState(frame, statement, name, passed, mode),
        }))
      : [],
  );
}

/** Params, whose types may use the sizes of inputs; every state must have an equation. */
export function declareParams(frame: Frame): void {
  const { context, definition } = frame;
  for (const statement of definition.body) {
    if (statement.kind === "param") declareParam(frame, statement);
    if (statement.kind === "state" && frame.isCell) {
      statement.names
        .filter((name) => !frame.equations.has(name.name))
        .forEach((name) => context.report(stateWithoutEquation(name, nextOf(name.name, frame))));
    }
  }
}

/** `h_t = …`, `h_new = …`: an equation that gives the next value of the state under another name. */
function nextOf(state: string, { equations }: Frame): Identifier | undefined {
  const names = ["_t", "ₜ", "_new", "_next", "_out", "t", "_"].map((end) => state + end);
  const found = [...names, `new_${state}`, `next_${state}`].find((name) => equations.has(name));
  return found === undefined ? undefined : equations.declared(found);
}

function declareParam(frame: Frame, statement: Extract<Statement, { kind: "param" }>): void {
  const { context } = frame;
  const { isFrozen } = statement;
  for (const name of statement.names) {
    const declared = readType(statement.type, frame, { introduces: false, hint: name.name });
    if (declared.token !== undefined || declared.isSequence) {
      context.report(
        wrongType("a param must be an array of numbers", statement.type.span, "declare its type as `[H]` or `[H, H]`"),
      );
      frame.bind(name.name, POISON, name.span);
      continue;
    }
    const init = statement.init !== null ? readInit(statement.init, frame) : declared.axes.length >= 2 ? GLOROT : ZEROS;
    const { path, owner } = frame.home("param", name.name);
    const id = context.weights.declare({ owner, name: path, axes: declared.axes, init, isFrozen, span: name.span });
    if (id === undefined) {
      frame.bind(name.name, POISON, name.span);
      continue;
    }
    frame.bind(
      name.name,
      context.node(id, name.span, `the param \`${name.name}\` is declared as ${context.showAxes(declared.axes)}`),
      name.span,
    );
  }
}

function declareState(
  frame: Frame,
  statement: StateStatement,
  name: Identifier,
  passed: Passed | undefined,
  mode: "sequence" | "step",
): void {
  const { context } = frame;
  const declared = readType(statement.type, frame, { introduces: false, hint: name.name, isOfState: true });
  if (declared.isSequence || declared.token !== undefined) {
    context.report(
      wrongType("a state must be an array of numbers", statement.type.span, "declare its type as `[H]` or `[]`"),
    );
    return frame.states.declareWrong(name.name);
  }
  if (passed !== undefined && mode === "step") {
    const node = passedState(context, name, declared.axes, passed);
    if (node === undefined) return frame.states.declareWrong(name.name);
    return frame.declareState(name.name, name.span, { kind: "each-step", id: node.id });
  }
  const value =
    passed === undefined
      ? initialValue(frame, statement, name, declared.axes)
      : context.build.outermost(() => passedState(context, name, declared.axes, passed));
  if (value === undefined) return frame.states.declareWrong(name.name);
  const axes = [{ tag: "batch" as const, size: BATCH }, ...declared.axes];
  const source: StateSource = {
    kind: "before-first",
    isOpen: passed === undefined,
    // An example without steps has no first step to begin with.
    empty:
      passed === undefined && statement.initial !== null && frame.outside.tookFirst ? zeros(context, axes) : undefined,
    id: context.build.outermost(() => {
      const has = context.build.type(value.id).axes;
      return has.length === axes.length
        ? value.id
        : context.build.op("broadcast", [value.id], { type: { dtype: "float", axes } });
    }),
  };
  frame.declareState(name.name, name.span, source);
}

function zeros({ build }: Elaboration, axes: readonly Axis[]): string {
  return build.outermost(() => build.op("broadcast", [build.constant(0)], { type: { dtype: "float", axes } }));
}

function passedState(
  context: Elaboration,
  name: Identifier,
  axes: readonly Axis[],
  passed: Passed,
): NodeValue | undefined {
  const node = context.float(passed.value, passed.span);
  if (node === undefined) return undefined;
  const own = context.own(node);
  const isSequence = context.type(node).axes.some((axis) => axis.tag === "time");
  const fits =
    own.length === axes.length &&
    own.every((axis, index) => {
      const other = axes[index];
      return other !== undefined && context.unifier.same(other, axis) !== undefined;
    });
  if ((fits || own.length === 0) && !isSequence) return node;
  context.report(
    notAsDeclared(`the state \`${name.name}\``, context.side(node, passed.span, "this"), {
      span: name.span,
      what: "the state",
      type: context.showAxes(axes),
    }),
  );
  return undefined;
}

/** INITIAL of a state: 0, a weight of its own, or an expression of constants, params, memories and the first step of inputs. */
function initialValue(
  frame: Frame,
  statement: StateStatement,
  name: Identifier,
  axes: readonly Axis[],
): NodeValue | undefined {
  const { context } = frame;
  if (statement.learned !== null) {
    if (axes.some(({ tag }) => tag === "memory")) {
      context.report(learnedAlongTime(name));
      return undefined;
    }
    const init = statement.learned.init === null ? ZEROS : readInit(statement.learned.init, frame);
    const { path, owner } = frame.home("initial", name.name);
    const id = context.weights.declare({ owner, name: `${path}.initial`, axes, init, span: name.span });
    return id === undefined ? undefined : context.node(id, name.span, "");
  }
  const { initial } = statement;
  if (initial === null)
    return context.node(
      context.build.outermost(() => context.build.constant(0)),
      name.span,
      "",
    );
  return context.build.outermost(() =>
    frame.outside.evaluate(() => {
      const { owner } = frame.home("initial", name.name);
      const value = frame.path.ownedBy(owner, () => evaluate(initial, frame));
      return passedState(context, name, axes, { value, span: initial.span });
    }),
  );
}
