// Ragged batches in few different lengths, so that a target makes few plans: where many sets of sizes come, sequences are padded a
// little further. Lengths are masked, so nothing else changes; on the targets whose sums go by an element's place (wasm, and
// reference) results are the same bits, on others they are as near as any rounding.
import type { InputKind } from "../graph/border.ts";
import { NEW_STEPS } from "../lang/elaborate/loss.ts";
import { symbolOf, symbolsOf, type Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { CompiledGraph, InputNode } from "../targets/bound.ts";
import type { HostArray } from "../targets/target.ts";
import { stepsOf } from "./array-parts.ts";
import type { Batch } from "./source.ts";

/** So many sets of sizes are taken as they come, a whole batch's and the last one's: data of one length are never padded. */
const EXACT = 2;

/** Lengths up to here stay: products of so few rows have kernels of their own. */
const SHORT = 4;

const STEP = 8;

/** The length to which a sequence of so many steps is padded: at most 7 steps more, or an eighth. */
export function bucketOf(steps: number): number {
  if (steps <= SHORT) return steps;
  const step = Math.max(STEP, 2 ** (Math.ceil(Math.log2(steps)) - 4));
  return Math.ceil(steps / step) * step;
}

/** Whether inputs lie on the device: the host does not feed them. */
const ON_DEVICE: Readonly<Record<InputKind, boolean>> = {
  weight: true,
  slot: true,
  state: true,
  held: true,
  saved: true,
  data: false,
  labelled: false,
  lengths: false,
  fresh: false,
  random: false,
  cut: false,
  cotangent: false,
  setting: false,
  symbol: false,
};

export class LengthBuckets {
  readonly #inputs: readonly InputNode[];
  readonly #times: readonly string[];
  readonly #met = new Set<string>();
  /** The longest that came, by time: nothing is padded beyond it. */
  readonly #longest = new Map<string, number>();

  /** Times are left alone whose outputs or inputs hold them in another way than as steps. */
  constructor(inputs: readonly InputNode[], outputs: readonly Type[]) {
    this.#inputs = inputs;
    const types = [...inputs.filter(isFed).map(({ type }) => type), ...outputs];
    this.#times = inputs
      .flatMap(({ input }) => (input.kind === "lengths" && input.ahead === 0 ? [input.time] : []))
      .filter((time) => types.every((type) => isAlongSteps(type, time)));
  }

  /** The batch, with its sequences padded where it comes in one set of sizes too many. */
  fitted(batch: Batch): Batch {
    const { sizes } = batch;
    // A window's last steps are counted from its end.
    if (this.#times.length === 0 || sizes.has(NEW_STEPS)) return batch;
    for (const time of this.#times)
      this.#longest.set(time, Math.max(this.#longest.get(time) ?? 0, sizes.get(time) ?? 0));
    const key = [...sizes].join();
    if (this.#met.size < EXACT) this.#met.add(key);
    if (this.#met.has(key)) return batch;
    const padded = new Map(sizes);
    for (const time of this.#times) {
      const steps = sizes.get(time);
      if (steps !== undefined) padded.set(time, Math.min(bucketOf(steps), this.#longest.get(time) ?? steps));
    }
    const arrays = new Map(batch.arrays);
    for (const { name, type } of this.#inputs) {
      const array = arrays.get(name);
      const [first] = type.axes;
      const time = first === undefined ? undefined : symbolOf(first.size);
      const steps = time === undefined || !this.#times.includes(time) ? undefined : padded.get(time);
      if (array !== undefined && steps !== undefined) arrays.set(name, padTo(array, steps));
    }
    return { ...batch, arrays, sizes: padded };
  }
}

/** A result without the steps that were added. */
export function unpadded(array: HostArray, type: Type, sizes: Sizes): HostArray {
  const [first] = type.axes;
  const steps = first?.tag === "time" ? sizes.get(symbolOf(first.size) ?? "") : undefined;
  return steps === undefined || steps === array.shape[0] ? array : stepsOf(array, 0, steps);
}

/** Null where the target makes no plans. */
export function bucketsOf({ inputs, outputs, executable }: CompiledGraph<unknown>): LengthBuckets | null {
  const types = [...outputs.values()].map(({ type }) => type);
  return executable.prepare === undefined ? null : new LengthBuckets(inputs, types);
}

function isFed({ input }: InputNode): boolean {
  return !ON_DEVICE[input.kind];
}

/** Whether a time stands nowhere but in front, by itself. */
function isAlongSteps({ axes }: Type, time: string): boolean {
  return axes.every(({ size }, index) => !symbolsOf(size).includes(time) || (index === 0 && symbolOf(size) === time));
}

function padTo({ dtype, shape, data }: HostArray, steps: number): HostArray {
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  const count = steps * width;
  const out =
    data instanceof Float64Array
      ? new Float64Array(count)
      : dtype === "int"
        ? new Int32Array(count)
        : new Float32Array(count);
  out.set(data);
  return { dtype, shape: [steps, ...shape.slice(1)], data: out };
}
