// `minimize EXPR`: a scalar that is added to the loss.
import { timeOf } from "../../shape/type.ts";
import type { Statement } from "../ast.ts";
import { wrongShape } from "../messages.ts";
import { readNumber } from "./arguments.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { meanOverBatch } from "./loss.ts";
import { EquationPath } from "./equation-path.ts";
import type { Value } from "./value.ts";

/** The scalar, scaled by its `weight`; undefined if an error was reported. */
export function minimized(frame: Frame, statement: Extract<Statement, { kind: "minimize" }>): string | undefined {
  const { context } = frame;
  frame.path = new EquationPath({ path: "minimize", owner: `${frame.owner}/minimize ${statement.span.start}` });
  const value: Value = evaluate(statement.value, frame);
  const node = context.float(value, statement.value.span);
  const weight = statement.weight === null ? 1 : (readNumber(statement.weight, frame, "`weight`") ?? 1);
  if (node === undefined) return undefined;
  const type = context.type(node);
  if (context.own(node).length > 0 || timeOf(type) !== undefined) {
    context.report(
      wrongShape(
        "`minimize` needs a scalar",
        statement.value.span,
        [context.side(node, statement.value.span, "this")],
        "reduce it to one number: `mean(…)`",
      ),
    );
    return undefined;
  }
  const { build } = context;
  const mean = type.axes.length === 0 ? node.id : meanOverBatch(context, node.id);
  return weight === 1 ? mean : build.op("mul", [mean, build.constant(weight)]);
}
