// What a wiring is applied to and where, and which value goes to which input of a cell.
import type { Span } from "../../base/source.ts";
import type { Definition, Expression } from "../ast.ts";
import { memoryNames } from "../memory-names.ts";
import { extraArgument, missingArgument } from "../messages.ts";
import { argumentTwice } from "../messages-statements.ts";
import { statesOf } from "./body.ts";
import type { Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import type { Value } from "./value.ts";

/** What a wiring is applied to. `positional` are inputs; states and memories come by name. */
export interface Application {
  readonly positional: readonly Passed[];
  readonly named: ReadonlyMap<string, Passed>;
  /** States and memories of which each layer of a `stack` has its own: `h = [a, b]`. */
  readonly layered?: ReadonlyMap<string, LayeredPassed> | undefined;
  /** `states = enc`: the result of cells whose last states are the first ones here. */
  readonly handed?: Passed | undefined;
  readonly span: Span;
}

export interface LayeredPassed {
  readonly layers: readonly Passed[];
  readonly span: Span;
}

/** What one layer of a stack is applied to. */
export function ofLayer({ layered, named, ...application }: Application, index: number): Application {
  const own = [...(layered ?? [])].flatMap(([name, { layers }]) => {
    const passed = layers[index];
    return passed === undefined ? [] : [[name, passed] as const];
  });
  return { ...application, named: new Map([...named, ...own]) };
}

export interface Passed {
  readonly value: Value;
  readonly span: Span;
  /** The place of its name, if it was passed by name. */
  readonly nameSpan?: Span;
  /** What the user wrote, if it was the user. */
  readonly expression?: Expression;
}

/** A layer of a stack, or a direction of a bidirectional wiring. */
export type Part =
  | { readonly kind: "layer"; readonly index: number; readonly count: number }
  | { readonly kind: "forward" | "backward" };

/**
 * Where a wiring is applied. `path` leads to its weights, and `owner` owns them; they may be shared. `statePath` leads to its states, which
 * are never shared. `parts` are the layers and directions that lead there within the wiring. `isReverse` says that time runs from right to left.
 */
export interface Place {
  readonly context: Elaboration;
  readonly caller: Frame;
  readonly path: string;
  readonly owner: string;
  readonly statePath: string;
  readonly parts: readonly Part[];
  readonly isReverse: boolean;
}

/** Which value goes to which input of the cell. Every input must be given, and nothing but inputs, states and memories. */
export function matchInputs(
  context: Elaboration,
  definition: Definition,
  application: Application,
): ReadonlyMap<string, Passed> | undefined {
  const inputs = definition.body.flatMap((statement) =>
    statement.kind === "input" ? statement.names.map((name) => name.name) : [],
  );
  const others = [...memoryNames(definition), ...statesOf(definition).map((state) => state.name.name)];
  const of = `\`${definition.name.name}\``;
  const found = new Map<string, Passed>();
  let isRight = true;
  application.positional.forEach((passed, index) => {
    const name = inputs[index];
    if (name !== undefined) found.set(name, passed);
    else {
      context.report(extraArgument(`number ${index + 1}`, of, passed.span, inputs));
      isRight = false;
    }
  });
  for (const [name, passed] of application.named) {
    const before = found.get(name);
    if (before !== undefined) {
      context.report(argumentTwice(name, passed.nameSpan ?? passed.span, before.span));
      isRight = false;
    } else if (inputs.includes(name)) found.set(name, passed);
    else if (!others.includes(name)) {
      context.report(extraArgument(`\`${name}\``, of, passed.nameSpan ?? passed.span, [...inputs, ...others]));
      isRight = false;
    }
  }
  for (const name of [...inputs, ...memoryNames(definition)]) {
    if (found.has(name) || application.named.has(name) || !isRight) continue;
    context.report(missingArgument(name, of, application.span));
    isRight = false;
  }
  return isRight ? found : undefined;
}
