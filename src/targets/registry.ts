// Targets by the names that people give on the command line. Here alone all of them meet, each loaded only when it is asked for.
// A new target is one row.
import { UserError } from "../base/diagnostic.ts";
import { decideUnrolling, type Loops, type UnrollDecision } from "../time/unroll-choice.ts";
import { choose } from "./probe.ts";
import type { Target } from "./target.ts";

/** Each target has a kind of tensor of its own, so what uses one must do with any. */
export type Use<R> = <T>(target: Target<T>) => Promise<R>;

export interface TargetRow {
  readonly name: string;
  readonly doc: string;
  readonly numbers: "float64" | "float32";
  /** How loops run: as one piece of code, or as the kernels of a step, one after the other. */
  readonly loops: Loops;
  /** Whether it chooses for each loop how it runs on a GPU, which `explain` tells. */
  readonly choosesLoops?: true;
  /** What this machine lacks for it, in a sentence's words; null where it can be tried. */
  readonly lacks: () => string | null;
  readonly open: <R>(use: Use<R>) => Promise<R>;
  /** Of one that may compute on a GPU, and runs here: null where it does, or what it computes on instead. `auto` asks. */
  readonly lacksGpu?: () => Promise<string | null>;
}

function nothing(): null {
  return null;
}

/** Whether this is a browser's page or a worker of one. */
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
    open: async (use) => use(await (await import("./tfjs/target.ts")).tfjsTarget("webgpu")),
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

/** What runs where nobody says otherwise. */
export const DEFAULT_TARGET = "wasm";

export const TARGET_NAMES: readonly string[] = TARGETS.map(({ name }) => name);

/** Stands for a target on a GPU of this machine, or else the default. */
export const AUTO = "auto";

/** What may be given as a target. */
export const TARGET_CHOICES: readonly string[] = [...TARGET_NAMES, AUTO];

/** The name of the target that a name stands for: what `auto` chooses here, or itself. */
export async function resolvedTarget(name: string): Promise<string> {
  return name === AUTO ? (await choose(TARGETS, DEFAULT_TARGET)).name : name;
}

/** Throws a UserError that lists the names where there is none such. */
export function targetNamed(name: string): TargetRow {
  const row = TARGETS.find((each) => each.name === name);
  if (row === undefined) throw new UserError(`there is no target \`${name}\`; there are ${TARGET_CHOICES.join(", ")}`);
  return row;
}

/** What `--unroll auto` decides on a target, for a length where it is fixed. Throws as `targetNamed`. */
export function unrollingOn(name: string, length: number | null): UnrollDecision {
  return decideUnrolling(targetNamed(name).loops, length);
}

/** Opens a target and hands it on. Throws as `targetNamed`. */
export async function withTarget<R>(name: string, use: Use<R>): Promise<R> {
  return targetNamed(await resolvedTarget(name)).open(use);
}
