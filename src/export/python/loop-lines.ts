// Loops as lines: a `for` over the steps in PyTorch, `lax.scan` in JAX.
import { atom, call, index, list, method, tuple, type Expression } from "../source/expression.ts";
import type { Loop } from "../source/loop.ts";
import { delayed, resultsOf, writeNext } from "../source/loop-parts.ts";
import type { Scope } from "../source/scope.ts";
import type { Value } from "../source/value.ts";

/** `a`, or `(a, b)`. */
function oneOrMany(items: readonly Expression[]): Expression {
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : tuple(items);
}

function writeDelay(
  loop: Loop,
  scope: Scope,
  concatenate: (parts: readonly Expression[]) => Expression,
): ReadonlyMap<number, Value> | undefined {
  const found = delayed(loop);
  if (found === undefined) return undefined;
  const { first, sequence, to } = found;
  const parts = [index(first, [atom("None")]), index(atom(sequence), [atom(":-1")])];
  scope.assign(to.name, concatenate(parts));
  return resultsOf(loop);
}

/** `for t in range(T):`, with lists of what is collected. */
export function writeForLoop(loop: Loop, scope: Scope): ReadonlyMap<number, Value> {
  const asDelay = writeDelay(loop, scope, (parts) => call("torch.cat", [list(parts)]));
  if (asDelay !== undefined) return asDelay;
  for (const { name, initial } of loop.states) scope.assign(name, initial);
  for (const { name } of loop.collected) scope.addLine(`${name} = []`);
  const steps = call("range", [loop.steps()]);
  const order = loop.plan.isReverse ? call("reversed", [steps]) : steps;
  scope.addStatement("for t in ", order);
  scope.closeLine(":");
  scope.addIndented(() => {
    if (loop.call !== undefined) scope.assign(loop.targets.join(", "), loop.call);
    for (const { name, value } of loop.collected) scope.addStatement("", method(atom(name), "append", [value]));
    writeNext(loop, scope);
  });
  for (const { name } of loop.collected) {
    const steps_ = loop.plan.isReverse ? index(atom(name), [atom("::-1")]) : atom(name);
    scope.assign(name, call("torch.stack", [steps_]));
  }
  return resultsOf(loop);
}

/** `lax.scan` over a function of one step. */
export function writeScan(loop: Loop, scope: Scope): ReadonlyMap<number, Value> {
  const asDelay = writeDelay(loop, scope, (parts) => call("jnp.concatenate", [list(parts)]));
  if (asDelay !== undefined) return asDelay;
  const step = scope.identifiers.fresh(stepName(loop));
  const states = loop.states.map(({ name }) => name);
  const sequences = loop.sequences.map(atStepInScan);
  const stateParameter = states.length === 1 ? (states[0] ?? "") : "states";
  const sequenceParameter = sequences.length === 1 ? (sequences[0] ?? "") : "inputs";
  scope.addLine("");
  scope.addLine(`def ${step}(${stateParameter}, ${sequenceParameter}):`);
  scope.addIndented(() => {
    if (states.length > 1) scope.addLine(`${states.join(", ")} = ${stateParameter}`);
    if (sequences.length > 1) scope.addLine(`${sequences.join(", ")} = ${sequenceParameter}`);
    if (loop.call !== undefined) scope.assign(loop.targets.join(", "), loop.call);
    const next = loop.states.map(({ name, becomes }) => becomes ?? atom(name));
    const collected = loop.collected.map(({ value }) => value);
    scope.returns(tuple([oneOrMany(next), collected.length === 0 ? atom("None") : oneOrMany(collected)]));
  });
  scope.addLine("");
  const initial = oneOrMany(loop.states.map((each) => each.initial));
  const read = loop.sequences.length === 0 ? atom("None") : oneOrMany(loop.sequences.map((name) => atom(name)));
  const names = [
    oneOrMany(states.map((name) => atom(name))),
    loop.collected.length === 0 ? atom("_") : oneOrMany(loop.collected.map(({ name }) => atom(name))),
  ];
  scope.assignTo(
    names,
    call("lax.scan", [atom(step), initial, read], {
      ...(loop.sequences.length === 0 ? { length: loop.steps() } : {}),
      ...(loop.plan.isReverse ? { reverse: atom("True") } : {}),
    }),
  );
  return resultsOf(loop);
}

function stepName({ call: called }: Loop): string {
  return called?.kind === "call" && called.callee.kind === "atom" ? `${called.callee.text}_step` : "step";
}

/** The name of a sequence's value at the step of `lax.scan`. */
export function atStepInScan(sequence: string): string {
  return `${sequence}_t`;
}
