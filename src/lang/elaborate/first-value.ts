// The first value of a state: its initial value, an input of the program, or its value at the end of the chunk before.
import { startName } from "../../graph/border.ts";
import { printDim, symbol } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { held } from "./padding.ts";
import type { NodeValue, Token } from "./value.ts";

/** `initial` is a node outside any scan, of the state's full type `[B, …]`. */
export function stateStart(context: Elaboration, name: string, initial: string): string {
  const { build, options } = context;
  if (options.states === "initial" || context.carried.isWhole) return initial;
  return build.outermost(() => {
    const type: Type = context.unifier.resolveType(build.type(initial));
    const given = build.input({ kind: "state", path: name }, type);
    if (options.states === "given") return heldAlongMemories(context, given);
    const fresh = build.input({ kind: "fresh" }, { dtype: "float", axes: type.axes.slice(0, 1) });
    return heldAlongMemories(context, build.op("select", [fresh, initial, given]));
  });
}

/** A final state is 0 where a memory is padding, and may come back as a first one. */
function heldAlongMemories(context: Elaboration, state: string): string {
  const { axes } = context.build.type(state);
  return axes.reduce((id, { tag }, position) => (tag === "memory" ? held(context, id, position) : id), state);
}

/** The value that a delayed sequence begins with: zeros, the start token, or no token. */
export function startOf(context: Elaboration, value: NodeValue): string {
  const { build } = context;
  const { token } = value;
  return build.outermost(() => {
    const axes = [{ tag: "batch" as const, size: BATCH }, ...context.own(value)];
    if (token === undefined) return build.op("broadcast", [build.constant(0)], { type: { dtype: "float", axes } });
    return build.op("broadcast", [startToken(context, token)], { type: { dtype: "int", axes } });
  });
}

function startToken(context: Elaboration, token: Token): string {
  if (token.reading === "token" || token.reading === "label")
    return context.build.op("constant", [], { value: -1, integer: true });
  const size = context.unifier.resolve(token.size);
  return context.build.op("size", [], { dims: [symbol(startName(printDim(size)))], integer: true });
}
