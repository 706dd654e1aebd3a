// Expressions and equations as text that reads like a spec, and as LaTeX. One printer, two notations.
import { unreachable } from "../base/invariant.ts";
import type { GradientEquations, Equation, Start } from "./equations.ts";
import { placeGroups } from "./by-place.ts";
import { DELTA } from "./equations.ts";
import { expressionOf, type Expression } from "./expression.ts";
import { latexName } from "./latex-names.ts";
import { ONCE } from "./step.ts";

/** The precedence of an expression; loosest first. */
const level = { comparison: 0, sum: 1, product: 2, matrix: 3, power: 4, primary: 5 } as const;
type Level = (typeof level)[keyof typeof level];

type Named = Extract<Expression, { kind: "name" }>;

interface Notation {
  readonly name: (name: Named) => string;
  readonly times: string;
  readonly matrixTimes: string;
  readonly quotient: ((over: string, under: string) => string) | null;
  readonly power: (base: string, exponent: string) => string;
  readonly transposed: (of: string) => string;
  readonly parentheses: (inner: string) => string;
  readonly call: (name: string, inner: string) => string;
  readonly adds: string;
  readonly equals: string;
}

const TEXT: Notation = {
  name: ({ name }) => name,
  times: " * ",
  matrixTimes: " @ ",
  quotient: null,
  power: (base, exponent) => `${base}^${exponent}`,
  transposed: (of) => `${of}ᵀ`,
  parentheses: (inner) => `(${inner})`,
  call: (name, inner) => `${name}(${inner})`,
  adds: " += ",
  equals: " = ",
};

const KNOWN: Readonly<Record<string, string>> = { sigmoid: "\\sigma", where: "\\operatorname{where}" };
const STANDARD = new Set(["tanh", "exp", "log", "sin", "cos", "max", "min"]);

const LATEX: Notation = {
  name: latexName,
  times: " \\odot ",
  matrixTimes: " \\, ",
  quotient: (over, under) => `\\frac{${over}}{${under}}`,
  power: (base, exponent) => `${base}^{${exponent}}`,
  transposed: (of) => `{${of}}^{\\top}`,
  parentheses: (inner) => `\\left(${inner}\\right)`,
  call: (name, inner) =>
    `${STANDARD.has(name) ? `\\${name}` : (KNOWN[name] ?? `\\operatorname{${name.replaceAll("_", "\\_")}}`)}\\left(${inner}\\right)`,
  adds: " \\mathrel{+}= ",
  equals: " = ",
};

function levelOf(expression: Expression): Level {
  switch (expression.kind) {
    case "comparison":
      return level.comparison;
    case "sum":
      return level.sum;
    case "product":
    case "quotient":
      return level.product;
    case "matrix-product":
      return level.matrix;
    case "power":
      return level.power;
    case "number":
      return expression.value < 0 ? level.sum : level.primary;
    default:
      return level.primary;
  }
}

function print(expression: Expression, least: Level, notation: Notation): string {
  const text = printBare(expression, notation);
  return levelOf(expression) < least ? notation.parentheses(text) : text;
}

function printBare(expression: Expression, notation: Notation): string {
  const at = (least: Level, each: Expression): string => print(each, least, notation);
  switch (expression.kind) {
    case "name":
      return notation.name(expression);
    case "number":
      return String(expression.value);
    case "sum":
      return expression.terms
        .map(({ isNegative, value }, index) => {
          const sign = isNegative ? (index === 0 ? "-" : " - ") : index === 0 ? "" : " + ";
          return sign + at(level.product, value);
        })
        .join("");
    case "product":
      return expression.factors
        .map((factor, index) => at(index === 0 ? level.product : level.matrix, factor))
        .join(notation.times);
    case "quotient":
      return notation.quotient === null
        ? `${at(level.product, expression.over)} / ${at(level.matrix, expression.under)}`
        : notation.quotient(at(level.comparison, expression.over), at(level.comparison, expression.under));
    case "power":
      return notation.power(at(level.primary, expression.base), at(level.primary, expression.exponent));
    case "comparison":
      return `${at(level.sum, expression.left)} ${expression.sign} ${at(level.sum, expression.right)}`;
    case "matrix-product":
      return at(level.matrix, expression.left) + notation.matrixTimes + at(level.power, expression.right);
    case "transposed":
      return notation.transposed(at(level.primary, expression.of));
    case "slice":
      return `${at(level.primary, expression.of)}[${expression.from}:${expression.to}]`;
    case "call": {
      const inner = expression.arguments.map((each) => at(level.comparison, each));
      return notation.call(
        expression.function,
        [...inner, ...(expression.details === "" ? [] : [expression.details])].join(", "),
      );
    }
    default:
      return unreachable(expression, "notation");
  }
}

