// Applies one cell: to sequences, as a scan over their time, or at one step, inside the scan of the cell around it.
import { fail } from "../../base/invariant.ts";
import { timeOf } from "../../shape/type.ts";
import type { Statement } from "../ast.ts";
import { memoryNames } from "../memory-names.ts";
import { notAllowed, wrongShape } from "../messages.ts";
import { matchInputs, type Application, type Passed, type Place } from "./application.ts";
import { bindInput, bindMemory } from "./bind.ts";
import { declareParams, outputsOf, statesOf } from "./body.ts";
import { declareSizes } from "./declared-sizes.ts";
import { emitNamed } from "./emitted.ts";
import { evaluate } from "./expression.ts";
import { Frame } from "./frame.ts";
import { noteBody, type Placed } from "./outline.ts";
import { note } from "./over-time.ts";
import { moves } from "./padding.ts";
import { reportUnread } from "./unread.ts";
import { cellText, POISON, type Carries, type NodeValue, type Value, type Wiring } from "./value.ts";

type Cell = Extract<Wiring, { kind: "cell" }>;

/** Applies a cell to sequences: a scan over their time. */
export function scanCell(place: Place, wiring: Cell, application: Application): Value {
  const { context, path, owner, statePath } = place;
  const { build } = context;
  const inputs = matchInputs(context, wiring.definition, application);
  if (inputs === undefined) return POISON;
  const memories = memoryNames(wiring.definition);
  const passed = [...application.named].flatMap(([name, passed]) =>
    memories.includes(name) || inputs.has(name) ? [] : [passed],
  );
  const along = [...inputs.values(), ...passed].flatMap(({ value, span }) => {
    const time = value.kind === "node" ? timeOf(context.type(value)) : undefined;
    return time === undefined ? [] : [{ time, span, value }];
  });
  const [first, ...rest] = along;
  if (first === undefined) {
    return context.report(
      notAllowed(
        "the cell is not applied to a sequence, so it has no length",
        application.span,
        "apply it to a sequence: `input x: seq [I]`",
      ),
    );
  }
  const unlike = rest.find(({ time }) => !context.unifier.unify(first.time, time));
  if (unlike !== undefined)
    return context.report(wrongShape("these sequences have different lengths", application.span, []));
  const mask = moves(context, first.time, place.isReverse);
  const frame = new Frame({
    context,
    definition: wiring.definition,
    scope: wiring.scope,
    statics: wiring.statics,
    cells: wiring.cells,
    prefix: `${path}.`,
    statePrefix: `${statePath}.`,
    owner,
    isReverse: place.isReverse,
    mask,
  });
  build.openScan(context.unifier.resolve(first.time), place.isReverse);
  bindAll(frame, inputs, application, "sequence");
  const outputs = runBody(frame);
  const quantities = frame.equations.quantities();
  const others = [...(outputs ?? [])].filter(([name]) => !quantities.has(name));
  const sequences = emitNamed(context, new Map([...quantities, ...others]));
  frame.states.finish();
  context.memoryTimes.leave();
  noteBody(frame, { ...placedAs(place, wiring), time: first.time, application });
  const closed = build.closeScan();
  if (place.isReverse) note(context, closed.id, "reverse", { time: first.time, span: application.span });
  frame.states.recordFinals(closed, first.time);
  const members = sequences(closed.id);
  const main = outputs?.keys().next().value;
  const result = main === undefined ? undefined : members.get(main);
  if (result === undefined) return POISON;
  const carries = carriedBy(frame, members, cellText({ kind: "wiring", wiring }));
  return { ...givenBy(result, members), carries, origin: { span: application.span, reason: "" } };
}

/** What `states =` can hand over: the states among the named values of a cell. */
function carriedBy(
  { definition, states: own, isReverse }: Frame,
  members: ReadonlyMap<string, NodeValue>,
  title: string,
): Carries {
  const names = statesOf(definition).map(({ name }) => name.name);
  const states = new Map([...members].filter(([name]) => names.includes(name)));
  return { kind: "cell", title, states, isReverse, isNested: own.isNested };
}

/** Applies a cell at one step, inside the scan of the cell around it. */
export function stepCell(place: Place, wiring: Cell, application: Application): Value {
  const { context, caller, path, owner, statePath } = place;
  const inputs = matchInputs(context, wiring.definition, application);
  if (inputs === undefined) return POISON;
  const frame = new Frame({
    context,
    definition: wiring.definition,
    scope: wiring.scope,
    statics: wiring.statics,
    cells: wiring.cells,
    prefix: `${path}.`,
    statePrefix: `${statePath}.`,
    owner,
    mask: caller.states.mask,
  });
  bindAll(frame, inputs, application, "step");
  const outputs = runBody(frame);
  frame.states.finish();
  context.memoryTimes.leave();
  noteBody(frame, { ...placedAs(place, wiring), time: context.build.currentTime() ?? null, application });
  caller.states.adopt(frame.states);
  const main = outputs?.values().next().value;
  if (main === undefined) return POISON;
  return givenBy(main, new Map([...frame.equations.quantities(), ...(outputs ?? [])]));
}

/** The result of a cell: its output, with the parts of the whole cell in place of the output's own. */
function givenBy(output: NodeValue, members: ReadonlyMap<string, NodeValue>): NodeValue {
  const { parts: _, applied: __, carries: ___, ...own } = output;
  return { ...own, members };
}

/** What the outline says of a cell's place. */
function placedAs({ caller, parts, isReverse }: Place, wiring: Cell): Omit<Placed, "time" | "application"> {
  const title = cellText({ kind: "wiring", wiring });
  return { parent: caller.statePrefix.slice(0, -1), title, parts, isReverse };
}

/** Evaluates a body whose inputs and states are bound, and returns its outputs in order. */
function runBody(frame: Frame): ReadonlyMap<string, NodeValue> | undefined {
  frame.equations.evaluateAll();
  reportUnread(frame);
  const outputs = new Map<string, NodeValue>();
  for (const name of outputsOf(frame.definition)) {
    const value = evaluate(name.value, frame);
    const node = value.kind === "node" && value.token !== undefined ? value : frame.context.float(value, name.span);
    if (node === undefined) return undefined;
    outputs.set(name.name, node);
  }
  if (outputs.size === 0) {
    frame.context.report(
      notAllowed(
        `the cell \`${frame.definition.name.name}\` has no output`,
        frame.definition.name.span,
        "add a state, or `output NAME`",
      ),
    );
    return undefined;
  }
  return outputs;
}

/** A value that cannot be bound is reported and causes no further errors. The body is evaluated all the same, for the errors in it. */
function bindAll(
  frame: Frame,
  inputs: ReadonlyMap<string, Passed>,
  application: Application,
  mode: "sequence" | "step",
): void {
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
  frame.context.memoryTimes.enter(frame);
  declareParams(frame);
  for (const state of statesOf(frame.definition)) state.declare(frame, application.named.get(state.name.name), mode);
  for (const name of [...inputs.keys(), ...memoryNames(frame.definition)]) {
    if (!frame.owns(name)) frame.bind(name, POISON, application.span);
  }
}

function bindEach(
  statement: Extract<Statement, { kind: "input" | "target" | "memory" }>,
  find: (name: string) => Passed | undefined,
  bind: (name: (typeof statement.names)[number], passed: Passed) => void,
): void {
  for (const name of statement.names) bind(name, find(name.name) ?? fail("elaborate", `nothing for ${name.name}`));
}
