// Which own axis a call means by `axis = k`: counted from 0, or from -1 at the end. `time` is that of a memory.
import type { Span } from "../../base/source.ts";
import type { Expression } from "../ast.ts";
import { notAllowed, wrongType } from "../messages.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import type { Operand } from "./product.ts";
import { wholeNumber } from "./static.ts";

/** The axis, counted from the right; the last one by default. Undefined if there is none, which has been reported. */
export function readAxis(
  axis: Expression | undefined,
  { value }: Operand,
  frame: Frame,
  place: Span,
): number | undefined {
  const { context } = frame;
  const own = context.own(value);
  const refuse = (title: string, help?: string): undefined => {
    context.report(wrongType(title, axis?.span ?? place, help));
    return undefined;
  };
  if (axis?.kind === "name" && axis.name === "time") {
    const memory = own.findIndex(({ tag }) => tag === "memory");
    if (memory >= 0) return memory - own.length;
    if (!context.type(value).axes.some(({ tag }) => tag === "time")) return refuse("this has no axis of time");
    context.report(
      notAllowed(
        "this does not act along the time of a sequence",
        axis.span,
        `read earlier steps by a delay: \`x[t-1]\``,
      ),
    );
    return undefined;
  }
  if (own.length === 0) return refuse("a scalar has no axis");
  if (axis === undefined) return -1;
  const known = evaluate(axis, frame);
  if (known.kind === "poison") return undefined;
  const number = known.kind === "static" ? wholeNumber(known.value) : undefined;
  if (number === undefined) return refuse("`axis` must be a whole number or `time`");
  const fromRight = number < 0 ? number : number - own.length;
  if (fromRight >= -own.length && fromRight < 0) return fromRight;
  context.report(wrongType(`there is no axis ${number} in ${context.show(value)}`, axis.span));
  return undefined;
}
