// A loop over time as a `for` over the steps of its sequences. Each step frees what only it needs.
import { atom, call, index, list, method, type Expression } from "../source/expression.ts";
import type { Loop } from "../source/loop.ts";
import { delayed, resultsOf, writeNext } from "../source/loop-parts.ts";
import type { Scope } from "../source/scope.ts";
import type { Value } from "../source/value.ts";
import { flat } from "./layout.ts";

/** A sequence at step `t`. It is taken apart once, before the first loop that reads it. */
export function atStep(sequence: string, scope: Scope): Expression {
  return index(stepsOf(sequence, scope), [atom("t")]);
}

function stepsOf(sequence: string, scope: Scope): Expression {
  return scope.once(`name of the steps of ${sequence}`, () => atom(scope.identifiers.fresh(`${sequence}_steps`)));
}

function takeApart(sequence: string, scope: Scope): void {
  const steps = stepsOf(sequence, scope);
  scope.once(`steps of ${sequence}`, () => {
    scope.assign(flat(steps), call("tf.unstack", [atom(sequence)]));
    return steps;
  });
}

export function writeLoop(loop: Loop, scope: Scope): ReadonlyMap<number, Value> {
  const asDelay = delayed(loop);
  if (asDelay !== undefined) {
    const { first, sequence, to } = asDelay;
    scope.assign(to.name, call("delayed", [first, atom(sequence)]));
    return resultsOf(loop);
  }
  for (const sequence of loop.sequences) takeApart(sequence, scope);
  for (const { name, initial } of loop.states) scope.assign(name, initial);
  for (const { name } of loop.collected) scope.assign(name, list([]));
  const steps = loop.steps();
  scope.addLine(
    loop.plan.isReverse
      ? `for (let t = ${flat(steps)} - 1; t >= 0; t--) {`
      : `for (let t = 0; t < ${flat(steps)}; t++) {`,
  );
  scope.addIndented(() => {
    if (loop.call !== undefined) scope.assignEach(loop.targets, call("tf.tidy", [atom(`() => ${flat(loop.call)}`)]));
    for (const { name, value } of loop.collected) scope.addStatement("", method(atom(name), "push", [value]));
    writeNext(loop, scope);
  });
  scope.addLine("}");
  for (const { name } of loop.collected) {
    const values = loop.plan.isReverse ? method(atom(name), "reverse") : atom(name);
    scope.assign(name, call("tf.stack", [values]));
  }
  return resultsOf(loop);
}
