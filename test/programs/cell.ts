// Random cells. Each has an input `x`, may have a token, a memory and states of any shape; its equations read delayed states and inputs,
// params, its own other equations, and cells made before it.
import { Choices } from "./choices.ts";
import { combined, expression, positive, type Scope } from "./expression.ts";
import { Names, named, written, type Value } from "./scope.ts";
import type { Name, Style, Text } from "./style.ts";

/** The size that a cell calls `H`. No other size is 3. */
export const H = 3;
export const TOKENS = 4;

export interface Cell {
  readonly name: string;
  /** Of the input `x`. */
  readonly width: number;
  readonly takesToken: boolean;
  /** Of a step of the memory, where it has one. */
  readonly memory: number | null;
  readonly memoryName: Name;
  /** Whether it is finite only where its input is above 0. */
  readonly needsPositive: boolean;
  readonly output: readonly number[];
  readonly members: readonly { readonly name: Name; readonly shape: readonly number[] }[];
  readonly states: readonly { readonly name: Name; readonly shape: readonly number[] }[];
  readonly text: (style: Style) => string;
}

const INITIAL = ["", " = 0.5", " = param ~ normal(0.3)"] as const;
/** Of a param, by its rank, as a scalar. */
const SUMS = ["$1", "sum($1)", "sum(sum($1))"] as const;
const INITS = ["normal(0.5)", "uniform(-1, 1)", "constant(0.4)"] as const;

export function size(of: number): string {
  return of === H ? "H" : `${of}`;
}

function type(shape: readonly number[]): string {
  return `[${shape.map(size).join(", ")}]`;
}

