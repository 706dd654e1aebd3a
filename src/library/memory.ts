// Lack of memory is an error of the user: a batch, a length or a size is too large for this machine.
import { UserError } from "../base/diagnostic.ts";
import type { Graph } from "../graph/graph.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { evaluateDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import type { Executable, Target } from "../targets/target.ts";
import { shownName } from "../train/outputs.ts";

/** Messages of JavaScript engines if an array or the memory of WebAssembly cannot be allocated. */
const ALLOCATION_FAILED = /allocation failed|invalid (?:typed )?array length|memory\.grow|out of memory/i;

/** A target that throws a UserError with the sizes if memory is not enough. */
export function withMemoryErrors<T>(target: Target<T>): Target<T> {
  return {
    ...target,
    upload: (array) =>
      allocate(
        () => target.upload(array),
        () => `an array [${array.shape.join(", ")}]`,
      ),
    compile: (graph) => {
      const executable: Executable<T> = target.compile(graph);
      return {
        ...(executable.prepare === undefined ? {} : { prepare: (sizes) => executable.prepare?.(sizes) }),
        run: (inputs, sizes) =>
          allocate(
            () => executable.run(inputs, sizes),
            () => describeRun(sizes),
          ),
        dispose: () => executable.dispose(),
      };
    },
  };
}

/** Throws a UserError if `make` cannot allocate memory. */
export function allocate<R>(make: () => R, what: () => string): R {
  try {
    return make();
  } catch (problem) {
    if (problem instanceof RangeError && ALLOCATION_FAILED.test(problem.message))
      throw new UserError(`there is not enough memory for ${what()}`);
    throw problem;
  }
}

function describeRun(sizes: Sizes): string {
  return `a run with ${[...sizes].map(([name, size]) => `${name} = ${size}`).join(", ")}`;
}

/** The limit for one array, and for all weights together, as 32-bit floats: the memory of 32-bit addresses. */
export const MAX_BYTES = 2 ** 32;
const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;

/** Throws a UserError, before anything is allocated, if a result or a state of a run needs more than `MAX_BYTES`. */
export function refuseHugeResults({ graph, name }: Program, sizes: Sizes): void {
  const key = [...sizes.values()].join();
  if (checkedSizes.get(graph) === key) return;
  for (const [output, id] of graph.outputs) {
    const { axes } = graph.node(id).type;
    if (axes.some(({ size }) => symbolsOf(size).some((each) => !sizes.has(each)))) continue;
    const shape = axes.map(({ size }) => evaluateDim(size, sizes));
    const bytes = countBytes(shape);
    if (bytes > MAX_BYTES)
      throw new UserError(
        `\`${shownName(output)}\` of \`${name}\` would be [${shape.join(", ")}], ${printBytes(bytes)}, but the limit is ${printBytes(MAX_BYTES)}`,
      );
  }
  checkedSizes.set(graph, key);
}

/** The last sizes with which a graph's results were small enough, so that repeated sizes are checked once. */
const checkedSizes = new WeakMap<Graph, string>();

/** Of an array in 32-bit floats. */
export function countBytes(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 4);
}

/** `1.5 GiB`. */
export function printBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 2 ** (10 * power)).toPrecision(3))} ${UNITS[power] ?? ""}`;
}
