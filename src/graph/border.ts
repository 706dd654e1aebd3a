// The border of a graph: its inputs and outputs, as tagged unions. Only this file prints and reads their names.
// A `switch` or a table that forgets a kind does not compile.
// Long because it is the only file with these names.
import { fail } from "../base/invariant.ts";

/** The fields of each kind of input, besides its kind. */
interface InputFields {
  /** A weight, by its path: `encoder.f.h`. */
  readonly weight: { readonly path: string };
  /** An input, target or memory of the spec. If `ahead` > 0, it is read that many steps ahead, as `text[t+1]`, and is a target. */
  readonly data: { readonly name: string; readonly use: DataUse; readonly ahead: number };
  /** 1 where a target has a value, else 0: `[T, B]`, or `[B]` for one value an example. */
  readonly labelled: { readonly target: string };
  /** The number of steps of each example, `[B]`; with `ahead`, of those steps that have a value `ahead` steps later. */
  readonly lengths: { readonly time: string; readonly ahead: number };
  /** The value of a state before the first step, `[B, …]`. */
  readonly state: { readonly path: string };
  /** 1 for each example that starts again, `[B]`. */
  readonly fresh: object;
  /** Uniform numbers in [0, 1) for dropout at `path`; `number` counts all of a graph. */
  readonly random: { readonly path: string; readonly number: number };
  /** 1 at each step that passes no gradient back to the step before, `[T]`. */
  readonly cut: object;
  /** The gradient with respect to an output; null if there is only one such output. */
  readonly cotangent: { readonly of: string | null };
  /** A setting of an update: the learning rate, or the number of the update. */
  readonly setting: { readonly setting: "rate" | "step" };
  /** An optimiser's value for a weight, kept from update to update. */
  readonly slot: { readonly slot: string; readonly weight: string };
  /** The value of a node that the forward pass saved for the backward pass. */
  readonly saved: { readonly node: string };
  /** The value of a node that is computed once for all steps. */
  readonly held: { readonly node: string };
  /** A name in an equation. */
  readonly symbol: { readonly name: string; readonly is: SymbolUse };
}

export type DataUse = "input" | "target" | "memory";
export type SymbolUse = "state" | "sequence" | "weight" | "gradient" | "value";

export type InputKind = keyof InputFields;
export type Input<K extends InputKind = InputKind> = { [P in K]: { readonly kind: P } & InputFields[P] }[K];

type Role = Exclude<InputKind, "weight" | "data" | "labelled" | "symbol"> | "param" | DataUse | `symbol.${SymbolUse}`;

/** Data of the spec at the step where it is read. */
export function data(name: string, use: DataUse = "input"): Input<"data"> {
  return { kind: "data", name, use, ahead: 0 };
}

/** The lengths of all examples along a time. */
export function lengths(time: string): Input<"lengths"> {
  return { kind: "lengths", time, ahead: 0 };
}

/** The printed name of an input, unique in its graph. Executables take tensors by this name. */
export function printInput(input: Input): string {
  switch (input.kind) {
    case "weight":
      return input.path;
    case "data":
      return input.ahead === 0 ? input.name : `${input.name}[t+${input.ahead}]`;
    case "labelled":
      return `labelled ${input.target}`;
    case "lengths":
      return input.ahead === 0 ? `length ${input.time}` : `length ${input.time} ahead ${input.ahead}`;
    case "state":
      return `state.${input.path}`;
    case "fresh":
      return "fresh start";
    case "random":
      return `random.${input.path}.${input.number}`;
    case "cut":
      return "cut here";
    case "cotangent":
      return input.of === null ? "cotangent" : `cotangent ${input.of}`;
    case "setting":
      return `setting ${input.setting}`;
    case "slot":
      return `slot.${input.slot}.${input.weight}`;
    case "saved":
      return `saved.${input.node}`;
    case "held":
      return `held.${input.node}`;
    case "symbol":
      return input.name;
  }
}

/** The printed role. Name and role together identify the input. */
export function roleOf(input: Input): Role {
  switch (input.kind) {
    case "weight":
      return "param";
    case "data":
      return input.use;
    case "labelled":
      return "target";
    case "symbol":
      return `symbol.${input.is}`;
    default:
      return input.kind;
  }
}

const READERS: { readonly [R in Role]: (name: string) => Input } = {
  param: (path) => ({ kind: "weight", path }),
  input: (name) => data(name),
  memory: (name) => data(name, "memory"),
  target: readTarget,
  lengths: (text) => {
    const [, time = "", ahead = "0"] = parts(/^length (.*?)(?: ahead (\d+))?$/, text);
    return { kind: "lengths", time, ahead: Number(ahead) };
  },
  state: (text) => ({ kind: "state", path: behind("state.", text) }),
  fresh: () => ({ kind: "fresh" }),
  random: (text) => {
    const [, path = "", number] = parts(/^random\.(.*)\.(\d+)$/, text);
    return { kind: "random", path, number: Number(number) };
  },
  cut: () => ({ kind: "cut" }),
  cotangent: (text) => ({ kind: "cotangent", of: text === "cotangent" ? null : behind("cotangent ", text) }),
  setting: (text) => ({ kind: "setting", setting: text === "setting rate" ? "rate" : "step" }),
  slot: readSlot,
  saved: (text) => ({ kind: "saved", node: behind("saved.", text) }),
  held: (text) => ({ kind: "held", node: behind("held.", text) }),
  "symbol.state": (name) => ({ kind: "symbol", name, is: "state" }),
  "symbol.sequence": (name) => ({ kind: "symbol", name, is: "sequence" }),
  "symbol.weight": (name) => ({ kind: "symbol", name, is: "weight" }),
  "symbol.gradient": (name) => ({ kind: "symbol", name, is: "gradient" }),
  "symbol.value": (name) => ({ kind: "symbol", name, is: "value" }),
};

