// Statements, settings and the text before a `{` as canonical source text, each on one line.
import { unreachable } from "../base/invariant.ts";
import type { Definition, Expression, Identifier, Setting, Statement, Use } from "./ast.ts";
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

/** A statement; for a `train` block the text before its `{`. */
export function formatStatement(statement: Statement): string {
  switch (statement.kind) {
    case "input":
    case "target":
    case "memory":
      return `${statement.kind} ${formatNames(statement.names)}${statement.type === null ? "" : `: ${formatType(statement.type)}`}`;
    case "state":
      return `state ${formatNames(statement.names)}: ${formatType(statement.type)}${formatInitial(statement)}`;
    case "param":
      return `param ${formatNames(statement.names)}: ${formatType(statement.type)}${formatSuffix(" ~ ", statement.init)}`;
    case "const":
      return `const ${statement.name.name} = ${formatExpression(statement.value)}`;
    case "equation":
      return `${formatNames(statement.names)} = ${formatExpression(statement.value)}`;
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

/** `= (param)` reads the name `param`; `= param` is a learned initial value. */
function formatInitial({ initial, learned }: Extract<Statement, { kind: "state" }>): string {
  if (learned !== null) return ` = param${formatSuffix(" ~ ", learned.init)}`;
  return initial?.kind === "name" && initial.name === "param" ? " = (param)" : formatSuffix(" = ", initial);
}

function formatPredict({ target, from, by, weight }: Extract<Statement, { kind: "predict" }>): string {
  const goal = `predict ${formatApplicable(target)} from ${formatExpression(from)}`;
  return `${goal}${by === null ? "" : ` by ${by.name}`}${formatSuffix(" weight = ", weight)}`;
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
    case "batch":
    case "epochs":
    case "seed":
      return `${setting.kind} ${formatExpression(setting.value)}`;
    default:
      return unreachable(setting, "format");
  }
}
