// Statements, settings and the text before a `{` as canonical source text, each on one line.
import { unreachable } from "../base/invariant.ts";
import type { Definition, Expression, Identifier, LossCall, Setting, Statement, TypeExpression, Use } from "./ast.ts";
import { formatApplicable, formatArguments, formatExpression, formatType } from "./format-expression.ts";

function formatNames(names: readonly Identifier[]): string {
  return names.map((name) => name.name).join(", ");
}

export function formatUse(use: Use): string {
  return `use ${formatNames(use.names)} from "${use.path.value}"`;
}

/** `cell LSTM(H)`. */
export function formatHead({ kind, name, parameters }: Pick<Definition, "kind" | "name" | "parameters">): string {
  const list = parameters
    .map((each) => `${each.name.name}${each.kind === "cell" ? ": cell" : ""}${formatSuffix(" = ", each.default)}`)
    .join(", ");
  return `${kind} ${name.name}${list === "" ? "" : `(${list})`}`;
}

/** An optional part, after what introduces it. */
function formatSuffix(introduction: string, value: Expression | null): string {
  return value === null ? "" : `${introduction}${formatExpression(value)}`;
}

function formatAnnotation(type: TypeExpression | null): string {
  return type === null ? "" : `: ${formatType(type)}`;
}

/** A statement; for a `train` block the text before its `{`. */
export function formatStatement(statement: Statement): string {
  switch (statement.kind) {
    case "input":
    case "target":
    case "memory":
      return `${statement.kind} ${formatNames(statement.names)}${formatAnnotation(statement.type)}${statement.isScaled ? " scaled" : ""}`;
    case "state":
      return `state ${formatNames(statement.names)}: ${formatType(statement.type)}${formatInitial(statement)}`;
    case "param":
      return formatParam(statement);
    case "const":
      return `const ${statement.name.name}${formatAnnotation(statement.type)} = ${formatExpression(statement.value)}`;
    case "equation":
      return `${formatLeft(statement)}${formatExpression(statement.value)}`;
    case "output":
      return `output ${formatNames(statement.names)}`;
    case "predict":
      return formatPredict(statement);
    case "minimize":
      return `minimize ${formatExpression(statement.value)}${formatSuffix(" weight = ", statement.weight)}`;
    case "train":
      return "train";
    default:
      return unreachable(statement, "format");
  }
}

/** An equation up to its value. */
export function formatLeft({
  isOutput,
  names,
}: Pick<Extract<Statement, { kind: "equation" }>, "isOutput" | "names">): string {
  return `${isOutput ? "output " : ""}${formatNames(names)} = `;
}

function formatParam({ names, type, init, isFrozen }: Extract<Statement, { kind: "param" }>): string {
  return `param ${formatNames(names)}: ${formatType(type)}${formatSuffix(" ~ ", init)}${isFrozen ? " frozen" : ""}`;
}

/** `= (param)` reads the name `param`; `= param` is a learned initial value. */
function formatInitial({ initial, learned }: Extract<Statement, { kind: "state" }>): string {
  if (learned !== null) return ` = param${formatSuffix(" ~ ", learned.init)}`;
  return initial?.kind === "name" && initial.name === "param" ? " = (param)" : formatSuffix(" = ", initial);
}

function formatPredict({ target, from, by, weight, reduce }: Extract<Statement, { kind: "predict" }>): string {
  const goal = `predict ${formatApplicable(target)} from ${formatExpression(from)}`;
  const total = reduce === null ? "" : ` reduce = ${reduce.name}`;
  return `${goal}${by === null ? "" : ` by ${formatLoss(by)}`}${formatSuffix(" weight = ", weight)}${total}`;
}

function formatLoss({ loss, arguments: given }: LossCall): string {
  return `${loss.name}${given.length === 0 ? "" : `(${formatArguments(given)})`}`;
}

export function formatSetting(setting: Setting): string {
  switch (setting.kind) {
    case "optimizer":
    case "schedule":
      return `${setting.kind} ${setting.choice.name}${setting.arguments.length === 0 ? "" : `(${formatArguments(setting.arguments)})`}`;
    case "clip":
      return `clip ${setting.mode.name} ${formatExpression(setting.value)}`;
    case "truncate":
      return `truncate ${formatArguments(setting.arguments)}`;
    case "freeze":
      return `freeze ${formatNames(setting.patterns)}`;
    case "scale":
      return `scale lr ${formatExpression(setting.value)} for ${formatNames(setting.patterns)}`;
    case "decay":
      return `decay ${formatExpression(setting.value)} for ${formatNames(setting.patterns)}`;
    case "batch":
    case "epochs":
    case "seed":
      return `${setting.kind} ${formatExpression(setting.value)}`;
    default:
      return unreachable(setting, "format");
  }
}
