// Pads ragged batches to a few different lengths, so that a target makes few plans. Padding is masked, so results do not change: they have
// the same bits on targets whose sums go by an element's index (wasm, reference), and differ by rounding on others.
import type { InputKind } from "../graph/border.ts";
import { NEW_STEPS } from "../base/window-sizes.ts";
import { symbolOf, symbolsOf, type Sizes } from "../shape/dim.ts";
import { countThinned, sizeNamed, thinned } from "../shape/thinned.ts";
import type { Type } from "../shape/type.ts";
import type { CompiledGraph, InputNode } from "../targets/bound.ts";
import type { HostArray } from "../targets/target.ts";
import { selectExamples, sliceSteps } from "./array-parts.ts";
import type { Batch } from "./source.ts";

/** The number of different sets of sizes that are not padded: those of full batches and of the last one, if all data have one length. */
const MAX_EXACT = 2;

/** Lengths up to this are not padded, because products of so few rows have kernels of their own. */
const SHORT = 4;

const STEP = 8;

/** The length to which a sequence of `steps` steps is padded: at most 7 steps more, or an eighth more. */
export function bucketOf(steps: number): number {
  if (steps <= SHORT) return steps;
  const step = Math.max(STEP, 2 ** (Math.ceil(Math.log2(steps)) - 4));
  return Math.ceil(steps / step) * step;
}

/** Whether inputs are already on the device, so that the host does not upload them. */
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
  readonly #exactSizes = new Set<string>();
  /** The largest number of steps so far, by time. Nothing is padded beyond it. */
  readonly #longest = new Map<string, number>();

  /** Sequences are not padded if another axis of an input or output depends on their time. */
  constructor(inputs: readonly InputNode[], outputs: readonly Type[]) {
    this.#inputs = inputs;
    const types = [...inputs.filter(isFed).map(({ type }) => type), ...outputs];
    this.#times = inputs
      .flatMap(({ input }) => (input.kind === "lengths" && input.ahead === 0 ? [input.time] : []))
      .filter((time) => types.every((type) => isAlongSteps(type, time)));
  }

  /** The batch, with padded sequences unless its sizes are among the first ones. */
  pad(batch: Batch): Batch {
    const { sizes } = batch;
    // The last steps of a window are counted from its end, so it is not padded.
    if (this.#times.length === 0 || sizes.has(NEW_STEPS)) return batch;
    for (const time of this.#times)
      this.#longest.set(time, Math.max(this.#longest.get(time) ?? 0, sizes.get(time) ?? 0));
    const key = [...sizes].join();
    if (this.#exactSizes.size < MAX_EXACT) this.#exactSizes.add(key);
    if (this.#exactSizes.has(key)) return batch;
    const padded = new Map(sizes);
    for (const time of this.#times) {
      const steps = sizes.get(time);
      if (steps !== undefined) padded.set(time, Math.min(bucketOf(steps), this.#longest.get(time) ?? steps));
    }
    for (const time of sizes.keys()) {
      const steps = this.#leftOf(time, padded);
      if (steps !== undefined) padded.set(time, steps);
    }
    const arrays = new Map(batch.arrays);
    for (const { name, type } of this.#inputs) {
      const array = arrays.get(name);
      const [first] = type.axes;
      const time = first === undefined ? undefined : symbolOf(first.size);
      const isPadded = time !== undefined && (this.#times.includes(time) || this.#leftOf(time, padded) !== undefined);
      const steps = isPadded ? padded.get(time) : undefined;
      if (array !== undefined && steps !== undefined) arrays.set(name, padTo(array, steps));
    }
    return { ...batch, arrays, sizes: padded };
  }

  /** The steps that are left of a padded time, if `time` has each k-th step of it. */
  #leftOf(time: string, padded: Sizes): number | undefined {
    const parts = thinned(time);
    const whole = parts !== undefined && this.#times.includes(parts.of) ? padded.get(parts.of) : undefined;
    return parts === undefined || whole === undefined ? undefined : countThinned(whole, parts.every);
  }
}

/** A result without the steps that were added. */
export function removePadding(array: HostArray, type: Type, sizes: Sizes): HostArray {
  return type.axes.reduce((cut, { tag, size }, axis) => {
    const steps = tag === "time" || tag === "memory" ? sizeNamed(symbolOf(size) ?? "", sizes) : undefined;
    if (steps === undefined || steps === cut.shape[axis]) return cut;
    if (axis === 0) return sliceSteps(cut, 0, steps);
    return selectExamples(cut, axis, [...Array(steps).keys()]);
  }, array);
}

/** Null if the target makes no plans. */
export function bucketsOf({ inputs, outputs, executable }: CompiledGraph<unknown>): LengthBuckets | null {
  const types = [...outputs.values()].map(({ type }) => type);
  return executable.prepare === undefined ? null : new LengthBuckets(inputs, types);
}

function isFed({ input }: InputNode): boolean {
  return !ON_DEVICE[input.kind];
}

/** Whether a time is only the size of the first axis, alone. */
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
