// Inputs for a cell or model of which none are given: normal numbers, and tokens that are equally likely.
import { fillNormal, uniformAt } from "../base/random.ts";
import { Compiled } from "../library/compiled.ts";
import type { NumberArray } from "../library/given.ts";
import type { Arrays, CompiledModel } from "../library/types.ts";
import { countOf } from "../ops/nd.ts";
import { evaluateDim, symbolsOf } from "../shape/dim.ts";
import { UserError } from "../base/diagnostic.ts";

/** Of a size that nothing gives. */
const SIZE = 8;

/** For `run`: sequences of `steps` steps, `examples` of them. The same for the same seed. Targets get none. */
export function drawnInputs(
  model: CompiledModel,
  { steps, examples, seed }: { readonly steps: number; readonly examples: number; readonly seed: number },
): Arrays {
  if (!(model instanceof Compiled)) throw new UserError("inputs can be drawn for a compiled cell or model only");
  const { program, sizes } = model;
  const drawn = program.inputs.flatMap(({ name, role, type, token }): [string, NumberArray][] => {
    if (role === "target") return [];
    const own = type.axes.filter(({ tag }) => tag !== "batch");
    const axes = own.map((axis) => {
      if (axis.tag === "time" || axis.tag === "memory") return steps;
      const known = new Map(symbolsOf(axis.size).map((symbol) => [symbol, sizes.known.get(symbol) ?? SIZE]));
      return evaluateDim(axis.size, known);
    });
    const shape = [examples, ...axes];
    const count = countOf(shape);
    if (token !== undefined) {
      const below = sizes.known.get(token.vocabulary) ?? SIZE;
      const data = Int32Array.from({ length: count }, (_, index) => Math.floor(uniformAt(seed, name, index) * below));
      return [[name, { shape, data }]];
    }
    const data = new Float64Array(count);
    fillNormal(data, seed, name);
    return [[name, { shape, data }]];
  });
  return Object.fromEntries(drawn);
}
