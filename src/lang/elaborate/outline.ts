// The outline of a program: which nodes of its graph belong to which body (the model, or one application of a cell), and under which name.
// It is made while bodies are elaborated, so that pictures need not read the language again.
import { shortPath } from "../../graph/border.ts";
import { printDim, type Dim } from "../../shape/dim.ts";
import type { Definition, Expression, Statement, TypeExpression } from "../ast.ts";
import type { Application, Part } from "./application.ts";
import { outputsOf } from "./body.ts";
import type { Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import { cellText, type GivenCell, type NodeValue } from "./value.ts";

export type Outline = readonly Body[];

/** A model, or one application of a cell. Bodies inside it come before it. */
export interface Body {
  /** The path of its states, which no other body has: `h.layer0`; `""` for a model. */
  readonly path: string;
  /** The path of the body that applies it; null for the outermost one. */
  readonly parent: string | null;
  readonly definition: Definition;
  /** `LSTM(H)`. */
  readonly title: string;
  /** The layers and directions of its wiring that lead to it, the outermost first. */
  readonly parts: readonly Part[];
  /** Owner of its weights; applications that share them have the same. */
  readonly owner: string;
  /** Whether it runs from the last step to the first. */
  readonly isReverse: boolean;
  /** The time that it runs along, as `T.words`; null for a model. */
  readonly time: string | null;
  /** Values of its parameters: numbers, sizes, cells. */
  readonly numbers: ReadonlyMap<string, string>;
  readonly quantities: readonly Quantity[];
  /** What it is applied to, by node: the expression that the user wrote. */
  readonly operands: ReadonlyMap<string, Expression>;
  /** Nodes of what it carries from step to step. */
  readonly ports: readonly string[];
}

/** Something in a body that has a node. */
export interface Quantity {
  readonly kind: "input" | "target" | "memory" | "param" | "equation" | "predict" | "minimize";
  /** Several where an equation gives several. */
  readonly names: readonly string[];
  /** One for each name. */
  readonly nodes: readonly string[];
  /** Of an equation its right side; of `predict` and `minimize` what is predicted from and minimized. */
  readonly expression: Expression | null;
  readonly type: TypeExpression | null;
  /** Of a state's equation, what the state begins with: null where that is 0. */
  readonly state: { readonly initial: Expression | null } | null;
  /** Whether the cell gives it to who applies it. */
  readonly isOutput: boolean;
  /** Of `predict text[t+1]`: 1. */
  readonly ahead: number;
}

/** The name of a quantity for users, as `show` takes it: `h.layer0.f` in a model, `f` in a cell that is compiled by itself. */
export function shownQuantity({ path }: Pick<Body, "path">, name: string): string {
  return shortPath(path === "" ? name : `${path}.${name}`);
}

/** How a body came to be applied; of the outermost one, nothing. */
export interface Placed {
  readonly parent: string | null;
  readonly title: string;
  readonly parts: readonly Part[];
  readonly isReverse: boolean;
  readonly time: Dim | null;
  readonly application: Application | null;
}

/** As a body is being elaborated: sizes may be open, and ids are those of the builder. */
export interface BodyDraft extends Omit<Body, "time" | "numbers"> {
  readonly time: Dim | null;
  readonly statics: ReadonlyMap<string, Dim>;
  readonly cells: ReadonlyMap<string, GivenCell>;
}

type Equation = Extract<Statement, { kind: "equation" }>;
type State = Extract<Statement, { kind: "state" }>;

/** Notes a body whose equations have been evaluated. */
export function noteBody(frame: Frame, placed: Placed, goals: readonly Quantity[] = []): void {
  const { definition, statePrefix, owner } = frame;
  const { application, ...rest } = placed;
  const equations: Equations = {
    values: frame.equations.quantities(),
    states: statesOf(definition),
    outputs: new Set(frame.isCell ? outputsOf(definition).map(({ name }) => name) : []),
  };
  frame.context.outline.push({
    ...rest,
    path: statePrefix.slice(0, -1),
    definition,
    owner,
    statics: frame.statics(),
    cells: frame.cells,
    quantities: [...definition.body.flatMap((statement) => quantitiesOf(frame, equations, statement)), ...goals],
    operands: operandsOf(application),
    ports: frame.states.ports(),
  });
}

function operandsOf(application: Application | null): ReadonlyMap<string, Expression> {
  const passed = application === null ? [] : [...application.positional, ...application.named.values()];
  return new Map(
    passed.flatMap(({ value, expression }) =>
      value.kind === "node" && expression !== undefined ? [[value.id, expression] as const] : [],
    ),
  );
}

/** Made once for a body, which may have many thousand equations. */
interface Equations {
  readonly values: ReadonlyMap<string, NodeValue>;
  /** The declaration of each state, by its name. */
  readonly states: ReadonlyMap<string, State>;
  /** What a cell gives; of a model nothing. */
  readonly outputs: ReadonlySet<string>;
}

function statesOf({ body }: Definition): ReadonlyMap<string, State> {
  return new Map(
    body.flatMap((statement) =>
      statement.kind === "state" ? statement.names.map(({ name }) => [name, statement] as const) : [],
    ),
  );
}

function quantitiesOf(frame: Frame, equations: Equations, statement: Statement): readonly Quantity[] {
  switch (statement.kind) {
    case "input":
    case "target":
    case "memory":
    case "param":
      return statement.names.flatMap(({ name }) => {
        const value = frame.bound(name);
        if (value?.kind !== "node") return [];
        return [{ ...quantity(statement.kind, [name], [value.id]), type: statement.type }];
      });
    case "equation":
      return equationOf(equations, statement);
    default:
      return [];
  }
}

function equationOf({ values, states, outputs }: Equations, { names, value }: Equation): readonly Quantity[] {
  const known = names.flatMap(({ name }) => {
    const node = values.get(name);
    return node === undefined ? [] : [{ name, id: node.id }];
  });
  if (known.length === 0) return [];
  const state = known.flatMap(({ name }) => states.get(name) ?? [])[0];
  const made = quantity(
    "equation",
    known.map(({ name }) => name),
    known.map(({ id }) => id),
  );
  const initial = state === undefined ? null : { initial: state.initial };
  return [{ ...made, expression: value, state: initial, isOutput: made.names.some((name) => outputs.has(name)) }];
}

/** A quantity of which nothing is known but its nodes. */
export function quantity(kind: Quantity["kind"], names: readonly string[], nodes: readonly string[]): Quantity {
  return { kind, names, nodes, expression: null, type: null, state: null, isOutput: false, ahead: 0 };
}

/** The outline with the ids of the finished graph; what that has no node for is left out. */
export function finishOutline({ outline, unifier }: Elaboration, ids: ReadonlyMap<string, string>): Outline {
  return outline.map(({ statics, cells, time, ...body }) => ({
    ...body,
    time: time === null ? null : printDim(unifier.resolve(time)),
    numbers: new Map([
      ...[...statics].map(([name, value]) => [name, printDim(unifier.resolve(value))] as const),
      ...[...cells].map(([name, cell]) => [name, cellText(cell)] as const),
    ]),
    quantities: body.quantities.flatMap((each) => finished(each, ids)),
    operands: new Map(
      [...body.operands].flatMap(([id, expression]) => {
        const final = ids.get(id);
        return final === undefined ? [] : [[final, expression] as const];
      }),
    ),
    ports: body.ports.flatMap((port) => ids.get(port) ?? []),
  }));
}

function finished(each: Quantity, ids: ReadonlyMap<string, string>): readonly Quantity[] {
  const known = each.names.flatMap((name, index) => {
    const id = ids.get(each.nodes[index] ?? "");
    return id === undefined ? [] : [{ name, id }];
  });
  if (known.length === 0) return [];
  return [{ ...each, names: known.map(({ name }) => name), nodes: known.map(({ id }) => id) }];
}
