// The semantics of the grammar with all operations, and the actions that build statements.
import type { ActionDict, Node, Semantics } from "ohm-js";
import {
  argumentActions,
  argumentsOf,
  axisActions,
  expressionOf,
  identifier,
  items,
  oneOf,
  operatorActions,
  optional,
  primaryActions,
  reportRepeated,
  INDEX_ACTIONS,
  suffixActions,
  typeActions,
  typeOf,
  type ActionContext,
  type Extend,
  type Operations,
} from "./actions-expression.ts";
import type { Argument, Definition, Expression, Identifier, Index, LossCall, Parameter } from "./ast.ts";
import type { Setting, Statement, TimeOf, TypeExpression, Use } from "./ast.ts";
import { grammar } from "./grammar.generated.ts";
import * as messages from "./messages-syntax.ts";

export type Header = Pick<Definition, "kind" | "name" | "parameters">;
type Initial = Pick<Extract<Statement, { kind: "state" }>, "initial" | "learned">;

export function semanticsFor(context: ActionContext): Semantics {
  return grammar
    .createSemantics()
    .addOperation<Expression>("expression", { ...operatorActions(context), ...primaryActions(context) })
    .addOperation<Index>("index", INDEX_ACTIONS)
    .addOperation<Extend>("suffix", suffixActions(context))
    .addOperation<Argument[]>("arguments", argumentActions(context))
    .addOperation<TypeExpression>("type", typeActions(context))
    .addOperation<Expression | TimeOf | null>("axis", axisActions(context))
    .addOperation<Initial>("initial", initialActions)
    .addOperation<Statement>("statement", { ...declarationActions(context), ...goalActions(context) })
    .addOperation<Setting>("setting", settingActions(context))
    .addOperation<Use>("use", useActions(context))
    .addOperation<Header>("header", headerActions(context))
    .addOperation<Parameter>("parameter", parameterActions(context));
}

const initialOf = (node: Operations): Initial => node["initial"]();
export const statementOf = (node: Operations): Statement => node["statement"]();
export const settingOf = (node: Operations): Setting => node["setting"]();
export const useOf = (node: Operations): Use => node["use"]();
export const headerOf = (node: Operations): Header => node["header"]();
const parameterOf = (node: Operations): Parameter => node["parameter"]();

/** A name that is defined here. */
function newName(context: ActionContext, name: Node): Identifier {
  if (name.sourceString === "t") context.report(messages.reservedName("t", context.span(name)));
  return identifier(context, name);
}

function newNames(context: ActionContext, names: Node): readonly Identifier[] {
  return items(names.child(0)).map((name) => newName(context, name));
}

function equationOf(
  context: ActionContext,
  names: Node,
  value: Node,
): Pick<Extract<Statement, { kind: "equation" }>, "kind" | "names" | "value"> {
  return { kind: "equation", names: newNames(context, names), value: expressionOf(value) };
}

const initialActions: ActionDict<Initial> = {
  Initial_learned: (_assign, param, init, _end) => ({
    initial: expressionOf(param),
    learned: { init: optional(init, expressionOf) },
  }),
  Initial_given: (_assign, value) => ({ initial: expressionOf(value), learned: null }),
};

function declarationActions(context: ActionContext): ActionDict<Statement> {
  const { span } = context;
  return {
    Read(keyword, names, type, scaled) {
      const kind = oneOf(keyword, ["input", "target", "memory"]);
      const isScaled = scaled.numChildren > 0;
      return { kind, names: newNames(context, names), type: optional(type, typeOf), isScaled, span: span(this) };
    },
    State(_keyword, names, type, initial) {
      const start = optional(initial, initialOf) ?? { initial: null, learned: null };
      return { kind: "state", names: newNames(context, names), type: typeOf(type), ...start, span: span(this) };
    },
    Param(_keyword, names, type, init, frozen) {
      return {
        kind: "param",
        names: newNames(context, names),
        type: typeOf(type),
        init: optional(init, expressionOf),
        isFrozen: frozen.numChildren > 0,
        span: span(this),
      };
    },
    Const(_keyword, name, type, _assign, value) {
      const declared = optional(type, typeOf);
      return {
        kind: "const",
        name: newName(context, name),
        type: declared,
        value: expressionOf(value),
        span: span(this),
      };
    },
    Equation(names, _assign, value) {
      return { ...equationOf(context, names, value), isOutput: false, span: span(this) };
    },
  };
}

