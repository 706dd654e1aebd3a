// Forms that turn tokens into numbers: `onehot`, `embed`, `lookup`.
import type { Span } from "../../../base/source.ts";
import { leadingAxes, type Axis } from "../../../shape/type.ts";
import { wrongShape, wrongType } from "../../messages.ts";
import { readArguments, readSize, type Call } from "../arguments.ts";
import type { Elaboration } from "../context.ts";
import type { Frame } from "../frame.ts";
import { readInit } from "../init.ts";
import { product, type Operand } from "../product.ts";
import { POISON, type NodeValue, type Token, type Value } from "../value.ts";
import { operandOf, tokenOf } from "./form.ts";

export function onehot(call: Call, frame: Frame): Value {
  const { context } = frame;
  const known = tokenOf(readArguments(call, frame, ["k"])?.get("k"), frame);
  if (known === undefined) return POISON;
  return context.op("onehot", [known.value.id], call.span, {
    dims: [context.unifier.resolve(known.token.size)],
  });
}

export function embed(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["k", "E"], ["init"]);
  const { path, owner } = frame.path.next("embed");
  const known = tokenOf(given?.get("k"), frame);
  const width = given?.get("E");
  const size = width === undefined ? undefined : readSize(width, frame);
  if (known === undefined || size === undefined) return POISON;
  const initial = given?.get("init");
  const init = initial === undefined ? NORMAL_TENTH : readInit(initial, frame);
  const axes: readonly Axis[] = [known.token.size, size].map((each) => ({ tag: "plain", size: each }));
  const table = context.weights.declare({ owner, name: `${path}.table`, axes, init, span: call.span });
  if (table === undefined) return POISON;
  return context.op("lookup", [table, known.value.id], call.span);
}

const NORMAL_TENTH = {
  kind: "call" as const,
  name: "normal" as const,
  args: [{ kind: "number" as const, value: 0.1 }],
};

export function lookup(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["table", "k"]);
  const table = operandOf(given?.get("table"), frame);
  const known = tokenOf(given?.get("k"), frame);
  if (table === undefined || known === undefined) return POISON;
  const rows = context.own(table.value)[0];
  if (rows?.tag === "memory") {
    return context.report(
      wrongType(
        "`lookup` needs a fixed number of rows, but this table has one row for each step of a memory",
        table.span,
        "use attention to read the steps: `softmax(scores) @ memory`",
      ),
    );
  }
  if (rows === undefined || context.unifier.same(rows, { tag: "plain", size: known.token.size }) === undefined) {
    return context.report(
      wrongShape("the table needs one row for each token", call.span, [
        context.side(table.value, table.span, "the table"),
        context.side(known.value, call.span, "the token"),
      ]),
    );
  }
  const isOfEachExample = leadingAxes(context.type(table.value)).length > 0;
  if (isOfEachExample) return ownRow(context, table, known, call.span);
  return context.op("lookup", [table.value.id, known.value.id], call.span);
}

/** For a table of each example, or of each step: `onehot(k) @ table`. */
function ownRow(
  context: Elaboration,
  table: Operand,
  { value, token }: { readonly value: NodeValue; readonly token: Token },
  span: Span,
): Value {
  const hot = context.op("onehot", [value.id], span, { dims: [context.unifier.resolve(token.size)] });
  return hot.kind === "node" ? product(context, [{ value: hot, span }, table], span) : hot;
}
