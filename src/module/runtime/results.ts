// What a run or a step returns: arrays with the examples first, under the names of the spec.
import { countOf } from "../../ops/nd.ts";
import { swapAxes } from "../../train/array-parts.ts";
import type { NumberArray } from "./arrays.ts";
import type { Output } from "./placed-program.ts";

/** An array; of tokens with a vocabulary also their text, one for each example of a batch. */
export interface Result extends NumberArray {
  readonly text?: string | readonly string[];
}

export type Results = Readonly<Record<string, Result>>;

/** Results before predictions are made of logits. */
export type Plain = ReadonlyMap<string, NumberArray>;

/** Copies results out of memory, the examples first. `isSingle`: without their axis; `isStep`: without that of time. */
export function plainResults(outputs: readonly Output[], isSingle: boolean, isStep: boolean): Plain {
  return new Map(
    outputs.flatMap((output) =>
      output.gives.kind === "result" ? [[output.gives.name, examplesFirst(output, isSingle, isStep)] as const] : [],
    ),
  );
}

/** Results of single examples as those of a batch, with 0 behind each example's end. `shapes` are those of a full example. */
export function stacked(
  examples: readonly Plain[],
  shapes: ReadonlyMap<string, readonly number[]>,
  isSingle: boolean,
): Plain {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const count = countOf(shape);
      const all = examples.map((example) => example.get(name));
      const data =
        all[0]?.data instanceof Int32Array ? new Int32Array(count * all.length) : new Float32Array(count * all.length);
      all.forEach((each, index) => {
        if (each !== undefined) embed(each.data, each.shape, data.subarray(index * count, (index + 1) * count), shape);
      });
      return [name, { shape: isSingle ? shape : [all.length, ...shape], data }] as const;
    }),
  );
}

/** Copies an array to the beginning of a larger one along each axis. */
function embed(
  from: NumberArray["data"],
  own: readonly number[],
  to: NumberArray["data"],
  shape: readonly number[],
): void {
  const [size = 0, ...rest] = own;
  if (own.length === 0 || countOf(own) === countOf(shape)) {
    to.set(from);
    return;
  }
  const [inner, outer] = [countOf(rest), countOf(shape.slice(1))];
  for (let index = 0; index < size; index++)
    embed(
      from.subarray(index * inner, (index + 1) * inner),
      rest,
      to.subarray(index * outer, (index + 1) * outer),
      shape.slice(1),
    );
}

function examplesFirst({ shape, data, batchAt }: Output, isSingle: boolean, isStep: boolean): NumberArray {
  if (batchAt < 0) return { shape, data: data.slice() };
  const [steps, batch] = batchAt === 1 ? [shape[0] ?? 0, shape[1] ?? 0] : [1, shape[0] ?? 0];
  const rest = shape.slice(batchAt + 1);
  const out = data.slice();
  if (batch > 1) swapAxes(out, data, [steps, batch, countOf(rest)]);
  return { shape: [...(isSingle ? [] : [batch]), ...(batchAt === 1 && !isStep ? [steps] : []), ...rest], data: out };
}
