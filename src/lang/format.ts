// The canonical source text of a syntax tree, with no parentheses but the needed ones: `parse` gives the tree back.
// Comments are not in the tree, so they are lost.
import { unreachable } from "../base/invariant.ts";
import type { Argument, BinaryOperator, Definition, Expression, Identifier } from "./ast.ts";
import type { Setting, SpecFile, Statement, TypeExpression, Use } from "./ast.ts";
import { isSumFromTime } from "./actions-expression.ts";

/** How tightly an expression holds together, as in the grammar; loosest first. */
const level = {
  pipe: 0,
  comparison: 1,
  sum: 2,
  product: 3,
  contraction: 4,
  unary: 5,
  power: 6,
  applied: 7,
  primary: 8,
} as const;
type Level = (typeof level)[keyof typeof level];

const operatorLevel: Record<BinaryOperator, Level> = {
  "<": level.comparison,
  "<=": level.comparison,
  ">": level.comparison,
  ">=": level.comparison,
  "==": level.comparison,
  "+": level.sum,
  "-": level.sum,
  "*": level.product,
  "/": level.product,
  "@": level.contraction,
  "^": level.power,
};

export function format(file: SpecFile): string {
  const uses = file.uses.map((use) => `${formatUse(use)}\n`).join("");
  return [...(uses === "" ? [] : [uses]), ...file.definitions.map(formatDefinition)].join("\n");
}

export function formatExpression(expression: Expression): string {
  return formatAt(level.pipe, expression);
}

export function formatType(type: TypeExpression): string {
  switch (type.kind) {
    case "array":
      return `[${type.dimensions.map(formatSize).join(", ")}]`;
    case "token":
      return `${type.reading}[${formatSize(type.size)}]`;
    case "sequence":
      return `seq ${formatType(type.element)}`;
    default:
      return unreachable(type, "format");
  }
}

function formatSize(size: Expression | null): string {
  return size === null ? "?" : formatAt(level.sum, size);
}

/** In parentheses where something as loose as `least` could not stand for it. */
function formatAt(least: Level, expression: Expression): string {
  const text = formatBare(expression);
  return levelOf(expression) < least ? `(${text})` : text;
}

function levelOf(expression: Expression): Level {
  switch (expression.kind) {
    case "pipe":
      return level.pipe;
    case "binary":
      return operatorLevel[expression.operator];
    case "negate":
      return level.unary;
    case "member":
    case "delay":
    case "slice":
    case "element":
    case "call":
      return level.applied;
    case "number":
      return expression.value < 0 ? level.unary : level.primary;
    case "string":
    case "name":
    case "list":
      return level.primary;
    default:
      return unreachable(expression, "format");
  }
}

function formatBare(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return String(expression.value);
    case "string":
      return `"${expression.value}"`;
    case "name":
      return expression.name;
    case "list":
      return `[${expression.items.map(formatExpression).join(", ")}]`;
    case "negate":
      return `-${formatAt(level.unary, expression.operand)}`;
    case "binary":
      return formatBinary(expression);
    case "pipe":
      return `${formatAt(level.pipe, expression.left)} |> ${formatAt(level.comparison, expression.right)}`;
    default:
      return formatApplied(expression);
  }
}

function formatBinary({ operator, left, right }: Extract<Expression, { kind: "binary" }>): string {
  if (operator === "^") return `${formatAt(level.applied, left)}^${formatAt(level.unary, right)}`;
  switch (operatorLevel[operator]) {
    case level.comparison:
      return `${formatAt(level.sum, left)} ${operator} ${formatAt(level.sum, right)}`;
    case level.sum:
      return `${formatAt(level.sum, left)} ${operator} ${formatAt(level.product, right)}`;
    case level.product:
      return `${formatAt(level.product, left)} ${operator} ${formatAt(level.contraction, right)}`;
    default:
      return `${formatAt(level.contraction, left)} ${operator} ${formatAt(level.unary, right)}`;
  }
}

type Applied = Extract<Expression, { kind: "member" | "delay" | "slice" | "element" | "call" }>;

function formatApplied(expression: Applied): string {
  switch (expression.kind) {
    case "call":
      return `${formatAt(level.applied, expression.callee)}(${formatArguments(expression.arguments)})`;
    case "member":
      return `${formatAt(level.applied, expression.object)}.${expression.member.name}`;
    case "delay":
      return `${formatAt(level.applied, expression.object)}[${formatDelay(expression)}]`;
    case "slice":
      return `${formatAt(level.applied, expression.object)}[${formatBound(expression.from)}:${formatBound(expression.to)}]`;
    case "element":
      return `${formatAt(level.applied, expression.object)}[${formatIndex(expression.index)}]`;
    default:
      return unreachable(expression, "format");
  }
}

function formatDelay({ sign, steps }: Extract<Expression, { kind: "delay" }>): string {
  if (sign === null || steps === null) return "t";
  const text = formatAt(level.product, steps);
  return text.includes(" ") ? `t ${sign} ${text}` : `t${sign}${text}`;
}

function formatBound(bound: Expression | null): string {
  return bound === null ? "" : formatExpression(bound);
}

/** `x[(t - 1)]`: without its parentheses the index would be read as a delay. */
function formatIndex(index: Expression): string {
  const text = formatExpression(index);
  return isSumFromTime(index) ? `(${text})` : text;
}

function formatArguments(list: readonly Argument[]): string {
  return list
    .map(({ name, value }) => `${name === null ? "" : `${name.name} = `}${formatExpression(value)}`)
    .join(", ");
}

function formatNames(names: readonly Identifier[]): string {
  return names.map((name) => name.name).join(", ");
}

function formatUse(use: Use): string {
  return `use ${formatNames(use.names)} from "${use.path.value}"`;
}

function formatDefinition({ kind, name, parameters, body }: Definition): string {
  const list = parameters.map((each) => `${each.name.name}${formatSuffix(" = ", each.default)}`).join(", ");
  const head = `${kind} ${name.name}${list === "" ? "" : `(${list})`}`;
  return `${head} {\n${body.map((statement) => `  ${formatStatement(statement)}\n`).join("")}}\n`;
}

/** An optional part, after what introduces it. */
function formatSuffix(introduction: string, value: Expression | null): string {
  return value === null ? "" : `${introduction}${formatExpression(value)}`;
}

/** A statement as it stands in a body: its further lines are indented to fit. */
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
      return `train {\n${statement.settings.map((setting) => `    ${formatSetting(setting)}\n`).join("")}  }`;
    default:
      return unreachable(statement, "format");
  }
}

/** `= (param)` is the name, `= param` a learned state. */
function formatInitial({ initial, learned }: Extract<Statement, { kind: "state" }>): string {
  if (learned !== null) return ` = param${formatSuffix(" ~ ", learned.init)}`;
  return initial?.kind === "name" && initial.name === "param" ? " = (param)" : formatSuffix(" = ", initial);
}

function formatPredict({ target, from, by, weight }: Extract<Statement, { kind: "predict" }>): string {
  const goal = `predict ${formatAt(level.applied, target)} from ${formatExpression(from)}`;
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
