// The table of targets, by their names on the command line. A target is imported only when it is opened. A new target is one row.
import { UserError } from "../base/diagnostic.ts";
import { decideUnrolling, type Loops, type UnrollDecision } from "../time/unroll-choice.ts";
import { choose } from "./probe.ts";
import type { Target } from "./target.ts";

/** A function that uses a target. Each target has its own type of tensors, so the function is generic in it. */
export type Use<R> = <T>(target: Target<T>) => Promise<R>;

export interface TargetRow {
  readonly name: string;
  readonly doc: string;
  readonly numbers: "float64" | "float32";
  /** How loops run: as one piece of code, or kernel by kernel in each step. */
  readonly loops: Loops;
  /** Whether it chooses for each loop how it runs on a GPU. `explain` prints the choice. */
  readonly choosesLoops?: true;
  /** What this machine lacks for it, as a clause; null if it can be tried. */
  readonly lacks: () => string | null;
  readonly open: <R>(use: Use<R>) => Promise<R>;
  /** How it runs here, where that depends on the machine, in a few words. Only for a target that runs. */
  readonly detail?: () => Promise<string>;
  /** Whether `auto` takes it where it runs and there is no GPU. */
  readonly isFast?: true;
  /** For targets that may compute on a GPU: null if it does here, or else what it computes on. `auto` calls it. */
  readonly lacksGpu?: () => Promise<string | null>;
}

function nothing(): null {
  return null;
}

/** Whether this code runs in a page of a browser, or in a worker of a page. */
function isPage(): boolean {
  return "OffscreenCanvas" in globalThis || "document" in globalThis;
}

export const TARGETS: readonly TargetRow[] = [
  {
    name: "reference",
    doc: "a plain interpreter, for proof",
    numbers: "float64",
    loops: "as-one",
    lacks: nothing,
    open: async (use) => use((await import("./reference/target.ts")).referenceTarget()),
  },
  {
    name: "wasm",
    doc: "kernels generated for the model, in WebAssembly, on all cores; the default",
    numbers: "float32",
    loops: "as-one",
    lacks: () => ("WebAssembly" in globalThis ? null : "this JavaScript engine has no WebAssembly"),
    open: async (use) => use(await (await import("./wasm/target.ts")).wasmTarget()),
  },
  {
    name: "native",
    doc: "kernels generated for the model, in C, compiled on this machine for its vectors, on all cores",
    numbers: "float32",
    loops: "as-one",
    lacks: () => (isPage() ? "it runs in Node only" : null),
    open: async (use) => use(await (await import("./native/target.ts")).nativeTarget()),
    detail: async () => (await import("./native/target.ts")).nativeDetail(),
    isFast: true,
  },
  {
    name: "tfjs-wasm",
    doc: "the kernels of TensorFlow.js in WebAssembly",
    numbers: "float32",
    loops: "by-kernels",
    lacks: () => ("WebAssembly" in globalThis ? null : "this JavaScript engine has no WebAssembly"),
    open: async (use) => use(await (await import("./tfjs/target.ts")).tfjsTarget("wasm")),
  },
  {
    name: "tfjs-cpu",
    doc: "the kernels of TensorFlow.js in JavaScript",
    numbers: "float32",
    loops: "by-kernels",
    lacks: nothing,
    open: async (use) => use(await (await import("./tfjs/target.ts")).tfjsTarget("cpu")),
  },
  {
    name: "tfjs-webgpu",
    doc: "the kernels of TensorFlow.js on a GPU, by WebGPU; in Node by the package `webgpu`",
    numbers: "float32",
    loops: "as-one",
    choosesLoops: true,
    lacks: nothing,
    open: async (use) => use(await (await import("./tfjs/fused/target.ts")).webgpuTarget()),
    lacksGpu: async () => (await import("./tfjs/webgpu.ts")).lacksGpu(),
  },
  {
    name: "tfjs-webgl",
    doc: "the kernels of TensorFlow.js on a GPU, by WebGL",
    numbers: "float32",
    loops: "by-kernels",
    lacks: () => (isPage() ? null : "it runs in browsers only: there is no WebGL in Node"),
    open: async (use) => use(await (await import("./tfjs/target.ts")).tfjsTarget("webgl")),
  },
  {
    name: "tfjs-tensorflow",
    doc: "the kernels of TensorFlow in C++, on a GPU by CUDA or on all cores",
    numbers: "float32",
    loops: "by-kernels",
    lacks: () => (isPage() ? "it runs in Node only" : null),
    open: async (use) => use(await (await import("./tfjs/target.ts")).tfjsTarget("tensorflow")),
    lacksGpu: async () => (await import("./tfjs/tensorflow.ts")).lacksGpu(),
  },
];

/** The target with which others are compared. */
export const REFERENCE = "reference";

/** The target if none is given. */
export const DEFAULT_TARGET = "wasm";

export const TARGET_NAMES: readonly string[] = TARGETS.map(({ name }) => name);

/** The name for the fastest target here: on a GPU, or else `native`, or else the default. */
export const AUTO = "auto";

/** All values of `--target`. */
export const TARGET_CHOICES: readonly string[] = [...TARGET_NAMES, AUTO];

/** Returns the target that `auto` chooses here, or `name` itself. */
export async function resolvedTarget(name: string): Promise<string> {
  return name === AUTO ? (await choose(TARGETS, DEFAULT_TARGET)).name : name;
}

/** Throws a UserError that lists all names if there is no such target. */
export function targetNamed(name: string): TargetRow {
  const row = TARGETS.find((each) => each.name === name);
  if (row === undefined) throw new UserError(`there is no target \`${name}\`; there are ${TARGET_CHOICES.join(", ")}`);
  return row;
}

/** Decides `--unroll auto` on a target. `length` is the number of steps, or null if it is not fixed. Throws as `targetNamed`. */
export function unrollingOn(name: string, length: number | null): UnrollDecision {
  return decideUnrolling(targetNamed(name).loops, length);
}

/** Opens a target and calls `use` with it. Throws as `targetNamed`. */
export async function withTarget<R>(name: string, use: Use<R>): Promise<R> {
  return targetNamed(await resolvedTarget(name)).open(use);
}
