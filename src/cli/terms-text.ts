// Prints the gradient of a model's weights as a sum over pairs of steps.
import type { GradientTerms } from "../flow/terms.ts";
import { table } from "./table.ts";

/** For each weight a table of the norms of its terms, and the norm of their sum. */
export function termsText({ losses, isOfSequence, weights }: GradientTerms): string {
  const steps = [
    ["t", ...losses.keys()],
    ["L[t]", ...losses.map(brief)],
  ];
  const loss = table(isOfSequence ? [["L", ...losses.map(brief)]] : steps.map((row) => row.map(String)));
  const tables = weights.map(({ name, terms }) => {
    const steps = (terms.at(-1) ?? []).map((_, step) => `k = ${step}`);
    const rows = terms.map((each, t) => [
      isOfSequence ? "L" : `t = ${t}`,
      ...steps.map((_, k) => {
        const term = each[k];
        return term === undefined ? "" : brief(normOf([term.data]));
      }),
      brief(normOf(each.map(({ data }) => data))),
    ]);
    const all = normOf(terms.flat().map(({ data }) => data));
    return [`∂L/∂${name}, norms`, table([["", ...steps, "sum over k"], ...rows]), `all terms: ${brief(all)}`].join(
      "\n",
    );
  });
  return [loss, ...tables].join("\n\n");
}

/** The Frobenius norm of a sum of arrays. */
function normOf(arrays: readonly ArrayLike<number>[]): number {
  const [first] = arrays;
  const sum = Array.from({ length: first?.length ?? 0 }, (_, index) =>
    arrays.reduce((total, array) => total + (array[index] ?? NaN), 0),
  );
  return Math.hypot(...sum);
}

function brief(value: number): string {
  return String(Number(value.toPrecision(6)));
}
