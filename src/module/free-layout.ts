// A graph laid out once for all sizes. It is recorded for several choices of its free sizes, all larger than any at which a target decides
// otherwise; what differs between the lists is a sum of products of sizes, which is found from few of them and checked elsewhere.
// What is found holds for small sizes too: strides and counts are the same sums there, and no kernel assumes that a size is above 1.
import { UserError } from "../base/diagnostic.ts";
import { getOrCreate } from "../base/get-or-create.ts";
import { fail, lookup } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { livesOf } from "../kernel/arena.ts";
import { constantsOf } from "../kernel/constants.ts";
import { fuse } from "../kernel/fuse.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { Matmul } from "../kernel/ops.ts";
import { record, type RecordedProgram } from "../kernel/record.ts";
import type { Task } from "../kernel/task.ts";
import type { Storage } from "../kernel/view.ts";
import type { Sizes } from "../shape/dim.ts";
import { listsFor } from "../lists/layout.ts";
import type { Base } from "../lists/list-builder.ts";
import { matmulOf, matmulOfOneForm } from "../lists/matmul.ts";
import { type Exponents, exponentsOf, Interpolation, valueOf } from "./count.ts";
import { formOf } from "./constants.ts";
import type { Count, ProgramDescription } from "./description.ts";
import { KernelNumbers } from "./kernels.ts";
import type { PairedKernel } from "./paired-kernels.ts";

/** A program whose inputs and outputs are known by the names of the graph. */
export interface FreeLayout extends Omit<ProgramDescription, "inputs" | "outputs"> {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly Count[] }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly Count[]; readonly store: number }[];
}

export interface FreeLayoutOptions {
  /** Those that are known. */
  readonly sizes: Sizes;
  /** The names of all others; a part of a time stands before it. */
  readonly free: readonly string[];
  /** Numbers kernels in the module's table. */
  readonly numberOf: (kernel: PairedKernel) => number;
  /** Those that can be called. */
  readonly kernels: Kernels<PairedKernel>;
}

/** No two are equal, none divides another, and all are above what a target takes for few. They rise: no part of a time is longer than it. */
const PRIMES = [
  37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149,
] as const;

/**
 * The sums of products that a number may be, from those that are found from few layouts to those that need many: powers of a size, and of
 * all together. Squares are rare: a memory that is read at each step of its own time has some in its gradient.
 */
const FORMS = [
  { degree: 1, most: 2 },
  { degree: 1, most: 3 },
  { degree: 2, most: 3 },
  { degree: 2, most: Infinity },
] as const;

/**
 * Throws a UserError if kernels depend on the sizes. A single product may be of another form than one of several, so products have one form
 * where it is so: memory that a step of one example reads is then not packed.
 */
export function freeLayout(graph: Graph, options: FreeLayoutOptions): FreeLayout {
  const forms = { ...options.kernels, threads: 1 };
  for (const matmul of [matmulOf(graph, forms), matmulOfOneForm(forms)]) {
    const found = layoutOf(graph, { ...options, matmul });
    if (found !== "other kernels") return found;
  }
  throw new UserError(
    "a module has one program for all sizes, but the kernels of this one depend on the number of examples or steps: take the format `onnx`, `c`, `tfjs`, `pytorch` or `jax`",
  );
}

interface RecordOptions extends FreeLayoutOptions {
  readonly matmul: Matmul;
}

function layoutOf(graph: Graph, options: RecordOptions): FreeLayout | "other kernels" {
  const { sizes, free } = options;
  const points = free.map((_, size) => PRIMES.slice(3 * size, 3 * (size + 1)));
  if (3 * free.length > PRIMES.length) return fail("module", `${free.length} free sizes`);
  // A number of its own for each kernel: the module has only kernels of the layout that is found.
  const { numberOf } = new KernelNumbers();
  const at = (values: readonly number[]): Snapshot => {
    const all = new Map([...sizes, ...free.map((name, size) => [name, values[size] ?? 1] as const)]);
    return snapshot(graph, all, { ...options, numberOf });
  };
  const known = new Map<string, Snapshot>();
  const atCorner = (exponents: Exponents): Snapshot =>
    getOrCreate(known, exponents.join(), () => at(exponents.map((power, size) => points[size]?.[power] ?? NaN)));
  const elsewhere = [free.map((_, size) => 20 + 7 * size), free.map((_, size) => 128 + 3 * size)].map((values) => ({
    values,
    snapshot: at(values),
  }));
  const [{ snapshot: first } = fail("module", "no layout")] = elsewhere;
  for (const { degree, most } of FORMS) {
    const exponents = exponentsOf(free.length, degree, most);
    const corners = exponents.map(atCorner);
    if ([...elsewhere.map(({ snapshot }) => snapshot), ...corners].some(({ fixed }) => fixed !== first.fixed))
      return "other kernels";
    const interpolation = new Interpolation(exponents, points);
    const counts = first.numbers.map((_, index) =>
      interpolation.through(corners.map(({ numbers }) => numbers[index] ?? NaN)),
    );
    const isFound = elsewhere.every(({ values, snapshot: { numbers } }) => {
      const named = [...values, ...values];
      return numbers.every((number, index) => valueOf(counts[index] ?? NaN, named) === number);
    });
    if (!isFound) continue;
    const layout = first.assemble(counts);
    const words = [...layout.words];
    for (const [word, kernel] of first.kernels) words[word] = options.numberOf(kernel);
    return { sizes: degree === 1 ? free : [...free, ...free], ...layout, words };
  }
  return fail("module", "a layout is not a sum of products of sizes");
}

