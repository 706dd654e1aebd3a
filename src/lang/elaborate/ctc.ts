// `by ctc`: labels that are fewer than the steps that they are read from, and not aligned with them (Graves et al. 2006). The expression E is
// `seq [V + 1]` for labels of V kinds; its last score is that of the blank. Its equations are the shipped cell `CTC`.
import { fail } from "../../base/invariant.ts";
import { add, ONE } from "../../shape/dim.ts";
import { plain, timeOf } from "../../shape/type.ts";
import { notAllowed, wrongType } from "../messages.ts";
import { apply } from "./apply.ts";
import { endStep } from "./end-step.ts";
import { takesNothing } from "./loss-arguments.ts";
import type { LossForm, LossRequest } from "./losses.ts";
import type { Pair } from "./loss.ts";
import { targetNow } from "./target-reads.ts";

export function ctc(request: LossRequest): LossForm | undefined {
  const { token } = request.target.value;
  if (!takesNothing(request) || !isOfLabels(request) || token === undefined) return undefined;
  return {
    kind: "labels",
    axes: [plain(add(token.size, ONE))],
    at: (pair) => lossOfExamples(request, pair),
    draws: { kind: "token" },
    makes: "token",
    isInNats: true,
  };
}

/** Reports a target that is not a sequence of labels of its own. */
function isOfLabels({ frame, target, call }: LossRequest): boolean {
  const { context } = frame;
  const { name, ahead, value, span } = target;
  if (timeOf(context.type(value)) === undefined) {
    const title = `\`by ctc\` is for a sequence of labels, but \`${name}\` is ${context.show(value)}`;
    context.report(wrongType(title, call.loss.span, `declare it \`target ${name}: seq ${context.show(value)}\``));
    return false;
  }
  if (ahead > 0) {
    const title = "`by ctc` predicts all labels of a sequence, so none of them lies ahead";
    context.report(notAllowed(title, span, `write \`predict ${name} from …\``));
    return false;
  }
  if (frame.isReadDelayed(name)) {
    const title = `\`by ctc\` predicts all labels at once, but the model reads \`${name}\` with a delay`;
    const help = `labels that are read again are predicted \`by cross\`, one at each step: remove \`by ctc\``;
    context.report(notAllowed(title, call.loss.span, help));
    return false;
  }
  return true;
}

/** -log of the probability of its labels for each example, `[B]`: the cell's loss at the last step of E. */
function lossOfExamples({ frame, target, call: { loss } }: LossRequest, { from }: Pair): string {
  const { context, scope, statePrefix, prefix } = frame;
  const { build } = context;
  const cell = scope.lossCells.get("ctc") ?? fail("elaborate", "no cell of `ctc`");
  const { span } = loss;
  const labels = targetNow(context, target.value, target.name, span);
  const size = target.value.token?.size ?? fail("elaborate", "no token");
  const home = frame.path.next("cell");
  const statePath = context.carried.applications.claim(statePrefix + home.path.slice(prefix.length));
  return context.carried.whole(() => {
    const result = apply(
      { context, caller: frame, ...home, statePath, parts: [], isReverse: false },
      { kind: "cell", ...cell, statics: new Map([["V", size]]), cells: new Map(), span },
      {
        positional: [{ value: context.node(from, span, ""), span }],
        named: new Map([["labels", { value: labels, span }]]),
        span,
      },
    );
    // Only a limit can refuse it, which was reported.
    return result.kind === "node"
      ? endStep(context, result.id, "last", { name: `${frame.path.path}.last`, span })
      : build.constant(0);
  });
}
