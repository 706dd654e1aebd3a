// Where a state starts: from its initial value, from an input of the program, or where the chunk before ended.
import type { Type } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";

/** `initial` is a node outside any scan, of the state's full type `[B, …]`. */
export function stateStart(context: Elaboration, name: string, initial: string): string {
  const { build, options } = context;
  if (options.states === "initial") return initial;
  return build.outermost(() => {
    const type: Type = context.unifier.resolveType(build.type(initial));
    const given = build.input(`state.${name}`, "state", type);
    if (options.states === "given") return given;
    const fresh = build.input("fresh", "fresh", { dtype: "float", axes: type.axes.slice(0, 1) });
    return build.op("select", [fresh, initial, given]);
  });
}