function side(
  equations: GradientEquations,
  { target, adds, value, place }: Equation,
  notation: Notation,
): readonly [string, string] {
  const { type } = equations.graph.node(value);
  const isWeight = equations.weights.has(target.startsWith(DELTA) ? target.slice(DELTA.length) : target);
  const isOnce = place === ONCE;
  const left = notation.name({ kind: "name", name: target, rank: type.axes.length, isWeight, isOnce });
  const right = print(expressionOf(equations.graph, value), level.comparison, notation);
  return [left, (adds ? notation.adds : notation.equals) + right];
}

/** The equations as text; other lines begin with `#`. */
export function equationsAsText(equations: GradientEquations): string {
  const lines = (list: readonly Equation[]): readonly string[] =>
    groupsOf(equations, list).flatMap(({ heading, members }) => [
      ...heading.map((line) => `# ${line}`),
      ...members.map((each) => side(equations, each, TEXT).join("")),
    ]);
  return [
    "# forward",
    ...lines(equations.forward),
    "",
    "# backward, from the last step to the first",
    ...notesOf(equations).map((note) => `# ${note}`),
    ...lines(equations.backward),
  ].join("\n");
}

/** The same as `aligned` blocks, with a sentence about the incoming gradients. */
export function equationsAsLatex(equations: GradientEquations): string {
  const blocks = (list: readonly Equation[]): readonly string[] =>
    groupsOf(equations, list).flatMap(({ heading, members }) => [
      ...heading.map((line) => `% ${line}`),
      "\\[",
      "\\begin{aligned}",
      members.map((each) => side(equations, each, LATEX).join(" &")).join(" \\\\\n"),
      "\\end{aligned}",
      "\\]",
    ]);
  return [
    "% forward",
    ...blocks(equations.forward),
    "% backward, from the last step to the first",
    ...notesOf(equations).map((note) => `% ${note}`),
    ...blocks(equations.backward),
  ].join("\n");
}

interface Group {
  /** One line, or none if all equations have one place. */
  readonly heading: readonly string[];
  readonly members: readonly Equation[];
}

function groupsOf({ forward, backward }: GradientEquations, list: readonly Equation[]): readonly Group[] {
  const isOne = new Set([...forward, ...backward].map(({ place }) => place)).size === 1;
  return placeGroups(list).map((members) => ({
    heading: isOne ? [] : members.slice(0, 1).map(({ place }) => headingOf(place)),
    members,
  }));
}

function headingOf(place: string): string {
  return place === ONCE ? "once" : `at each step of ${stepsName(place)}`;
}

/** `T.words` is the time of `words`. */
function stepsName(place: string): string {
  return place.replace(/^T\./, "");
}

function notesOf({ starts, loss, lossPlace }: GradientEquations): readonly string[] {
  const what = lossPlace === ONCE ? "of an example" : "at this step";
  const mean = lossPlace === ONCE ? "examples" : "steps and examples";
  const line = `${loss} is the loss ${what}; the loss is its mean over ${mean}, and so is each gradient of a weight`;
  return [...(loss === null ? [] : [line]), ...starts.map(startText)];
}

function startText({ target, from }: Start): string {
  return `${target} begins as ${from.join(" plus ")}`;
}
