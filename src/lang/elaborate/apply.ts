// Applies a wiring: layer after layer, in both directions, from right to left, down to each cell.
import type { Diagnostic } from "../../base/diagnostic.ts";
import { ONE, printDim } from "../../shape/dim.ts";
import type { Axis } from "../../shape/type.ts";
import type { Expression } from "../ast.ts";
import { listWithoutStack, unlikeLayers } from "../messages-cells.ts";
import { unlikeSharedLayers } from "../messages-values.ts";
import { handedInside } from "../messages-handed.ts";
import { notAllowed } from "../messages.ts";
import { ofLayer, type Application, type LayeredPassed, type Part, type Passed, type Place } from "./application.ts";
import type { Call } from "./arguments.ts";
import { scanCell, stepCell } from "./apply-cell.ts";
import type { Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import { handedToDirections, handedToLayers, refuseNested, takesStates, withHanded } from "./handed-over.ts";
import { drop } from "./forms/dropout.ts";
import type { Frame } from "./frame.ts";
import { POISON, withElementsOf, type NodeValue, type Value, type Wiring } from "./value.ts";

export function applyWiring(callee: Extract<Value, { kind: "wiring" }>, call: Call, frame: Frame): Value {
  const { context } = frame;
  const application = frame.path.withinCall((): Application => {
    const positional: Passed[] = [];
    const named = new Map<string, Passed>();
    const layered = new Map<string, LayeredPassed>();
    const pass = (expression: Expression): Passed => {
      return { value: evaluate(expression, frame), span: expression.span, expression };
    };
    let handed: Passed | undefined;
    const isHanded = takesStates(callee.wiring);
    for (const argument of call.arguments) {
      const { value: expression } = argument;
      if (isHanded && argument.name?.name === "states" && expression.kind !== "list" && handed === undefined) {
        handed = { ...pass(expression), nameSpan: argument.name.span };
        continue;
      }
      if (argument.name !== null && expression.kind === "list") {
        const nameSpan = argument.name.span;
        const layers = expression.items.map((item) => ({ ...pass(item), nameSpan }));
        layered.set(argument.name.name, { layers, span: expression.span });
        continue;
      }
      const passed = pass(expression);
      if (argument.name === null) positional.push(passed);
      else named.set(argument.name.name, { ...passed, nameSpan: argument.name.span });
    }
    return { positional, named, layered, handed, span: call.span };
  });
  const home = callee.home ?? frame.path.next("cell");
  const lists = [...(application.layered?.values() ?? [])].flatMap(({ layers }) => layers);
  const { handed } = application;
  const passed = [
    ...application.positional,
    ...application.named.values(),
    ...lists,
    ...(handed === undefined ? [] : [handed]),
  ];
  if (passed.some(({ value }) => value.kind === "poison")) return POISON;
  if (handed !== undefined && context.build.region !== null)
    return context.report(handedInside(handed.nameSpan ?? handed.span));
  const statePath = context.carried.applications.claim(frame.statePrefix + home.path.slice(frame.prefix.length));
  const place: Place = { context, caller: frame, ...home, statePath, parts: [], isReverse: false };
  const result = apply(place, callee.wiring, application);
  if (result.kind === "node") frame.applied.set(`${frame.applied.size + 1}`, result);
  return result;
}

export function apply(place: Place, wiring: Wiring, application: Application): Value {
  switch (wiring.kind) {
    case "cell":
      return applyCell(place, wiring, application);
    case "stack":
      return applyStack(place, wiring, application);
    case "reverse":
      if (place.context.build.region !== null)
        return place.context.report(
          notAllowed("a cell that is applied at one step cannot run from right to left", application.span),
        );
      return apply({ ...place, isReverse: !place.isReverse }, wiring.inner, application);
    case "bidirectional":
      return applyBidirectional(place, wiring.inner, application);
  }
}

function applyCell(place: Place, wiring: Extract<Wiring, { kind: "cell" }>, application: Application): Value {
  const { context } = place;
  const [list] = application.layered?.values() ?? [];
  if (list !== undefined) return context.report(listWithoutStack(list.span));
  const full = withHanded(place, wiring, application);
  if (full === undefined) return POISON;
  const result = context.applications.within(
    { definition: wiring.definition, written: wiring.span, span: application.span },
    () => (context.build.region === null ? scanCell(place, wiring, full) : stepCell(place, wiring, full)),
  );
  if (result.kind === "applied") return refuseNested(context, application, result.value);
  return result.diagnostic === null ? POISON : context.report(result.diagnostic);
}

function applyStack(place: Place, wiring: Extract<Wiring, { kind: "stack" }>, application: Application): Value {
  const { context } = place;
  const { length } = wiring.layers;
  const wrong = [...(application.layered ?? [])].find(([, { layers }]) => layers.length !== length);
  if (wrong !== undefined) return context.report(unlikeLayers(wrong[0], wrong[1].layers.length, length, wrong[1].span));
  const handed = application.handed === undefined ? [] : handedToLayers(context, application.handed, length);
  if (handed === undefined) return POISON;
  let { positional } = application;
  let result: Value = POISON;
  const parts = new Map<string, NodeValue>();
  for (const [index, layer] of wiring.layers.entries()) {
    const current = { ...ofLayer(application, index), positional, handed: handed[index] };
    const own = within(place, { kind: "layer", index, count: length });
    const home = wiring.shared ? { ...own, path: place.path, owner: place.owner } : own;
    const unlike = wiring.shared && index > 0 ? unlikeInputs(context, application, current, index + 1) : undefined;
    result = context.weights.applied(unlike, () => apply({ ...place, ...home }, layer, current));
    if (result.kind !== "node") return result;
    const below = current.positional[0];
    if (wiring.residual && below?.value.kind === "node") result = addResidual(context, result, below.value);
    parts.set(partName({ kind: "layer", index, count: length }), result);
    const isTop = index === length - 1;
    const passedUp = isTop ? result : drop(context, result, wiring.dropout, true, `${home.path}.dropout`);
    positional = [{ value: passedUp, span: application.span }];
  }
  if (result.kind !== "node") return result;
  const carries = { kind: "stack" as const, layers: [...parts.values()] };
  return { ...result, carries, parts: new Map([...(result.parts ?? []), ...parts]) };
}

/** The weights of a layer or a direction, and its states. */
function within(place: Place, part: Part): Pick<Place, "path" | "owner" | "statePath" | "parts"> {
  const { path, owner, statePath, parts } = place;
  const name = partName(part);
  return {
    path: `${path}.${name}`,
    owner: `${owner}/${name}`,
    statePath: `${statePath}.${name}`,
    parts: [...parts, part],
  };
}

function partName(part: Part): string {
  return part.kind === "layer" ? `layer${part.index}` : part.kind;
}

/** Layers with one set of weights: the error if this layer's input has another size than that of the first. */
function unlikeInputs(
  context: Elaboration,
  first: Application,
  { positional, span }: Application,
  layer: number,
): Diagnostic | undefined {
  const [before, now] = [first, { positional }].map(({ positional: [input] }) =>
    input?.value.kind === "node" ? context.own(input.value) : [],
  );
  const [one, other] = [before, now].map((axes) => inputsOf(context, axes ?? []));
  return one === undefined || other === undefined || one === other
    ? undefined
    : unlikeSharedLayers(one, layer, other, span);
}

function inputsOf(context: Elaboration, axes: readonly Axis[]): string {
  const shown = context.showAxes(axes);
  return axes.length === 1 ? `${shown.slice(1, -1)} inputs` : `an input ${shown}`;
}

/** A layer's input added to its output, if their sizes are equal. */
function addResidual(context: Elaboration, result: NodeValue, below: NodeValue): NodeValue {
  const [a, b] = [context.own(result), context.own(below)];
  const fits =
    a.length === b.length && a.every((axis, index) => printDim(axis.size) === printDim(b[index]?.size ?? ONE));
  if (!fits) return result;
  const { probability: _, ...rest } = result;
  return { ...rest, id: context.build.op("add", [result.id, below.id]) };
}

function applyBidirectional(place: Place, inner: Wiring, application: Application): Value {
  const { context } = place;
  if (context.build.region !== null)
    return context.report(
      notAllowed("a cell that is applied at one step cannot run from right to left", application.span),
    );
  const { handed } = application;
  const each = handed === undefined ? { forward: undefined, backward: undefined } : handedToDirections(context, handed);
  if (each === undefined) return POISON;
  const forward = apply({ ...place, ...within(place, { kind: "forward" }) }, inner, {
    ...application,
    handed: each.forward,
  });
  const backward = apply({ ...place, ...within(place, { kind: "backward" }), isReverse: !place.isReverse }, inner, {
    ...application,
    handed: each.backward,
  });
  if (forward.kind !== "node" || backward.kind !== "node") return POISON;
  const join = (a: string, b: string): string => context.build.op("concat", [a, b], { axis: -1 });
  const members = new Map<string, NodeValue>();
  for (const [name, value] of forward.members ?? []) {
    const other = backward.members?.get(name);
    const canJoin = other !== undefined && value.token === undefined && context.own(value).at(-1)?.tag === "plain";
    if (canJoin) members.set(name, { ...value, id: join(value.id, other.id) });
  }
  return {
    ...withElementsOf(forward, context.node(join(forward.id, backward.id), application.span, "")),
    members,
    carries: { kind: "bidirectional", forward, backward },
    parts: new Map([
      ["forward", forward],
      ["backward", backward],
    ]),
    halves: { forward: forward.id, backward: backward.id },
  };
}