/** A program for one choice of sizes. */
interface Snapshot {
  /** What may depend on the sizes, in an order that does not. */
  readonly numbers: readonly number[];
  /** All else, as text. */
  readonly fixed: string;
  /** The words that call kernels. */
  readonly kernels: readonly (readonly [word: number, kernel: PairedKernel])[];
  /** Puts other numbers in the place of `numbers`. */
  readonly assemble: (numbers: readonly Count[]) => Omit<FreeLayout, "sizes">;
}

function snapshot(graph: Graph, sizes: Sizes, options: RecordOptions): Snapshot {
  const recorded = record(graph, sizes, options.matmul);
  const tasks = fuse(recorded.tasks, 1);
  const constants = constantsOf(tasks);
  const forms = constants.map(formOf);
  const lives = livesOf(tasks);
  const stores = storesOf(recorded);
  const baseNumber = numbered([
    ...recorded.inputs.map(({ view }) => view.storage),
    ...stores,
    ...lives.map(({ storage }) => storage),
    ...constants,
  ]);
  const { words, kernels, addresses } = listOf(tasks, options, baseNumber);
  const outputs = [...recorded.outputs].map(([name, { storage, shape }]) => ({
    name,
    store: stores.indexOf(storage),
    shape,
  }));
  const inputs = recorded.inputs.map(({ name, view }) => ({ name, shape: view.shape }));
  return {
    numbers: [
      ...words,
      ...addresses.map(({ bytes }) => bytes),
      ...stores.map(({ count }) => count),
      ...lives.map(({ storage }) => storage.count),
      ...forms.flatMap((form) => form.numbers),
      ...[...inputs, ...outputs].flatMap(({ shape }) => shape),
    ],
    fixed: JSON.stringify([
      words.length,
      kernels.map(([word, kernel]) => [word, options.numberOf(kernel)]),
      addresses.map(({ word, base }) => [word, base]),
      lives.map(({ first, last }) => [first, last]),
      forms.map((form) => form.fixed),
      inputs.map(({ name, shape }) => [name, shape.length]),
      outputs.map(({ name, store, shape }) => [name, store, shape.length]),
    ]),
    kernels,
    assemble: (numbers) => {
      let next = 0;
      const take = (): Count => numbers[next++] ?? fail("module", "too few numbers");
      return {
        words: words.map(take),
        addresses: {
          gaps: addresses.map(({ word }, index) => word - (addresses[index - 1]?.word ?? 0)),
          bases: addresses.map(({ base }) => base),
          bytes: addresses.map(take),
        },
        stores: stores.map(take),
        temporaries: lives.map(({ first, last }) => [take(), first, last] as const),
        constants: forms.map((form) => form.assemble(take)),
        inputs: inputs.map(({ name, shape }) => ({ name, shape: shape.map(take) })),
        outputs: outputs.map(({ name, store, shape }) => ({ name, store, shape: shape.map(take) })),
      };
    },
  };
}

/** The driver's entries: kernels by their words and numbers, and words that hold addresses with the numbers of their bases. */
function listOf(
  tasks: readonly Task[],
  { numberOf, kernels: family }: RecordOptions,
  baseNumber: (base: Base) => number,
): {
  readonly words: readonly number[];
  readonly kernels: Snapshot["kernels"];
  readonly addresses: readonly { readonly word: number; readonly base: number; readonly bytes: number }[];
} {
  const lists = listsFor(tasks, { count: 1, barrier: 0 }, family, (storage) => [storage, 0]);
  const [list = fail("module", "no list")] = lists;
  const words = [...list.words];
  const kernels = list.kernels.map(({ word, kernel }) => [word, kernel] as const);
  for (const [word, kernel] of kernels) words[word] = numberOf(kernel);
  const { relocations } = list;
  const addresses = [...relocations.words].map((word, index) => ({
    word,
    base: baseNumber(list.bases[relocations.bases[index] ?? 0] ?? fail("module", "no base")),
    bytes: relocations.bytes[index] ?? 0,
  }));
  return { words, kernels, addresses };
}

/** Where results are written; several outputs may be one value. */
function storesOf({ outputs }: RecordedProgram): readonly Storage[] {
  return [...new Set([...outputs.values()].map(({ storage }) => storage))];
}

/** The numbers of bases: the list, and then these. */
function numbered(storages: readonly Storage[]): (base: Base) => number {
  const numbers = new Map<Base, number>([
    ["list", 0],
    ...storages.map((storage, index) => [storage, index + 1] as const),
  ]);
  return (base) => lookup(numbers, base, "module");
}
