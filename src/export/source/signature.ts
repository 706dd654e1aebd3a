// The arguments of the functions of a file: the data of the spec, the lengths of its times, and the states that it goes on from.
import { fail } from "../../base/invariant.ts";
import { printInput, shortPath, type Input } from "../../graph/border.ts";
import type { Node } from "../../graph/node.ts";
import { constant, printDim, substitute, symbolOf, type Sizes } from "../../shape/dim.ts";
import { sizeNamed } from "../../shape/thinned.ts";
import { hasBatch, timeOf, type Type } from "../../shape/type.ts";
import { Identifiers, asciiName } from "../identifiers.ts";
import type { Plan } from "./plan.ts";

export interface DataArgument {
  readonly node: Node;
  readonly name: string;
  /** `source`, or `text[t+1]`: as the spec calls it. */
  readonly spoken: string;
  /** Whether time and batch change places at the border of a function. */
  readonly isSequence: boolean;
}

export interface LengthsArgument {
  readonly node: Node;
  readonly name: string;
  /** The symbol of the time. */
  readonly time: string;
  /** The data that have this time. */
  readonly of: string;
}

export interface Arguments {
  readonly data: readonly DataArgument[];
  readonly lengths: readonly LengthsArgument[];
  readonly hasState: boolean;
}

/** All arguments of a program. Functions take those that they need, in this order. */
export function argumentsOf({ graph, program }: Plan, reserved: Iterable<string>): Arguments {
  const identifiers = new Identifiers([...reserved, "state"]);
  const inputs = graph.inputs();
  const data = inputs.flatMap((node): DataArgument[] => {
    const { input } = node;
    if (input?.kind !== "data") return [];
    const isSequence = timeOf(node.type) !== undefined && hasBatch(node.type);
    return [{ node, name: identifiers.fresh(argumentName(input)), spoken: spokenName(input), isSequence }];
  });
  const order = program.inputs.map(({ name }) => name);
  const place = ({ node: { input } }: DataArgument): number => {
    if (input?.kind !== "data") return order.length;
    return (input.ahead > 0 ? order.length : 0) + order.indexOf(input.name);
  };
  const sorted = data.toSorted((a, b) => place(a) - place(b));
  const times = inputs.filter(({ input }) => input?.kind === "lengths");
  const lengths = times.map((node): LengthsArgument => {
    const time = node.input?.kind === "lengths" ? node.input.time : fail("export", "lengths of no time");
    const owner = sorted.find(({ node: { type } }) =>
      type.axes.some(({ tag, size }) => (tag === "time" || tag === "memory") && printDim(size) === time),
    );
    const of = owner?.spoken ?? time;
    const name = times.length === 1 ? "lengths" : `${owner?.name ?? asciiName(time)}_lengths`;
    return { node, name: identifiers.fresh(name), time, of };
  });
  const ofPlace = ({ of }: LengthsArgument): number => sorted.findIndex(({ spoken }) => spoken === of);
  const inOrder = lengths.toSorted((a, b) => ofPlace(a) - ofPlace(b));
  return { data: sorted, lengths: inOrder, hasState: program.states.length > 0 };
}

function argumentName({ name, ahead }: Input<"data">): string {
  if (ahead === 0) return name;
  return ahead === 1 ? `${name}_ahead` : `${name}_ahead_${ahead}`;
}

function spokenName(input: Input<"data">): string {
  return printInput(input);
}

/** Those that some nodes of the graph need. */
export function neededArguments({ data, lengths, hasState }: Arguments, nodes: ReadonlySet<string>): Arguments {
  const isNeeded = ({ node }: { readonly node: Node }): boolean => nodes.has(node.id);
  const own = lengths.filter(isNeeded);
  // The lengths of a sequence that only gives another one its lengths: without them all of its steps count, so it is needed too.
  const shown = (time: string, some: readonly DataArgument[]): DataArgument | undefined =>
    some.find(({ node: { type } }) => axisOf(type, time) !== undefined);
  const needed = data.filter(isNeeded);
  const owners = own.flatMap(({ time }) => (shown(time, needed) === undefined ? (shown(time, data) ?? []) : []));
  return { data: data.filter((each) => needed.includes(each) || owners.includes(each)), lengths: own, hasState };
}

/** In the order of `all`, without repetition. */
export function joinedArguments(all: Arguments, a: Arguments, b: Arguments): Arguments {
  return {
    data: all.data.filter((each) => a.data.includes(each) || b.data.includes(each)),
    lengths: all.lengths.filter((each) => a.lengths.includes(each) || b.lengths.includes(each)),
    hasState: a.hasState || b.hasState,
  };
}

/** `[B, T, 8]`: the shape of an array at the border of a function. */
export function shownShape(type: Type, sizes: Sizes): string {
  const axes = timeOf(type) !== undefined && hasBatch(type) ? swapped(type.axes) : type.axes;
  return `[${axes.map(({ size }) => shownSize(printDim(knownSize(size, sizes)))).join(", ")}]`;
}

function swapped<T>([first, second, ...rest]: readonly T[]): readonly T[] {
  return [second, first, ...rest].filter((each) => each !== undefined);
}

export function knownSize(size: Type["axes"][number]["size"], sizes: Sizes): Type["axes"][number]["size"] {
  return substitute(size, (name) => {
    const value = sizeNamed(name, sizes);
    return value === undefined ? undefined : constant(value);
  });
}

function shownSize(text: string): string {
  return /^[A-Za-z][\w.]*$/.test(text) ? asciiName(text) : text.replace(/[^\w +*/-]/g, "_");
}

/** The key of a state, and of a weight: its path in the spec. */
export function keyOf(path: string): string {
  return shortPath(path);
}

/** The position of the axis that is exactly a symbol; undefined if there is none. */
export function axisOf(type: Type, symbol: string): number | undefined {
  const axis = type.axes.findIndex(({ size }) => symbolOf(size) === symbol);
  return axis < 0 ? undefined : axis;
}

/** The arguments of a function as they are passed on. */
export function passedOn({ data, lengths, hasState }: Arguments): readonly string[] {
  return [...data.map(({ name }) => name), ...lengths.map(({ name }) => name), ...(hasState ? ["state"] : [])];
}
