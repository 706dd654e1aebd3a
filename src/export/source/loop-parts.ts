// What loops of all languages consist of: the values after a loop, the states of the next step, and loops that only delay.
import { atom, tuple, type Expression } from "./expression.ts";
import type { Collected, Loop } from "./loop.ts";
import type { Scope } from "./scope.ts";
import type { Value } from "./value.ts";

export function resultsOf(loop: Loop): ReadonlyMap<number, Value> {
  const states = loop.plan.states.map(({ index: place }, each) => {
    const state = loop.states[each];
    return [place, { kind: state?.kind ?? "float", expression: atom(state?.name ?? "") } as const] as const;
  });
  const collected = loop.collected.map(
    ({ index: place, name, kind }) => [place, { kind, expression: atom(name) } as const] as const,
  );
  return new Map([...states, ...collected]);
}

/** A sequence that is only moved on by one step: `cat([first[None], x[:-1]])`. */
export function delayed(
  loop: Loop,
): { readonly first: Expression; readonly sequence: string; readonly to: Collected } | undefined {
  const { plan, states, collected } = loop;
  const [state, ...otherStates] = states;
  const [to, ...others] = collected;
  const port = [...plan.statePorts.values()].find((each) => each.id === plan.emitted[0]?.id);
  if (state === undefined || to === undefined || port === undefined || otherStates.length + others.length > 0)
    return undefined;
  const becomes = loop.next[0];
  if (plan.computed.length > 0 || plan.isReverse || loop.readsFinal || becomes === undefined) return undefined;
  return { first: state.initial, sequence: becomes, to };
}

/** What the states become: each is assigned after those that read what it was before, or all at once. */
export function writeNext({ states }: Loop, scope: Scope): void {
  const { flat } = scope.file.notation;
  let left = states.flatMap(({ name, becomes }) => (becomes === undefined ? [] : [{ name, becomes }]));
  while (left.length > 0) {
    const free = left.find(({ name }) =>
      left.every((other) => other.name === name || !mentions(flat(other.becomes), name)),
    );
    if (free === undefined) {
      scope.assignEach(
        left.map(({ name }) => name),
        tuple(left.map(({ becomes }) => becomes)),
      );
      return;
    }
    scope.assign(free.name, free.becomes);
    left = left.filter((each) => each !== free);
  }
}

function mentions(code: string, name: string): boolean {
  return code.split(/\W+/).includes(name);
}