function goalActions(context: ActionContext): ActionDict<Statement> {
  const { span } = context;
  return {
    Shown(_keyword, names, _assign, value) {
      return { ...equationOf(context, names, value), isOutput: true, span: span(this) };
    },
    Output(_keyword, list) {
      const names = items(list).map((path) => {
        return { name: path.sourceString.replaceAll(/\s/g, ""), value: expressionOf(path), span: span(path) };
      });
      return { kind: "output", names, span: span(this) };
    },
    Predict(_keyword, target, _from, value, by, weight, reduce) {
      return {
        kind: "predict",
        target: expressionOf(target),
        from: expressionOf(value),
        by: optional(by, (node) => lossCall(context, node)),
        weight: optional(weight, expressionOf),
        reduce: optional(reduce, (node) => identifier(context, node.child(2))),
        span: span(this),
      };
    },
    Minimize(_keyword, value, weight) {
      return { kind: "minimize", value: expressionOf(value), weight: optional(weight, expressionOf), span: span(this) };
    },
  };
}

function lossCall(context: ActionContext, node: Node): LossCall {
  const [name, given] = [node.child(1), node.child(2)];
  const list = optional(given, argumentsOf) ?? [];
  return { loss: identifier(context, name), arguments: list, span: context.span(name, given) };
}

function settingActions(context: ActionContext): ActionDict<Setting> {
  const { span } = context;
  return {
    Choice(keyword, name, given) {
      const kind = oneOf(keyword, ["optimizer", "schedule"]);
      const choice = identifier(context, name);
      return { kind, choice, arguments: optional(given, argumentsOf) ?? [], span: span(this) };
    },
    Clip(_keyword, mode, value) {
      return { kind: "clip", mode: identifier(context, mode), value: expressionOf(value), span: span(this) };
    },
    Truncate(_keyword, list) {
      const given = items(list).flatMap(argumentsOf);
      reportRepeated(given, context);
      return { kind: "truncate", arguments: given, span: span(this) };
    },
    Freeze(_keyword, patterns) {
      return { kind: "freeze", patterns: patternsOf(context, patterns), span: span(this) };
    },
    Scale(_keyword, _lr, value, _for, patterns) {
      const list = patternsOf(context, patterns);
      return { kind: "scale", value: expressionOf(value), patterns: list, span: span(this) };
    },
    Decay(_keyword, value, _for, patterns) {
      const list = patternsOf(context, patterns);
      return { kind: "decay", value: expressionOf(value), patterns: list, span: span(this) };
    },
    Count(keyword, value) {
      return { kind: oneOf(keyword, ["batch", "epochs", "seed"]), value: expressionOf(value), span: span(this) };
    },
  };
}

function patternsOf(context: ActionContext, patterns: Node): readonly Identifier[] {
  return items(patterns.child(0)).map((pattern) => identifier(context, pattern));
}

function useActions(context: ActionContext): ActionDict<Use> {
  return {
    Use(_keyword, names, _from, path) {
      const value = path.sourceString.slice(1, -1);
      const place = context.span(path);
      return { kind: "use", names: newNames(context, names), path: { value, span: place }, span: context.span(this) };
    },
  };
}

function headerActions(context: ActionContext): ActionDict<Header> {
  return {
    Definition(keyword, name, parameters) {
      const list = optional(parameters, (node) => items(node.child(1)).map(parameterOf)) ?? [];
      return { kind: oneOf(keyword, ["cell", "model"]), name: newName(context, name), parameters: list };
    },
  };
}

function parameterActions(context: ActionContext): ActionDict<Parameter> {
  return {
    Parameter: (name, kind, value) => ({
      name: newName(context, name),
      kind: kind.numChildren === 0 ? "number" : "cell",
      default: optional(value, expressionOf),
    }),
  };
}
