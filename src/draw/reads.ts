// Which names an expression reads, and how: now, some steps ago, or over all of time.
import type { Expression } from "../lang/ast.ts";

export interface Read {
  readonly name: string;
  /** `h.c` has the member `c`. */
  readonly members: readonly string[];
  /** How many steps ago; negative looks ahead. */
  readonly delay: number;
  /** The whole sequence at once, as `last(h)` reads h. */
  readonly isWhole: boolean;
}

const REDUCTIONS = new Set(["last", "first", "mean", "sum", "max", "min"]);

/** Numbers by name: a definition's parameters where they are known. */
export type Numbers = ReadonlyMap<string, number>;

/** The number that an expression of constants is; undefined where it is not known. */
export function numberOf(expression: Expression, numbers: Numbers): number | undefined {
  if (expression.kind === "number") return expression.value;
  if (expression.kind === "name") return numbers.get(expression.name);
  if (expression.kind !== "binary") return undefined;
  const [left, right] = [numberOf(expression.left, numbers), numberOf(expression.right, numbers)];
  if (left === undefined || right === undefined) return undefined;
  switch (expression.operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    default:
      return undefined;
  }
}

/** The parts that an expression is made of, its callee first. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "string":
    case "name":
      return [];
    case "member":
    case "delay":
    case "element":
    case "slice":
      return [expression.object];
    case "call":
      return [expression.callee, ...expression.arguments.map(({ value }) => value)];
    case "list":
      return expression.items;
    case "negate":
      return [expression.operand];
    case "binary":
    case "pipe":
      return [expression.left, expression.right];
  }
}

/** Every name read, in order. `nameOf` gives a part that is drawn by itself a name, under which it is read. */
export function readsOf(
  expression: Expression,
  numbers: Numbers,
  nameOf: (part: Expression) => string | null = () => null,
): readonly Read[] {
  const walk = (part: Expression, isWhole: boolean): readonly Read[] => {
    const own = nameOf(part);
    if (own !== null) return [{ name: own, members: [], delay: 0, isWhole }];
    if (part.kind === "delay") {
      const steps = part.steps === null ? 0 : (numberOf(part.steps, numbers) ?? 1);
      return walk(part.object, isWhole).map((read) => ({ ...read, delay: part.sign === "+" ? -steps : steps }));
    }
    const path = pathOf(part);
    if (path !== null) return [{ name: path[0] ?? "", members: path.slice(1), delay: 0, isWhole }];
    if (part.kind === "call" && part.callee.kind === "name") {
      const isReduction = REDUCTIONS.has(part.callee.name) && part.arguments.length === 1;
      return part.arguments.flatMap(({ value }) => walk(value, isWhole || isReduction));
    }
    if (part.kind === "pipe" && part.right.kind === "name")
      return walk(part.left, isWhole || REDUCTIONS.has(part.right.name));
    return partsOf(part).flatMap((each) => walk(each, isWhole));
  };
  return walk(expression, false);
}

/** `["h", "c"]` for `h.c`; null for anything that is no name. */
export function pathOf(expression: Expression): readonly string[] | null {
  if (expression.kind === "name") return [expression.name];
  if (expression.kind !== "member") return null;
  const object = pathOf(expression.object);
  return object === null ? null : [...object, expression.member.name];
}

/** Whether an expression brings weights of its own. */
export function hasWeights(expression: Expression): boolean {
  const isOwn =
    expression.kind === "call" &&
    expression.callee.kind === "name" &&
    ["linear", "embed"].includes(expression.callee.name);
  return isOwn || partsOf(expression).some(hasWeights);
}
