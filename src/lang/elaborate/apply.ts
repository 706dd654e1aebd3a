// Cells and wirings: making them from calls such as `LSTM(128)` or `stack(C, 2)`, and applying them to sequences or at one step.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import { ONE, printDim, type Dim } from "../../shape/dim.ts";
import { timeOf } from "../../shape/type.ts";
import type { Definition, Expression, Statement } from "../ast.ts";
import { extraArgument, missingArgument, modelAsCell, notAllowed, wrongShape, wrongType } from "../messages.ts";
import { namedArgument, readArguments, readCount, readFlag, readNumber } from "./arguments.ts";
import { bindInput, bindMemory } from "./bind.ts";
import { declareParams, declareSizes, memoryNames, reportUnusedParams, outputsOf, statesOf } from "./body.ts";
import type { Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import { drop, type Call } from "./forms.ts";
import { Frame } from "./frame.ts";
import { POISON, type NodeValue, type Value, type Wiring } from "./value.ts";

/** A wiring by name in a call: a cell of the file, or `stack`, `bidirectional`, `reverse`. */
export function wiringNamed(name: string, frame: Frame): ((call: Call, frame: Frame) => Value) | undefined {
  const scoped = frame.scope.definitions.get(name);
  if (scoped !== undefined && !frame.owns(name)) {
    return (call) => {
      if (scoped.definition.kind === "model") return frame.context.report(modelAsCell(name, call.callee.span));
      const statics = readStatics(call, scoped.definition, frame);
      if (statics === undefined) return POISON;
      const { definition, scope } = scoped;
      return { kind: "wiring", wiring: { kind: "cell", definition, scope, statics, span: call.span } };
    };
  }
  if (name === "stack") return stack;
  if (name === "bidirectional" || name === "reverse") return turned(name);
  return undefined;
}

/** The cell's arguments: given by position or name, else its defaults. */
function readStatics(call: Call, definition: Definition, frame: Frame): ReadonlyMap<string, Dim> | undefined {
  const names = definition.parameters.map((parameter) => parameter.name.name);
  const needed = definition.parameters
    .filter((parameter) => parameter.default === null)
    .map((parameter) => parameter.name.name);
  const { context } = frame;
  const statics = new Map<string, Dim>();
  let isRight = true;
  call.arguments.forEach((argument, index) => {
    const name = argument.name?.name ?? names[index];
    if (name === undefined || !names.includes(name)) {
      const what = argument.name === null ? `number ${index + 1}` : `\`${argument.name.name}\``;
      context.report(
        extraArgument(what, `\`${definition.name.name}\``, argument.name?.span ?? argument.value.span, names),
      );
      isRight = false;
      return;
    }
    const value = evaluate(argument.value, frame);
    if (value.kind === "static") statics.set(name, value.value);
    else {
      isRight = false;
      if (value.kind !== "poison") {
        context.report(
          wrongType(
            `\`${name}\` of a cell is a number or a dimension`,
            argument.value.span,
            "apply the cell to sequences in a second call: `C(H)(x)`",
          ),
        );
      }
    }
  });
  for (const name of needed) {
    if (statics.has(name) || !isRight) continue;
    context.report(missingArgument(name, `\`${definition.name.name}\``, call.span));
    isRight = false;
  }
  return isRight ? statics : undefined;
}

function wiringOf(expression: Expression, frame: Frame): Wiring | undefined {
  const value = evaluate(expression, frame);
  if (value.kind === "wiring") return value.wiring;
  if (value.kind !== "poison")
    frame.context.report(wrongType("a cell is wanted here", expression.span, "as in `stack(LSTM(H), 2)`"));
  return undefined;
}

function stack(call: Call, frame: Frame): Value {
  const { context } = frame;
  const positional = call.arguments.filter((argument) => argument.name === null).map((argument) => argument.value);
  const options = ["dropout", "residual", "shared", "n"];
  const unknown = call.arguments.find((argument) => argument.name !== null && !options.includes(argument.name.name));
  if (unknown?.name != null)
    return context.report(extraArgument(`\`${unknown.name.name}\``, "`stack`", unknown.name.span, options));
  const [first, ...rest] = positional;
  if (first === undefined) return context.report(missingArgument("cell", "`stack`", call.span));
  const inner = wiringOf(first, frame);
  if (inner === undefined) return POISON;
  const flag = (name: string): boolean => {
    const given = namedArgument(call, name);
    return given !== undefined && readFlag(given.value, frame, `\`${name}\``);
  };
  const share = namedArgument(call, "dropout")?.value;
  const dropout = share === undefined ? 0 : (readNumber(share, frame, "`dropout`") ?? 0);
  const layers = readLayers(inner, rest, namedArgument(call, "n")?.value, frame);
  if (layers === undefined) return POISON;
  return {
    kind: "wiring",
    wiring: { kind: "stack", layers, shared: flag("shared"), dropout, residual: flag("residual") },
  };
}

/** `stack(C, n)` or `stack(A, B, …)`. */
function readLayers(
  first: Wiring,
  rest: readonly Expression[],
  named: Expression | undefined,
  frame: Frame,
): readonly Wiring[] | undefined {
  const [second] = rest;
  const countExpression = named ?? (rest.length === 1 ? second : undefined);
  const value = countExpression === undefined ? undefined : evaluate(countExpression, frame);
  if (countExpression !== undefined && value?.kind === "static") {
    const count = readCount(countExpression, frame, "the number of layers");
    return count === undefined ? undefined : Array.from({ length: count }, () => first);
  }
  const others = rest.map((expression) => wiringOf(expression, frame));
  const known = others.filter((wiring) => wiring !== undefined);
  return known.length < others.length ? undefined : [first, ...known];
}

function turned(kind: "bidirectional" | "reverse"): (call: Call, frame: Frame) => Value {
  return (call, frame) => {
    const expression = readArguments(call, frame, ["cell"])?.get("cell");
    const inner = expression === undefined ? undefined : wiringOf(expression, frame);
    return inner === undefined ? POISON : { kind: "wiring", wiring: { kind, inner } };
  };
}

// Application ------------------------------------------------------------------------------------------------------------

/** What a wiring is applied to. `positional` are inputs; states and memories come by name. */
export interface Application {
  readonly positional: readonly Passed[];
  readonly named: ReadonlyMap<string, Passed>;
  readonly span: Span;
}

export interface Passed {
  readonly value: Value;
  readonly span: Span;
  /** Where its name stands, if it was passed by name. */
  readonly nameSpan?: Span;
}

export function applyWiring(callee: Extract<Value, { kind: "wiring" }>, call: Call, frame: Frame): Value {
  const { context } = frame;
  const application = frame.path.withinCall((): Application => {
    const positional: Passed[] = [];
    const named = new Map<string, Passed>();
    for (const argument of call.arguments) {
      const passed = { value: evaluate(argument.value, frame), span: argument.value.span };
      if (argument.name === null) positional.push(passed);
      else named.set(argument.name.name, { ...passed, nameSpan: argument.name.span });
    }
    return { positional, named, span: call.span };
  });
  const path = callee.path ?? frame.path.next("cell");
  const passed = [...application.positional, ...application.named.values()];
  if (passed.some(({ value }) => value.kind === "poison")) return POISON;
  return apply({ context, caller: frame, path, isReverse: false }, callee.wiring, application);
}

interface Place {
  readonly context: Elaboration;
  readonly caller: Frame;
  readonly path: string;
  readonly isReverse: boolean;
}

export function apply(place: Place, wiring: Wiring, application: Application): Value {
  switch (wiring.kind) {
    case "cell":
      return place.context.build.region === null
        ? scanCell(place, wiring, application)
        : stepCell(place, wiring, application);
    case "stack":
      return applyStack(place, wiring, application);
    case "reverse":
      if (place.context.build.region !== null)
        return place.context.report(notAllowed("a cell at one step has no right-to-left", application.span));
      return apply({ ...place, isReverse: !place.isReverse }, wiring.inner, application);
    case "bidirectional":
      return applyBidirectional(place, wiring.inner, application);
  }
}

function applyStack(place: Place, wiring: Extract<Wiring, { kind: "stack" }>, application: Application): Value {
  const { context } = place;
  let current = application;
  let result: Value = POISON;
  for (const [index, layer] of wiring.layers.entries()) {
    const path = wiring.shared ? place.path : `${place.path}.layer${index}`;
    result = apply({ ...place, path }, layer, current);
    if (result.kind !== "node") return result;
    const below = current.positional[0];
    if (wiring.residual && below?.value.kind === "node") result = addResidual(context, result, below.value);
    const isTop = index === wiring.layers.length - 1;
    const passedUp = isTop ? result : drop(context, result, wiring.dropout, true, `${path}.dropout`);
    current = { ...current, positional: [{ value: passedUp, span: application.span }] };
  }
  return result;
}

/** A layer's input added to its output, where their widths are equal. */
function addResidual(context: Elaboration, result: NodeValue, below: NodeValue): NodeValue {
  const [a, b] = [context.own(result), context.own(below)];
  const fits =
    a.length === b.length && a.every((axis, index) => printDim(axis.size) === printDim(b[index]?.size ?? ONE));
  return fits ? { ...result, id: context.build.op("add", [result.id, below.id]) } : result;
}

function applyBidirectional(place: Place, inner: Wiring, application: Application): Value {
  const { context } = place;
  if (context.build.region !== null)
    return context.report(notAllowed("a cell at one step has no right-to-left", application.span));
  const forward = apply({ ...place, path: `${place.path}.forward` }, inner, application);
  const backward = apply({ ...place, path: `${place.path}.backward`, isReverse: !place.isReverse }, inner, application);
  if (forward.kind !== "node" || backward.kind !== "node") return POISON;
  const join = (a: string, b: string): string => context.build.op("concat", [a, b], { axis: -1 });
  const members = new Map<string, NodeValue>();
  for (const [name, value] of forward.members ?? []) {
    const other = backward.members?.get(name);
    const canJoin = other !== undefined && value.token === undefined && context.own(value).at(-1)?.tag === "plain";
    if (canJoin) members.set(name, { ...value, id: join(value.id, other.id) });
  }
  return {
    ...context.node(join(forward.id, backward.id), application.span, ""),
    members,
    halves: { forward: forward.id, backward: backward.id },
    isBothWays: true,
  };
}

/** Applies a cell to sequences: a scan over their time. */
function scanCell(place: Place, wiring: Extract<Wiring, { kind: "cell" }>, application: Application): Value {
  const { context, path } = place;
  const { build } = context;
  const inputs = matchInputs(context, wiring.definition, application);
  if (inputs === undefined) return POISON;
  const memories = memoryNames(wiring.definition);
  const others = [...application.named].flatMap(([name, passed]) =>
    memories.includes(name) || inputs.has(name) ? [] : [passed],
  );
  const sequences = [...inputs.values(), ...others].flatMap(({ value, span }) => {
    const time = value.kind === "node" ? timeOf(context.type(value)) : undefined;
    return time === undefined ? [] : [{ time, span, value }];
  });
  const [first, ...rest] = sequences;
  if (first === undefined) {
    return context.report(
      notAllowed(
        "a cell applied to no sequence has no length",
        application.span,
        "apply it to a sequence: `input x: seq [I]`",
      ),
    );
  }
  const unlike = rest.find(({ time }) => !context.unifier.unify(first.time, time));
  if (unlike !== undefined)
    return context.report(wrongShape("these sequences have different lengths", application.span, []));
  const mask = context.mask(first.time, { memory: false });
  const frame = new Frame({
    context,
    definition: wiring.definition,
    scope: wiring.scope,
    statics: wiring.statics,
    prefix: `${path}.`,
    mask,
  });
  build.openScan(context.unifier.resolve(first.time), place.isReverse);
  const isBound = bindAll(frame, inputs, application, "sequence");
  const emitted = new Map<string, { readonly index: number; readonly value: NodeValue }>();
  const outputs = isBound ? runBody(frame) : undefined;
  for (const [name, value] of frame.equations.quantities()) emitted.set(name, { index: build.emit(value.id), value });
  for (const [name, value] of outputs ?? [])
    if (!emitted.has(name)) emitted.set(name, { index: build.emit(value.id), value });
  frame.states.finish();
  const closed = build.closeScan();
  frame.states.recordFinals(closed.final);
  const members = new Map<string, NodeValue>();
  for (const [name, { index, value }] of emitted) {
    members.set(name, { ...value, id: build.emitted(closed.id, index) });
  }
  const main = outputs?.keys().next().value;
  const result = main === undefined ? undefined : members.get(main);
  if (result === undefined) return POISON;
  return { ...result, members, origin: { span: application.span, reason: "" } };
}

/** Applies a cell at one step, inside the scan of the cell around it. */
function stepCell(place: Place, wiring: Extract<Wiring, { kind: "cell" }>, application: Application): Value {
  const { context, caller, path } = place;
  const inputs = matchInputs(context, wiring.definition, application);
  if (inputs === undefined) return POISON;
  const frame = new Frame({
    context,
    definition: wiring.definition,
    scope: wiring.scope,
    statics: wiring.statics,
    prefix: `${path}.`,
    mask: caller.states.mask,
  });
  if (!bindAll(frame, inputs, application, "step")) return POISON;
  const outputs = runBody(frame);
  frame.states.finish();
  caller.states.adopt(frame.states);
  const main = outputs?.values().next().value;
  if (main === undefined) return POISON;
  return { ...main, members: new Map([...frame.equations.quantities(), ...(outputs ?? [])]) };
}

/** Evaluates a body whose inputs and states are bound; gives its outputs, the first one first. */
function runBody(frame: Frame): ReadonlyMap<string, NodeValue> | undefined {
  frame.equations.evaluateAll();
  reportUnusedParams(frame);
  const outputs = new Map<string, NodeValue>();
  for (const name of outputsOf(frame.definition)) {
    const value = frame.read(name.name, name.span);
    const node = value.kind === "node" && value.token !== undefined ? value : frame.context.float(value, name.span);
    if (node === undefined) return undefined;
    outputs.set(name.name, node);
  }
  if (outputs.size === 0) {
    frame.context.report(
      notAllowed(
        `the cell \`${frame.definition.name.name}\` has no output`,
        frame.definition.name.span,
        "give it a state, or `output NAME`",
      ),
    );
    return undefined;
  }
  return outputs;
}

/** Which value goes to which input of the cell; every input must be given, and nothing else than inputs, states and memories. */
function matchInputs(
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
    if (inputs.includes(name) && !found.has(name)) found.set(name, passed);
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

function bindAll(
  frame: Frame,
  inputs: ReadonlyMap<string, Passed>,
  application: Application,
  mode: "sequence" | "step",
): boolean {
  const { context } = frame;
  const before = context.diagnostics.length;
  declareSizes(frame);
  for (const statement of frame.definition.body) {
    if (statement.kind === "input")
      bindEach(
        statement,
        (name) => inputs.get(name),
        (name, passed) => bindInput(frame, statement, name, passed),
      );
    if (statement.kind === "memory") {
      bindEach(
        statement,
        (name) => application.named.get(name),
        (name, passed) => bindMemory(frame, statement, name, passed),
      );
    }
  }
  declareParams(frame);
  for (const state of statesOf(frame.definition)) state.declare(frame, application.named.get(state.name.name), mode);
  // What could not be bound is silent from here on.
  for (const name of [...inputs.keys(), ...memoryNames(frame.definition)]) {
    if (!frame.owns(name)) frame.bind(name, POISON, application.span);
  }
  return context.diagnostics.length === before;
}

function bindEach(
  statement: Extract<Statement, { kind: "input" | "target" | "memory" }>,
  find: (name: string) => Passed | undefined,
  bind: (name: (typeof statement.names)[number], passed: Passed) => void,
): void {
  for (const name of statement.names) bind(name, find(name.name) ?? fail("elaborate", `nothing for ${name.name}`));
}
