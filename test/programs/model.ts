// Random models: sequences and single values through cells, stacks, both directions, shared wirings, reductions over time and functions.
import { argument, H, makeCell, TOKENS, type Cell } from "./cell.ts";
import { Choices } from "./choices.ts";
import { combined, expression, type Scope } from "./expression.ts";
import { Names, named, type Value } from "./scope.ts";
import type { Name, Style, Text } from "./style.ts";

export interface Input {
  readonly name: Name;
  readonly shape: readonly number[];
  readonly time: "x" | "other" | null;
  readonly tokens: number | null;
}

export interface RandomProgram {
  readonly cells: readonly Cell[];
  readonly inputs: readonly Input[];
  readonly target: Input;
  /** Whether `step` can give what `run` gives: `either` where another sequence is read, which a stream may refuse. */
  readonly streams: boolean | "either";
  /** Whether something is reduced or summed along the time that is stepped. */
  readonly reduces: boolean;
  /** The model first, or the cell of this index. */
  readonly text: (style: Style, first?: number) => string;
}

/** Along the time of a sequence, without a result at each step. */
const REDUCTIONS = ["last($1)", "mean($1)", "sum($1)", "max($1)", "min($1)"] as const;

/** Of numbers, in place of the squared error: what is predicted may be far off, and has the shape of the target, or of a mixture of its shape. */
const LOSSES = ["by absolute", "by huber(0.4)", "by gaussian(0.7)", "by mixture(2)"] as const;

export function makeProgram(numbers: readonly number[]): RandomProgram {
  const choices = new Choices(numbers);
  let id = 0;
  const next = (): number => (id += 1);
  const cells: Cell[] = [];
  for (let count = 1 + choices.below(3); count > 0; count--)
    cells.push(makeCell(choices, next, cells, choices.chance(60) || cells.length === 0));
  return makeModel(choices, next, cells);
}

function makeModel(choices: Choices, next: () => number, cells: readonly Cell[]): RandomProgram {
  const names = new Names(choices, next);
  const input = (expected: string, shape: readonly number[], time: Input["time"], tokens: number | null): Input => ({
    name: names.make(expected),
    shape,
    time,
    tokens,
  });
  const inputs = [
    input("x", [2], "x", null),
    input("z", [H], "x", null),
    ...(choices.chance(40) ? [input("k", [], "x", TOKENS)] : []),
    ...(choices.chance(30) ? [input("v", [H], null, null)] : []),
    ...(choices.chance(25) ? [input("s", [2], "other", null)] : []),
  ];
  const isSequence = !choices.chance(40);
  const target = input("target", choices.pick<readonly number[]>([[2], []]), isSequence ? "x" : null, null);
  const declarations: Text[] = [
    ...inputs.map(
      (each): Text =>
        (style) =>
          `input ${style.name(each.name)}: ${typeOf(each)}`,
    ),
    (style) => `target ${style.name(target.name)}: ${typeOf(target)}`,
  ];
  const given = inputs.map((each): Value => ({
    text: named(each.name),
    shape: each.shape,
    ...(each.time === null ? {} : { time: each.time }),
    ...(each.tokens === null ? { isPositive: true } : { tokens: each.tokens }),
    isName: each.tokens === null && each.time !== null,
  }));
  // Sequences that are used together at a step have one length: another one is read as a memory, or reduced.
  const values = given.filter((each) => each.time !== "other");
  const other = given.find((each) => each.time === "other");
  const equations: Text[] = [];
  const parts: Parts = { cells, wirings: [], other };
  const scope: Scope = { choices, values, size: String, more: (...request) => modelForms(parts, ...request) };
  for (let count = 1 + choices.below(4); count > 0; count--) {
    if (choices.chance(25)) {
      const cell = choices.any(cells.filter((each) => each.memory === null && !each.takesToken));
      if (cell !== undefined) {
        const name = names.make("shared");
        equations.push((style) => `${style.name(name)} = ${cell.name}(${H})`);
        parts.wirings.push({ name, cell });
        continue;
      }
    }
    const made = definition(scope, parts);
    const name = names.make();
    equations.push((style) => `${style.name(name)} = ${made.value.text(style)}`);
    values.push({ ...made.value, text: named(name), isName: made.value.time !== undefined });
    for (const member of made.cell === null ? [] : choices.chance(40) ? made.cell.members : []) {
      values.push({
        ...made.value,
        shape: member.shape,
        text: (style) => `${style.name(name)}.${style.name(member.name)}`,
        isName: false,
      });
    }
  }
  const from = isSequence ? sequence(scope, [H]) : single(scope, [H]);
  const latest = values.findLast(
    (each) => each.tokens === undefined && each.shape.length === 1 && (isSequence || each.time === undefined),
  );
  const loss = choices.chance(40) ? choices.pick(LOSSES) : "";
  const predictedShape = loss === "by mixture(2)" ? [2, 2 * (target.shape[0] ?? 1) + 1] : target.shape;
  const out = `[${predictedShape.join(", ")}]`;
  // Sequences of one length, whatever reads them: a stream refuses several.
  const running = given.filter((each) => each.time === "x");
  const tied = (style: Style): string =>
    running.map((each) => (each.tokens === undefined ? each.text(style) : `onehot(${each.text(style)})`)).join(", ");
  const nothing: Text = (style) => `0 * ${isSequence ? "" : "first"}(sum(concat(${tied(style)}), axis = -1))`;
  const predicted = combined(`linear($1, $2, out = ${out})`, [from, latest ?? from], predictedShape);
  equations.push(
    (style) => `predict ${style.name(target.name)} from ${predicted.text(style)} + ${nothing(style)} ${loss}`,
  );
  const readsOther = inputs.some((each) => each.time === "other");
  return {
    cells,
    inputs,
    target,
    streams: readsOther ? "either" : predicted.isWhole !== true,
    reduces: predicted.isReduced === true || !isSequence,
    text: (style, first) => bodies(style, cells, [...declarations, ...style.order(equations)], first),
  };
}

