// Sizes, and what is computed from sizes alone, as numbers in the graph.
import type { Builder } from "../../ops/builder.ts";
import { constantOf, multiply, ONE, symbol, type Dim } from "../../shape/dim.ts";
import type { Unifier } from "../../shape/unify.ts";

interface Building {
  readonly build: Builder;
  readonly unifier: Unifier;
}

/** What `size` is as a number, such as `H` or `2*pi/H`. Only whole parts are read as sizes: the rest is arithmetic. */
export function sizeNode(building: Building, size: Dim): string {
  const { build, unifier } = building;
  const resolved = unifier.resolve(size);
  const known = constantOf(resolved);
  if (known !== undefined) return build.constant(known);
  if (isWhole(resolved)) return build.op("size", [], { dims: [resolved] });
  const terms = resolved.terms.map((term) => termNode(building, term));
  return terms.reduce((sum, term) => build.op("add", [sum, term]));
}

/** Whether it is whole for all whole sizes. */
function isWhole({ terms }: Dim): boolean {
  return terms.every(
    ({ coefficient, powers }) => Number.isInteger(coefficient) && powers.every(([, power]) => power > 0),
  );
}

function termNode({ build }: Building, { coefficient, powers }: Dim["terms"][number]): string {
  const product = (sign: 1 | -1): Dim =>
    powers
      .flatMap(([name, power]) => Array.from({ length: Math.max(0, sign * power) }, () => symbol(name)))
      .reduce(multiply, ONE);
  const read = (dim: Dim): string => (dim === ONE ? build.constant(1) : build.op("size", [], { dims: [dim] }));
  const [over, under] = [product(1), product(-1)];
  const scaled = coefficient === 1 ? read(over) : build.op("mul", [build.constant(coefficient), read(over)]);
  return under === ONE ? scaled : build.op("div", [scaled, read(under)]);
}