function readTarget(text: string): Input<"data" | "labelled"> {
  const [, target] = /^labelled (.*)$/.exec(text) ?? [];
  if (target !== undefined) return { kind: "labelled", target };
  const [, name = text, ahead = "0"] = /^(.*)\[t\+(\d+)\]$/.exec(text) ?? [];
  return { kind: "data", name, use: "target", ahead: Number(ahead) };
}

function readSlot(text: string): Input<"slot"> {
  const [, slot = "", weight = ""] = parts(/^slot\.([^.]*)\.(.*)$/, text);
  return { kind: "slot", slot, weight };
}

/** The inverse of `printInput` and `roleOf`. */
export function readInput(name: string, role: string): Input {
  return isRole(role) ? READERS[role](name) : fail("graph reader", `no role of an input: ${role}`);
}

function isRole(text: string): text is Role {
  return Object.hasOwn(READERS, text);
}

/** What training keeps from update to update, by its name alone: a weight's is apart from the others'. */
export function readKept(name: string): Input<"weight" | "slot" | "state"> {
  if (name.startsWith("slot.")) return readSlot(name);
  return name.startsWith("state.") ? { kind: "state", path: behind("state.", name) } : { kind: "weight", path: name };
}

/** The path of a weight, changed where another kind of input might have that name: an equation of a model may be called `state`. */
export function apartFromInputs(path: string): string {
  return path.replace(/^(?:state|random|slot|saved|held)(?=\.)/, (word) => `${word}2`);
}

function behind(prefix: string, text: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : fail("graph reader", `${text} is not ${prefix}…`);
}

function parts(pattern: RegExp, text: string): readonly (string | undefined)[] {
  return pattern.exec(text) ?? fail("graph reader", `cannot read the name ${text}`);
}

/** The fields of each kind of output, besides its kind. */
interface OutputFields {
  /** The output of a cell. */
  readonly output: object;
  /** The whole loss, a scalar. */
  readonly loss: object;
  /** A scalar of one prediction. */
  readonly measure: { readonly measure: Measure; readonly of: string };
  /** A prediction of tokens or `by binary`, before the softmax or the sigmoid. */
  readonly logits: { readonly of: string };
  /** A prediction of numbers, or the value of an equation in `output`. */
  readonly value: { readonly of: string };
  /** What a value is drawn from, if that is more than what is predicted. */
  readonly distribution: { readonly of: string };
  /** The value of a state after the last step. */
  readonly final: { readonly path: string };
  /** The gradient with respect to the input with the printed name `by`. */
  readonly gradient: { readonly by: string };
  /** A weight after an update. */
  readonly weight: { readonly path: string };
  /** An optimiser's value for a weight, after an update. */
  readonly slot: { readonly slot: string; readonly weight: string };
  /** The norm of the whole gradient. */
  readonly norm: object;
  /** See the inputs of these kinds. */
  readonly saved: { readonly node: string };
  readonly held: { readonly node: string };
  /** An output of a graph that does not come from a spec. */
  readonly result: { readonly name: string };
}

export const MEASURES = [
  "loss",
  "count",
  "weight",
  "nats",
  "accuracy",
  "decided",
  "exact",
  "examples",
  "error",
  "covered",
  "inone",
  "intwo",
] as const;
export type Measure = (typeof MEASURES)[number];

export type OutputKind = keyof OutputFields;
export type Output<K extends OutputKind = OutputKind> = { [P in K]: { readonly kind: P } & OutputFields[P] }[K];

/** The printed name of an output, unique in its graph. Executables return tensors by this name. */
export function printOutput(output: Output): string {
  switch (output.kind) {
    case "output":
    case "loss":
    case "norm":
      return output.kind;
    case "measure":
      return `${output.measure}.${output.of}`;
    case "logits":
    case "value":
    case "distribution":
      return `${output.kind}.${output.of}`;
    case "final":
      return `final.${output.path}`;
    case "gradient":
      return `grad.${output.by}`;
    case "weight":
      return `param.${output.path}`;
    case "slot":
    case "saved":
    case "held":
      return printInput(output);
    case "result":
      return output.name;
  }
}

/** The inverse of `printOutput`. */
export function readOutput(name: string): Output {
  if (name === "output" || name === "loss" || name === "norm") return { kind: name };
  const [, word = "", rest = ""] = /^([a-z]+)\.(.+)$/s.exec(name) ?? [];
  const measure = MEASURES.find((each) => each === word);
  if (measure !== undefined) return { kind: "measure", measure, of: rest };
  switch (word) {
    case "logits":
    case "value":
    case "distribution":
      return { kind: word, of: rest };
    case "final":
      return { kind: "final", path: rest };
    case "grad":
      return { kind: "gradient", by: rest };
    case "param":
      return { kind: "weight", path: rest };
    case "slot":
      return readSlot(name);
    case "saved":
    case "held":
      return { kind: word, node: rest };
    default:
      return { kind: "result", name };
  }
}

/** The name of the size that holds the start token of a vocabulary: `start.V`. A vocabulary has the name of its size. */
export function startName(vocabulary: string): string {
  return `start.${vocabulary}`;
}

/** The vocabulary whose start token a size holds; undefined for other sizes. */
export function vocabularyOfStart(size: string): string | undefined {
  return /^start\.(.*)$/s.exec(size)?.[1];
}

/** The path of a cell that is compiled by itself. */
export const CELL = "cell";

/** A path as in the spec, without the prefix of a cell that is compiled by itself. */
export function shortPath(path: string): string {
  return path.replace(/^cell\./, "");
}
