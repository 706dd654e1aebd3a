// Shift and scale of numbers that a model reads standardised: the mean and the standard deviation of each element over all steps of the rows
// that are trained on. An element that never changes has the scale 1.
import { UserError } from "../base/diagnostic.ts";
import type { RowPart } from "../data/dataset.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { DeviceState } from "./device-state.ts";

/** One number for each element of a step. */
export interface Scale {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** By the names of inputs and targets. Reads all rows once more, if there are any such inputs. */
export function scalesOf({ inputs }: Program, { rows, from, to }: RowPart): ReadonlyMap<string, Scale> {
  const moments = new Map(
    inputs.flatMap(({ name, scaling }) => (scaling === undefined ? [] : [[name, new Moments()]])),
  );
  if (moments.size === 0) return new Map();
  for (let row = from; row < to; row++) {
    const values = rows.read(row);
    for (const [name, own] of moments) {
      const value = values.get(name);
      if (value?.kind === "numbers") own.add(value.numbers, value.steps, value.lacking);
    }
  }
  return new Map(
    [...moments].map(([name, own]) => {
      const found = own.finish();
      if ([...found.shift, ...found.scale].every((each) => Number.isFinite(Math.fround(each)))) return [name, found];
      throw new UserError(`${rows.name}: \`${name}\` is scaled, but its numbers are too large for 32-bit floats`);
    }),
  );
}

/** Running means and sums of squared differences (Welford 1962), one for each element of a step. */
class Moments {
  #count = 0;
  #means = new Float64Array(0);
  #squares = new Float64Array(0);

  add(numbers: readonly number[], steps: number, lacking: ReadonlySet<number> | undefined): void {
    const width = steps === 0 ? 0 : numbers.length / steps;
    if (this.#count === 0 && width > 0) {
      this.#means = new Float64Array(width);
      this.#squares = new Float64Array(width);
    }
    for (let step = 0; step < steps; step++) {
      if (lacking?.has(step) === true) continue;
      this.#count += 1;
      for (let k = 0; k < width; k++) this.#addOne(k, numbers[step * width + k] ?? 0);
    }
  }

  #addOne(k: number, value: number): void {
    const mean = this.#means[k] ?? 0;
    const next = mean + (value - mean) / this.#count;
    this.#means[k] = next;
    this.#squares[k] = (this.#squares[k] ?? 0) + (value - mean) * (value - next);
  }

  finish(): Scale {
    const scale = this.#squares.map((sum) => Math.sqrt(sum / Math.max(1, this.#count)));
    return { shift: this.#means, scale: scale.map((each) => (Math.fround(each) > 0 ? each : 1)) };
  }
}

/** Gives a model that was not trained before the scales of its data. Weights that are given, or were trained with, keep theirs. */
export async function beginScales<T>(
  { inputs }: Program,
  weights: DeviceState<T>,
  scales: ReadonlyMap<string, Scale>,
): Promise<void> {
  for (const { name, scaling } of inputs) {
    const found = scales.get(name);
    if (scaling === undefined || found === undefined) continue;
    const [shift, scale] = [await weights.download(scaling.shift), await weights.download(scaling.scale)];
    if (shift.data.some((each) => each !== 0) || scale.data.some((each) => each !== 1)) continue;
    weights.put(scaling.shift, { ...shift, data: found.shift });
    weights.put(scaling.scale, { ...scale, data: found.scale });
  }
}