function bodies(style: Style, cells: readonly Cell[], lines: readonly Text[], first: number | undefined): string {
  const model = `model M {\n${lines.map((line) => `  ${line(style)}\n`).join("")}}\n`;
  const texts = cells.map((cell) => cell.text(style));
  const chosen = first === undefined ? undefined : texts[first];
  return chosen === undefined
    ? [model, ...texts].join("\n")
    : [chosen, ...texts.filter((each) => each !== chosen)].join("\n");
}

function typeOf({ shape, time, tokens }: Input): string {
  const inner = tokens === null ? `[${shape.join(", ")}]` : `token[${tokens}]`;
  return time === null ? inner : `seq ${inner}`;
}

interface Parts {
  readonly cells: readonly Cell[];
  /** Cells with a name, all applications of which share their weights. */
  readonly wirings: { readonly name: Name; readonly cell: Cell }[];
  /** A sequence of another time. */
  readonly other: Value | undefined;
}

/** What an equation of a model defines: the application of a cell, whose parts are there as well, or something else. */
function definition(scope: Scope, parts: Parts): { readonly value: Value; readonly cell: Cell | null } {
  const { choices } = scope;
  const shape = choices.pick<readonly number[]>([[H], [], [2]]);
  if (choices.chance(30)) return { value: single(scope, shape), cell: null };
  const cell = choices.any(parts.cells);
  const value = cell === undefined || choices.chance(30) ? undefined : applied(scope, cell, parts.other);
  return value === undefined ? { value: sequence(scope, shape), cell: null } : { value, cell: cell ?? null };
}

/** A sequence along the time of `x`. */
function sequence(scope: Scope, shape: readonly number[]): Value {
  const value = expression(scope, shape, 2);
  if (value.time === "x") return value;
  const x = scope.values.find((each) => each.time === "x" && each.tokens === undefined) ?? value;
  return combined("0 * sum($1, axis = -1) + $2", [x, value], shape);
}

/** One value for each example. */
function single(scope: Scope, shape: readonly number[]): Value {
  const value = expression(scope, shape, 2);
  return value.time === undefined ? value : reduced(scope, value);
}

function reduced(scope: Scope, value: Value): Value {
  if (scope.choices.chance(20)) return without(combined("first($1)", [value], value.shape));
  const result = without(combined(scope.choices.pick(REDUCTIONS), [value], value.shape));
  return value.time === "x" ? { ...result, isReduced: true } : result;
}

/** One value for each example. */
function without(value: Value): Value {
  return { text: value.text, shape: value.shape, isWhole: value.isWhole === true, isReduced: value.isReduced === true };
}

