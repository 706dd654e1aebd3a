// Compile time by the length of the sequence: from the text of a spec to steady updates.
// It is the time to parse, elaborate, differentiate, run the passes, and build the target's program, plus the extra time of the first
// update. The initial weights are not included.
import { open, programOf } from "../src/compile.ts";
import { loadFromDisk, shipped } from "../src/shipped/specs.ts";
import type { Batch } from "../src/train/source.ts";
import { Trainer } from "../src/train/trainer.ts";
import { updateGraph } from "../src/train/update.ts";
import { DEFAULT_OPTIMIZER } from "../src/train/optimizer.ts";
import type { Target } from "../src/targets/target.ts";
import { constant } from "../src/shape/dim.ts";
import { median } from "./median.ts";

const B = 1;
const V = 32;

/** What CharLM is compiled with. */
export type CharSizes = Readonly<Record<"E" | "H" | "layers", number>>;
const SMALL: CharSizes = { E: 8, H: 16, layers: 1 };

export interface CompileRow {
  readonly T: number;
  /** Milliseconds, the median over the rounds. */
  readonly total: number;
}

/** Compiles CharLM (one layer, H = 16) for each length in turn, `rounds` times; medians. */
export async function compileTimes<T>(
  target: Target<T>,
  lengths: readonly number[],
  rounds: number,
): Promise<readonly CompileRow[]> {
  // Loading modules, V8's own warm-up and the growth of tfjs' memory are no part of compiling.
  for (const T of lengths) await compileOnce(target, T, SMALL);
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    // In turn, and every other round the other way round: what one leaves behind must not always meet the same other.
    for (const T of round % 2 === 0 ? lengths : lengths.toReversed()) samples.push(await compileOnce(target, T, SMALL));
  }
  return lengths.map((T) => {
    const rows = samples.filter((sample) => sample.T === T);
    return {
      T,
      total: median(rows.map(({ compile, first, later }) => compile + first - later)),
    };
  });
}

export interface Sample {
  readonly T: number;
  /** Milliseconds: to a program of the target that is ready to run; the first update with it; a later one. */
  readonly compile: number;
  readonly first: number;
  readonly later: number;
}

/** From the spec's text to a trainer that has made four updates of so many steps. */
export async function compileOnce<T>(target: Target<T>, length: number, sizes: CharSizes): Promise<Sample> {
  const source = shipped("models").find((each) => each.name.endsWith("charlm.rec"));
  if (source === undefined) throw new Error("specs/models/charlm.rec is missing");
  globalThis.gc?.();
  const start = performance.now();
  const scope = open(source, loadFromDisk);
  const definition = scope.definitions.get("CharLM");
  if (definition === undefined) throw new Error("no CharLM");
  const statics = new Map(Object.entries(sizes).map(([name, size]) => [name, constant(size)]));
  const program = programOf(definition, statics, { ragged: false, training: true, states: "carried" });
  const settings = { optimizer: DEFAULT_OPTIMIZER, clip: { norm: 5 } };
  const batch = randomBatch(length);
  const executable = target.compile(updateGraph(program, settings));
  executable.prepare?.(new Map([...batch.sizes, ["V", V]]));
  const compile = performance.now() - start;
  executable.dispose();
  const trainer = new Trainer(program, target, { ...settings, seed: 1, sizes: new Map([["V", V]]) });
  trainer.prepare(batch.sizes);
  const times: number[] = [];
  for (let update = 0; update < 4; update++) {
    const begin = performance.now();
    await trainer.update({ ...batch, isFresh: update === 0 });
    times.push(performance.now() - begin);
  }
  trainer.dispose();
  const [first = 0, ...later] = times;
  return { T: length, compile, first, later: median(later) };
}

function randomBatch(length: number): Omit<Batch, "isFresh"> {
  const tokens = (shift: number): Int32Array =>
    Int32Array.from({ length: length * B }, (_, index) => (index * 7 + shift) % V);
  const array = (shift: number) => ({ dtype: "int" as const, shape: [length, B], data: tokens(shift) });
  return {
    arrays: new Map([
      ["text", array(0)],
      ["text[t+1]", array(7)],
    ]),
    sizes: new Map([
      ["B", B],
      ["T.text", length],
    ]),
    tokens: length * B,
  };
}
