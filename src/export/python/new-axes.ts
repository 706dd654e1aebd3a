// New axes as Python writes them: `None` in an index.
import { atom, index, type Expression } from "../source/expression.ts";

/** `x[:, None]`. */
export function withNone(x: Expression, isNew: readonly boolean[]): Expression {
  const firstNew = isNew.indexOf(true);
  const behind = isNew.slice(firstNew);
  if (behind.every(Boolean) && firstNew > 1) return index(x, [atom("..."), ...behind.map(() => atom("None"))]);
  return index(
    x,
    isNew.slice(0, isNew.lastIndexOf(true) + 1).map((each) => atom(each ? "None" : ":")),
  );
}
