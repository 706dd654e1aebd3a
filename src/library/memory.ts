// Where memory ends. What a target cannot allocate is no fault of ours: a batch, a length or a size is too large for this machine.
import { UserError } from "../base/diagnostic.ts";
import type { Graph } from "../graph/graph.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { evaluateDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import type { Executable, Target } from "../targets/target.ts";
import { shownName } from "../train/outputs.ts";

/** What engines of JavaScript say where an array or the memory of WebAssembly cannot be had. */
const REFUSED = /allocation failed|invalid (?:typed )?array length|memory\.grow|out of memory/i;

/** A target on which a lack of memory is a UserError that tells the sizes. */
export function tellingOfMemory<T>(target: Target<T>): Target<T> {
  return {
    ...target,
    upload: (array) =>
      allocating(
        () => target.upload(array),
        () => `an array [${array.shape.join(", ")}]`,
      ),
    compile: (graph) => {
      const executable: Executable<T> = target.compile(graph);
      return {
        ...(executable.prepare === undefined ? {} : { prepare: (sizes) => executable.prepare?.(sizes) }),
        run: (inputs, sizes) =>
          allocating(
            () => executable.run(inputs, sizes),
            () => told(sizes),
          ),
        dispose: () => executable.dispose(),
      };
    },
  };
}

/** Throws a UserError where `make` finds no memory. */
export function allocating<R>(make: () => R, what: () => string): R {
  try {
    return make();
  } catch (problem) {
    if (problem instanceof RangeError && REFUSED.test(problem.message))
      throw new UserError(`there is not enough memory for ${what()}`);
    throw problem;
  }
}

function told(sizes: Sizes): string {
  return `a run with ${[...sizes].map(([name, size]) => `${name} = ${size}`).join(", ")}`;
}

/** In 32-bit floats, of one array or of all weights together: what memory with addresses of 32 bits can hold. */
export const MOST_BYTES = 2 ** 32;
const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;

/** Throws a UserError, before anything is allocated, where a result or a state of a run is more than memory holds. */
export function refuseHugeResults({ graph, name }: Program, sizes: Sizes): void {
  const key = [...sizes.values()].join();
  if (fitting.get(graph) === key) return;
  for (const [output, id] of graph.outputs) {
    const { axes } = graph.node(id).type;
    if (axes.some(({ size }) => symbolsOf(size).some((each) => !sizes.has(each)))) continue;
    const shape = axes.map(({ size }) => evaluateDim(size, sizes));
    const bytes = bytesOf(shape);
    if (bytes > MOST_BYTES)
      throw new UserError(
        `\`${shownName(output)}\` of \`${name}\` would be [${shape.join(", ")}], ${inBytes(bytes)}, but ${inBytes(MOST_BYTES)} is the most that can be held`,
      );
  }
  fitting.set(graph, key);
}

/** The last sizes with which a graph's results were found to fit: updates of one size after the other are looked at once. */
const fitting = new WeakMap<Graph, string>();

/** Of an array in 32-bit floats. */
export function bytesOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 4);
}

/** `1.5 GiB`. */
export function inBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 2 ** (10 * power)).toPrecision(3))} ${UNITS[power] ?? ""}`;
}
