// Whether the value of an equation depends on its own earlier values, also through states: what does must be a state itself.
import { spanText, type Span } from "../../base/source.ts";
import type { Expression } from "../ast.ts";
import { delayOfNoState } from "../messages-time.ts";
import type { Frame } from "./frame.ts";
import { readsIn } from "./order.ts";
import { POISON, type Value } from "./value.ts";

/** `name[t-steps]` of an equation of a cell: before the first step it is zero, as an input is. */
export function pastOfEquation(frame: Frame, name: string, steps: number, span: Span): Value {
  const { context, equations, states } = frame;
  const way = wayToItself(name, equations.expressions());
  if (way !== undefined) return context.report(delayOfNoState(name, way, span, equations.declared(name)?.span));
  const value = frame.read(name, span);
  if (value.kind === "node" && value.token !== undefined) return states.pastOf(name, value, steps, span);
  const node = context.float(value, span);
  return node === undefined ? POISON : states.pastOf(name, node, steps, span);
}

/** One equation that reads the next one, as it is written there: `h`, `u[t-1]`. */
interface Link {
  readonly name: string;
  readonly reads: string;
}

/** The shortest way from the equation `name`, which is read at `span` with a delay, back to it; undefined if there is none. */
function wayToItself(name: string, equations: ReadonlyMap<string, Expression>): readonly Link[] | undefined {
  const met = new Set([name]);
  const queue: { readonly at: string; readonly way: readonly Link[] }[] = [{ at: name, way: [] }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { at, way } = next;
    const expression = equations.get(at);
    if (expression === undefined) continue;
    for (const read of readsIn(expression)) {
      const longer = [...way, { name: at, reads: written(read.span) }];
      if (read.name === name) return longer;
      if (met.has(read.name)) continue;
      met.add(read.name);
      queue.push({ at: read.name, way: longer });
    }
  }
  return undefined;
}

function written(span: Span): string {
  return spanText(span).replaceAll(/\s+/g, " ");
}