/** Makes a cell; a `square` one takes and gives vectors of `H`, so that it can be stacked. */
export function makeCell(choices: Choices, next: () => number, before: readonly Cell[], square: boolean): Cell {
  const names = new Names(choices, next);
  const name = `C${before.length}`;
  const width = square ? H : 2;
  const x = names.make("x");
  const token = choices.chance(30) && !square ? names.make("k") : null;
  const hasMemory = choices.chance(15) && !square;
  const memoryName = names.make("memory");
  const shapes: readonly (readonly [readonly number[], ...(readonly number[])[]])[] = [
    [[H]],
    [[H], []],
    [[H], [H, 2]],
    [[H], [TOKENS, H]],
    [[H], [2]],
  ];
  const states = (shapes[choices.below(shapes.length)] ?? [[H]]).map((shape) => ({ name: names.make(), shape }));
  const params = Array.from({ length: choices.below(3) }, () => ({
    name: names.make(),
    shape: choices.pick<readonly number[]>([[H], [H, H], [TOKENS, H], []]),
  }));
  const declarations: Text[] = [
    (style) => `input ${style.name(x)}: ${type([width])}`,
    ...(token === null ? [] : [(style: Style) => `input ${style.name(token)}: token[${TOKENS}]`]),
    ...(hasMemory ? [(style: Style) => `memory ${style.name(memoryName)}: seq [2]`] : []),
  ];
  for (const state of states) {
    const initial = choices.pick(INITIAL);
    declarations.push((style) => `state ${style.name(state.name)}: ${type(state.shape)}${initial}`);
  }
  for (const param of params) {
    const init = choices.pick(INITS);
    declarations.push((style) => `param ${style.name(param.name)}: ${type(param.shape)} ~ ${init}`);
  }
  const values: Value[] = [
    { text: named(x), shape: [width], isPositive: true, isName: true },
    { text: written("$1[t-1]", { text: named(x) }), shape: [width] },
    ...states.map((state): Value => ({ text: written("$1[t-1]", { text: named(state.name) }), shape: state.shape })),
    ...params.map((param): Value => ({ text: named(param.name), shape: param.shape })),
    ...(token === null ? [] : [{ text: named(token), shape: [], tokens: TOKENS }]),
    { text: () => "sin(t)", shape: [] },
  ];
  let needsPositive = false;
  const note = (): void => {
    needsPositive = true;
  };
  const scope: Scope = {
    choices,
    values,
    size,
    needsPositive: note,
    more: (...given) => cellForms(before, memory, ...given),
  };
  const memory = hasMemory ? memoryName : null;
  const members: { name: Name; shape: readonly number[] }[] = [...states];
  const equations: Text[] = [];
  const equation = (defined: Name, text: Text): void => {
    equations.push((style) => `${style.name(defined)} = ${text(style)}`);
  };
  if (choices.chance(25)) {
    const delayed = names.make();
    equation(delayed, written(`tanh(linear($1, out = ${size(H)}))`, { text: named(x) }));
    values.push({ text: written("($1 + $1[t-1] * $1[t-2])", { text: named(delayed) }), shape: [H] });
    members.push({ name: delayed, shape: [H] });
  }
  for (let count = choices.below(4); count > 0; count--) {
    const shape = choices.pick<readonly number[]>([[H], [], [2], [TOKENS, H]]);
    const value = expression(scope, shape, 2);
    const defined = names.make();
    equation(defined, value.text);
    values.push({ text: named(defined), shape });
    members.push({ name: defined, shape });
  }
  const [main = noState()] = states;
  for (const state of states) {
    const value = expression(scope, state.shape, 2);
    const update = choices.pick(["tanh($2)", "0.5 * $1[t-1] + tanh($2)", "0.9 * $1[t-1] + 0.1 * sin($2)"]);
    // Every param is read, or the compiler says that one is not.
    const weights = state === main ? params : [];
    const sums = weights.map((param) => written(SUMS[param.shape.length] ?? "$1", { text: named(param.name) }));
    const next = written(update, { text: named(state.name) }, value);
    equation(state.name, (style) => [next(style), ...sums.map((each) => `0.1 * ${each(style)}`)].join(" + "));
  }
  const output = choices.chance(50) ? names.make() : main.name;
  if (output !== main.name) {
    const value = expression(
      {
        ...scope,
        values: [...values, ...states.map((state): Value => ({ text: named(state.name), shape: state.shape }))],
      },
      [H],
      2,
    );
    equation(output, written("$1 + $2", value, { text: named(main.name) }));
    declarations.push((style) => `output ${style.name(output)}`);
  }
  return {
    name,
    width,
    takesToken: token !== null,
    memory: hasMemory ? 2 : null,
    memoryName,
    needsPositive,
    output: [H],
    members,
    states,
    text: (style) =>
      `cell ${name}(H) {\n${[...declarations, ...style.order(equations)]
        .map((line) => `  ${line(style)}\n`)
        .join("")}}\n`,
  };
}

/** What a cell can be applied to. */
export function argument(cell: Cell, value: Value): Value {
  return cell.needsPositive ? positive(value) : value;
}

function noState(): never {
  throw new Error("a cell without a state");
}

function cellForms(
  before: readonly Cell[],
  memory: Name | null,
  scope: Scope,
  shape: readonly number[],
  depth: number,
): readonly (() => Value | undefined)[] {
  const inner = (of: readonly number[]): Value => expression(scope, of, depth - 1);
  const forms: (() => Value | undefined)[] = [];
  if (shape.join() === `${H}`) {
    forms.push(() => {
      const cell = scope.choices.any(before.filter((each) => each.memory === null && !each.takesToken));
      if (cell === undefined) return undefined;
      // What is passed may be above 0 only because the own input is.
      if (cell.needsPositive) scope.needsPositive?.();
      return combined(`${cell.name}(H)($1)`, [argument(cell, inner([cell.width]))], shape);
    });
  }
  if (memory !== null && shape.join() === "2") {
    forms.push(() => combined("(softmax($1 @ $2) @ $1)", [{ text: named(memory), shape: [] }, inner([2])], shape));
    forms.push(() => combined("mean($1, axis = time)", [{ text: named(memory), shape: [] }], shape));
  }
  return forms;
}
