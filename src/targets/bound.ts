// A graph bound to where its inputs come from. What each kind of input is fed with is said once; each run uploads, feeds, runs and frees.
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
  /** By which it is fed. */
  readonly name: string;
  readonly dtype: HostArray["dtype"];
  readonly type: Type;
  readonly axes: (sizes: Sizes) => readonly number[];
}

/** What a graph asks to be fed. */
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

/** A graph made ready on a target. It holds plans and no state, so several bound programs can share it. */
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

/** One run, as its feeders see it. */
export interface Run<T, C> {
  /** What the caller says of this run: a batch, its number, … */
  readonly context: C;
  readonly sizes: Sizes;
  /** Puts an array on the target until the run is over. */
  readonly upload: (array: HostArray) => T;
}

/** What each kind of input is fed with. What a feeder does not upload stays its owner's. A kind that is left out does not compile. */
export type Feeders<T, C> = { readonly [K in InputKind]: (node: InputNode<K>, run: Run<T, C>) => T };

/** For kinds that no graph of the caller has. */
export function notFed({ name }: InputNode): never {
  return fail("feeding", `nothing feeds ${name} here`);
}

/** Kinds of graphs that are only parts of a program, or that nothing runs. */
export const ONLY_IN_PARTS = { cotangent: notFed, saved: notFed, held: notFed, symbol: notFed } as const;

/** Kinds that only training has. */
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

  /** The results by the names of outputs; they are the caller's. What was uploaded is freed, also where the run fails. */
  run(context: C, sizes: Sizes): Map<string, T> {
    const temporary: T[] = [];
    const upload = (array: HostArray): T => {
      const tensor = this.#memory.upload(array);
      temporary.push(tensor);
      return tensor;
    };
    const run = { context, sizes, upload };
    try {
      const feeds = new Map(this.#inputs.map((node) => [node.name, fed(this.#feeders, node.input.kind, node, run)]));
      return new Map(this.#executable.run(feeds, sizes));
    } finally {
      temporary.forEach((tensor) => this.#memory.dispose(tensor));
    }
  }
}

function fed<T, C, K extends InputKind>(feeders: Feeders<T, C>, kind: K, node: InputNode<K>, run: Run<T, C>): T {
  return feeders[kind](node, run);
}
