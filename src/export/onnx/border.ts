// The inputs and outputs of an ONNX file: their names, and the layout of their axes. Sequences go in and out as `[B, T, …]`.
import { fail } from "../../base/invariant.ts";
import { readOutput, shortPath, type Input } from "../../graph/border.ts";
import { inputOf, nameOfInput, type Node } from "../../graph/node.ts";
import { outputOf, shownOutput } from "../../lang/elaborate/predict.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import type { Dim } from "../../shape/dim.ts";
import { timeName, withoutTime, type Type } from "../../shape/type.ts";
import { logitsName, shownName } from "../../train/outputs.ts";
import type { Identifiers } from "../identifiers.ts";
import { squeezed, unsqueezed } from "./op-context.ts";
import type { Region } from "./region.ts";

/** An input of the file, for an input node of the graph. */
export interface BorderInput {
  readonly node: Node;
  readonly name: string;
  /** Its type in the file. */
  readonly type: Type;
  readonly doc: string;
}

/** Inputs in the order of the spec; then lengths, states, and the mark of a fresh start. sequences along `stepTime` come one step at a time. */
export function borderInputs(
  nodes: readonly Node[],
  names: Identifiers,
  stepTime: string | null,
): readonly BorderInput[] {
  const given = nodes.filter((node) => !["weight", "held"].includes(inputOf(node).kind));
  const hasOneTime = given.filter((node) => inputOf(node).kind === "lengths").length === 1;
  /** The first input that has a time. */
  const along = (time: string): string => nameOfInput(given.find((node) => isAlong(node, time)) ?? fail("onnx", time));
  const ordered = [...given].sort((a, b) => orderOf(inputOf(a)) - orderOf(inputOf(b)));
  return ordered.map((node) => ({
    node,
    name: names.fresh(nameOf(inputOf(node), hasOneTime ? null : along)),
    type: borderType(node.type, stepTime),
    doc: docOf(node, along),
  }));
}

function orderOf({ kind }: Input): number {
  return ["data", "lengths", "state", "fresh"].indexOf(kind);
}

function isAlong(node: Node, time: string): boolean {
  return inputOf(node).kind === "data" && isOneStep(node.type, time);
}

/** `along`: the name of an input for a time; null where lengths need none. */
function nameOf(input: Input, along: ((time: string) => string) | null): string {
  switch (input.kind) {
    case "data":
      return input.name;
    case "lengths":
      return along === null ? "lengths" : `lengths_${along(input.time)}`;
    case "state":
      return `state_${shortPath(input.path)}`;
    case "fresh":
      return "fresh";
    default:
      return fail("onnx", `a run has no input of the kind ${input.kind}`);
  }
}

function docOf(node: Node, along: (time: string) => string): string {
  const input = inputOf(node);
  switch (input.kind) {
    case "lengths":
      return `how many steps of ${along(input.time)} each example has`;
    case "state":
      return `the state ${shortPath(input.path)} before the step`;
    case "fresh":
      return "1 for an example that begins, whose states are ignored; else 0";
    default:
      return nameOfInput(node);
  }
}

/** The value of an input in the graph's layout, time first. */
export function valueOfInput({ name, node }: BorderInput, region: Region, stepTime: string | null): string {
  if (isOneStep(node.type, stepTime)) return unsqueezed(region, name, [0]);
  return swapped(name, node.type, region);
}

function isOneStep(type: Type, stepTime: string | null): boolean {
  return stepTime !== null && timeName(type) === stepTime;
}

function borderType(type: Type, stepTime: string | null): Type {
  const [first, second, ...rest] = type.axes;
  if (isOneStep(type, stepTime)) return withoutTime(type);
  return first?.tag === "time" && second?.tag === "batch" ? { ...type, axes: [second, first, ...rest] } : type;
}

/** Between `[T, B, …]` and `[B, T, …]`. */
function swapped(name: string, { axes }: Type, region: Region): string {
  if (axes[0]?.tag !== "time" || axes[1]?.tag !== "batch") return name;
  return region.node("Transpose", [name], { perm: axes.map((_, axis) => (axis < 2 ? 1 - axis : axis)) });
}

export function sizesOfBorder({ type }: BorderInput): readonly Dim[] {
  return type.axes.map(({ size }) => size);
}

/** A result of the file: an output of the graph, or what follows from one. */
export interface BorderOutput {
  readonly name: string;
  /** The output of the graph. */
  readonly of: string;
  readonly how: "as-it-is" | "probability" | "likeliest";
  readonly doc: string;
}

/** As the library's `run` returns them; of a step, its next states too. `named` are outputs of the graph. */
export function borderOutputs(
  program: Program,
  named: readonly string[],
  taken: ReadonlySet<string>,
): readonly BorderOutput[] {
  const outputs: BorderOutput[] = [];
  const add = (name: string, of: string, how: BorderOutput["how"], doc = name): void => {
    outputs.push({ name: taken.has(name) ? `${name}.predicted` : name, of, how, doc });
  };
  const predicted = new Set<string>();
  for (const { name, kind } of program.predictions) {
    const of = outputOf({ kind, name });
    if (!named.includes(of)) continue;
    predicted.add(of);
    if (kind !== "number") add(logitsName(name), of, "as-it-is", `the logits of ${name}`);
    if (kind === "number") add(name, of, "as-it-is", `${name} as predicted`);
    else if (kind === "labels")
      add(name, of, "likeliest", `the likeliest label of ${name} at each step; the last is the blank`);
    else add(name, of, kind === "binary" ? "probability" : "likeliest", `${name} as predicted`);
  }
  const shown = new Set(program.shown.map(shownOutput));
  for (const of of named) {
    if (predicted.has(of) || (program.predictions.length > 0 && !shown.has(of))) continue;
    add(shownName(of), of, "as-it-is");
  }
  return outputs;
}

/** The states after a step. */
export function nextStates(program: Program, graphOutputs: Iterable<string>): readonly BorderOutput[] {
  const carried = new Set(program.states.map(({ name }) => name));
  return [...graphOutputs].flatMap((of): readonly BorderOutput[] => {
    const output = readOutput(of);
    if (output.kind !== "final" || !carried.has(output.path)) return [];
    const path = shortPath(output.path);
    return [{ name: `next_state_${path}`, of, how: "as-it-is", doc: `the state ${path} after the step` }];
  });
}

/** The value of a result in the layout of the file, with its type. */
export function valueOfOutput(
  { how }: BorderOutput,
  value: string,
  { type, region, stepTime }: { readonly type: Type; readonly region: Region; readonly stepTime: string | null },
): { readonly value: string; readonly type: Type } {
  const put = isOneStep(type, stepTime) ? squeezed(region, value, 0) : swapped(value, type, region);
  const shown = borderType(type, stepTime);
  if (how === "as-it-is") return { value: put, type: shown };
  if (how === "probability") return { value: region.node("Sigmoid", [put]), type: shown };
  const tokens = region.node("ArgMax", [put], { axis: shown.axes.length - 1, keepdims: 0 });
  return {
    value: region.node("Cast", [tokens], { to: 6 }),
    type: { dtype: "int", axes: shown.axes.slice(0, -1) },
  };
}
