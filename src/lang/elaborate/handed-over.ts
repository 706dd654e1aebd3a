// `states = enc`: each layer, direction and cell begins with the last states of its counterpart in `enc`, which has the same states.
import { spanText, type Span } from "../../base/source.ts";
import type { Definition } from "../ast.ts";
import {
  handedLayers,
  handedNested,
  handedNothing,
  handedOther,
  handedStates,
  handedTwice,
} from "../messages-handed.ts";
import type { Application, Passed, Place } from "./application.ts";
import { statesOf } from "./body.ts";
import type { Elaboration } from "./context.ts";
import { endStep } from "./end-step.ts";
import type { Carries, Value, Wiring } from "./value.ts";

/** Whether `states` is what is handed over, and not the name of an input, a state or a memory of a cell. */
export function takesStates(wiring: Wiring): boolean {
  if (wiring.kind === "stack") return wiring.layers.every(takesStates);
  if (wiring.kind !== "cell") return takesStates(wiring.inner);
  return !namesOf(wiring.definition).includes("states");
}

function namesOf({ body }: Definition): readonly string[] {
  return body.flatMap((statement) =>
    statement.kind === "input" || statement.kind === "state" || statement.kind === "memory"
      ? statement.names.map(({ name }) => name)
      : [],
  );
}

/** What is handed to each layer of a stack; undefined if it has been reported. */
export function handedToLayers(context: Elaboration, handed: Passed, count: number): readonly Passed[] | undefined {
  const carries = carriedBy(context, handed, "stack");
  if (carries?.kind !== "stack") return undefined;
  const { length } = carries.layers;
  if (length === count) return carries.layers.map((value) => ({ ...handed, value }));
  context.report(handedLayers(textOf(handed), length, count, handed.span));
  return undefined;
}

/** What is handed to both directions; undefined if it has been reported. */
export function handedToDirections(
  context: Elaboration,
  handed: Passed,
): { readonly forward: Passed; readonly backward: Passed } | undefined {
  const carries = carriedBy(context, handed, "bidirectional");
  if (carries?.kind !== "bidirectional") return undefined;
  return { forward: { ...handed, value: carries.forward }, backward: { ...handed, value: carries.backward } };
}

/** A cell's application with the states that are handed to it by their names; undefined if it has been reported. */
export function withHanded(
  { context, statePath }: Place,
  { definition }: Extract<Wiring, { kind: "cell" }>,
  { handed, ...application }: Application,
): Application | undefined {
  if (handed === undefined) return application;
  const carries = carriedBy(context, handed, "cell");
  if (carries?.kind !== "cell") return undefined;
  const needed = statesOf(definition).map(({ name }) => name.name);
  const given = [...carries.states.keys()];
  const isSame = needed.length > 0 && needed.length === given.length && needed.every((name) => given.includes(name));
  const twice = application.named.get(needed.find((name) => application.named.has(name)) ?? "");
  if (!isSame)
    context.report(
      handedStates(
        { title: carries.title, states: given },
        { title: definition.name.name, states: needed },
        handed.span,
      ),
    );
  else if (twice !== undefined) context.report(handedTwice(twice.nameSpan ?? twice.span, handed.span));
  else if (carries.isNested) context.report(handedNested(carries.title, handed.span));
  else
    return {
      ...application,
      named: new Map([...application.named, ...lastStates(context, carries, statePath, handed.span)]),
    };
  return undefined;
}

function lastStates(
  context: Elaboration,
  { states, isReverse }: Extract<Carries, { kind: "cell" }>,
  statePath: string,
  span: Span,
): readonly (readonly [string, Passed])[] {
  return [...states].map(([name, value]) => {
    const id = endStep(context, value.id, isReverse ? "first" : "last", { name: `${statePath}.${name}.last`, span });
    return [name, { value: context.node(id, value.origin.span, value.origin.reason), span }];
  });
}

/** A cell that got its states, but applies others that carry states of their own. */
export function refuseNested(context: Elaboration, { handed }: Application, result: Value): Value {
  const carries = result.kind === "node" ? result.carries : undefined;
  if (handed === undefined || carries?.kind !== "cell" || !carries.isNested) return result;
  return context.report(handedNested(carries.title, handed.span));
}

/** What the value carries, if it is of this kind. */
function carriedBy(context: Elaboration, handed: Passed, kind: Carries["kind"]): Carries | undefined {
  const { value } = handed;
  const carries = value.kind === "node" ? value.carries : undefined;
  if (carries === undefined) context.report(handedNothing(textOf(handed), handed.span));
  else if (carries.kind !== kind) context.report(handedOther(textOf(handed), carries.kind, kind, handed.span));
  return carries?.kind === kind ? carries : undefined;
}

function textOf({ span }: Passed): string {
  return spanText(span);
}