/** A cell on a sequence, with a token and a memory where it takes them; undefined where there are none. */
function applied(scope: Scope, cell: Cell, other: Value | undefined): Value | undefined {
  const { choices } = scope;
  const x = argument(cell, sequence(scope, [cell.width]));
  const token = scope.values.find((each) => each.tokens !== undefined);
  if (cell.takesToken && token === undefined) return undefined;
  const isMemory = (each: Value): boolean =>
    each.time !== undefined && each.tokens === undefined && each.shape.join() === `${cell.memory}`;
  const memory =
    cell.memory === null
      ? undefined
      : choices.any([...(other === undefined ? [] : [other]), ...scope.values].filter(isMemory));
  if (cell.memory !== null && memory === undefined) return undefined;
  const inputs = [x, ...(cell.takesToken && token !== undefined ? [token] : [])];
  const call = inputs.map((_, index) => `$${index + 1}`).join(", ");
  const value = combined(`${cell.name}(${H})(${call}`, inputs, cell.output);
  const more: Text = (style) =>
    memory === undefined ? "" : `, ${style.name(cell.memoryName)} = ${memory.text(style)}`;
  const isWhole = value.isWhole === true || memory?.isWhole === true || memory?.time === "x";
  return { ...value, isWhole, text: (style) => `${value.text(style)}${more(style)})` };
}

function modelForms(
  { cells, wirings, other }: Parts,
  scope: Scope,
  shape: readonly number[],
  depth: number,
): readonly (() => Value | undefined)[] {
  const { choices, values } = scope;
  const along = (template: string, value: Value, more: Partial<Value> = {}): Value => ({
    ...combined(template, [value], shape),
    ...more,
  });
  const inner = (of: readonly number[] = shape): Value => ({ ...expression(scope, of, depth - 1) });
  const running = (of: readonly number[]): Value | undefined => {
    const value = inner(of);
    return value.time === "x" ? value : undefined;
  };
  const forms: (() => Value | undefined)[] = [
    () => {
      const name = choices.any(
        values.filter((each) => each.isName === true && each.time !== undefined && each.shape.join() === shape.join()),
      );
      return name === undefined ? undefined : combined(choices.pick(["$1[t-1]", "$1[t-2]"]), [name], shape);
    },
    () => {
      const value = running(shape);
      return value === undefined
        ? undefined
        : along(choices.pick(["cumsum($1, axis = time)", "cumprod(0.7 + 0.2 * tanh($1), axis = time)"]), value);
    },
    () => {
      const value = running(shape);
      return value === undefined ? undefined : reduced(scope, value);
    },
    () => {
      if (other === undefined || shape.join() !== other.shape.join()) return undefined;
      return without(combined(choices.pick(["last(tanh($1))", "mean($1)", "max($1)", "first($1)"]), [other], shape));
    },
    () => {
      const value = running(shape);
      return value === undefined || shape.length > 1
        ? undefined
        : along("softmax($1, axis = time)", value, { isWhole: true });
    },
  ];
  if (shape.join() !== `${H}`) return forms;
  const plain = cells.filter((each) => each.memory === null && !each.takesToken);
  // A second layer reads what the first gives, which may be below 0.
  const stackable = plain.filter((each) => each.width === H && !each.needsPositive);
  const through =
    (list: readonly Cell[], template: (cell: string) => string, more: Partial<Value> = {}) =>
    (): Value | undefined => {
      const cell = choices.any(list);
      const value = cell === undefined ? undefined : running([cell.width]);
      if (cell === undefined || value === undefined) return undefined;
      return along(template(`${cell.name}(${H})`), argument(cell, value), more);
    };
  return [
    ...forms,
    through(plain, (cell) => `${cell}($1)`),
    through(stackable, (cell) => `stack(${cell}, 2)($1)`),
    through(stackable, (cell) => `stack(${cell}, 2, shared = true)($1)`),
    through(plain, (cell) => `reverse(${cell})($1)`, { isWhole: true }),
    through(plain, (cell) => `linear(bidirectional(${cell})($1), out = ${H})`, { isWhole: true }),
    () => {
      const wiring = choices.any(wirings);
      const value = wiring === undefined ? undefined : running([wiring.cell.width]);
      if (wiring === undefined || value === undefined) return undefined;
      const given = argument(wiring.cell, value);
      return { ...along("$1", given), text: (style) => `${style.name(wiring.name)}(${given.text(style)})` };
    },
  ];
}
