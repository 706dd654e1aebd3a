// A graph bound to the sources of its inputs. There is one feeder for each kind of input; each run uploads, feeds, runs and frees.
import { fail } from "../base/invariant.ts";
import { printInput, readOutput, type Input, type InputKind, type Output } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { inputOf } from "../graph/node.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { Executable, HostArray, Target } from "./target.ts";

/** An input of a graph, of one kind or of any. */
export interface InputNode<K extends InputKind = InputKind> {
  readonly input: Input<K>;
  /** The printed input: the key under which an executable expects its tensor. */
  readonly name: string;
  readonly dtype: HostArray["dtype"];
  readonly type: Type;
  readonly axes: (sizes: Sizes) => readonly number[];
}

/** The inputs of a graph. */
export function inputNodes(graph: Graph): readonly InputNode[] {
  return graph.inputs().map((node) => ({
    input: inputOf(node),
    name: printInput(inputOf(node)),
    dtype: node.type.dtype,
    type: node.type,
    axes: (sizes) => node.type.axes.map((axis) => evaluateDim(axis.size, sizes)),
  }));
}

/** An output of a graph. */
export interface OutputNode {
  readonly output: Output;
  readonly type: Type;
}

/** A graph compiled on a target. It holds plans and no state, so several bound programs can share it. */
export interface CompiledGraph<T> {
  readonly inputs: readonly InputNode[];
  /** By name. */
  readonly outputs: ReadonlyMap<string, OutputNode>;
  readonly executable: Executable<T>;
}

export function compileGraph<T>(graph: Graph, target: Target<T>): CompiledGraph<T> {
  const outputs = [...graph.outputs.keys()].map((name) => {
    return [name, { output: readOutput(name), type: graph.output(name).type }] as const;
  });
  return { inputs: inputNodes(graph), outputs: new Map(outputs), executable: target.compile(graph) };
}

/** One run, for its feeders. */
export interface Run<T, C> {
  /** The caller's description of this run, such as a batch and its number. */
  readonly context: C;
  readonly sizes: Sizes;
  /** Uploads an array to the target. It is freed after the run. */
  readonly upload: (array: HostArray) => T;
}

/**
 * Returns the tensor for an input, by its kind. A tensor that a feeder uploads is freed after the run; any other stays with its owner.
 * A kind that is left out is a type error.
 */
export type Feeders<T, C> = { readonly [K in InputKind]: (node: InputNode<K>, run: Run<T, C>) => T };

/** The feeder for kinds that the caller's graphs do not have. Throws. */
export function notFed({ name }: InputNode): never {
  return fail("feeding", `there is no feeder for ${name} here`);
}

/** Kinds of input that only parts of a program have, or graphs that are not run. */
export const ONLY_IN_PARTS = { cotangent: notFed, saved: notFed, held: notFed, symbol: notFed } as const;

/** Kinds of input that only training has. */
export const ONLY_IN_TRAINING = { slot: notFed, setting: notFed, cut: notFed, random: notFed } as const;

export class BoundProgram<T, C> {
  readonly #inputs: readonly InputNode[];
  readonly #executable: Pick<Executable<T>, "run">;
  readonly #memory: Pick<Target<T>, "upload" | "dispose">;
  readonly #feeders: Feeders<T, C>;

  constructor(
    { inputs, executable }: { readonly inputs: readonly InputNode[]; readonly executable: Pick<Executable<T>, "run"> },
    memory: Pick<Target<T>, "upload" | "dispose">,
    feeders: Feeders<T, C>,
  ) {
    this.#inputs = inputs;
    this.#executable = executable;
    this.#memory = memory;
    this.#feeders = feeders;
  }

  /** Returns the results by the names of outputs; the caller owns them. Uploads are freed, even if the run throws. */
  run(context: C, sizes: Sizes): ReadonlyMap<string, T> {
    const temporary: T[] = [];
    const upload = (array: HostArray): T => {
      const tensor = this.#memory.upload(array);
      temporary.push(tensor);
      return tensor;
    };
    const run = { context, sizes, upload };
    try {
      const feeds = new Map<string, T>();
      for (const node of this.#inputs) feeds.set(node.name, fed(this.#feeders, node.input.kind, node, run));
      return this.#executable.run(feeds, sizes);
    } finally {
      temporary.forEach((tensor) => this.#memory.dispose(tensor));
    }
  }
}

function fed<T, C, K extends InputKind>(feeders: Feeders<T, C>, kind: K, node: InputNode<K>, run: Run<T, C>): T {
  return feeders[kind](node, run);
}
