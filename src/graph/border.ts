// The border of a graph: what it asks to be fed and what it gives, as tagged unions. Their names as text are made and read here and
// nowhere else. A kind that a `switch` or a table of kinds forgets does not compile.
// Long because it is the one file that knows these names.
import { fail } from "../base/invariant.ts";

/** What each kind of input knows beside its kind. */
interface InputFields {
  /** What is learned, by its path: `encoder.f.h`. */
  readonly weight: { readonly path: string };
  /** An input, target or memory of the spec; `ahead` steps ahead of itself, as `text[t+1]`, which is always a target. */
  readonly data: { readonly name: string; readonly use: DataUse; readonly ahead: number };
  /** 1 where a target has a value, else 0: `[T, B]`, or `[B]` for one value an example. */
  readonly labelled: { readonly target: string };
  /** How many steps of a time each example has, `[B]`; `ahead`: how many of these have a value so many steps ahead. */
  readonly lengths: { readonly time: string; readonly ahead: number };
  /** What a state is before the first step, `[B, …]`. */
  readonly state: { readonly path: string };
  /** 1 for each example that begins again, `[B]`. */
  readonly fresh: object;
  /** Uniform numbers in [0, 1) for dropout at `path`; `number` counts all of a graph. */
  readonly random: { readonly path: string; readonly number: number };
  /** 1 at each step from which no gradient goes back to the one before, `[T]`. */
  readonly cut: object;
  /** The gradient by an output; null where only one output has any. */
  readonly cotangent: { readonly of: string | null };
  /** What an update is told: the learning rate, and the number of the update. */
  readonly setting: { readonly setting: "rate" | "step" };
  /** What an optimiser keeps for a weight from update to update. */
  readonly slot: { readonly slot: string; readonly weight: string };
  /** The value of a node, which the way forward computed for the way back. */
  readonly saved: { readonly node: string };
  /** The value of a node, which is computed once for all steps. */
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

/** What is printed as an input's name, unique in its graph. Executables take tensors by these. */
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

/** What is printed beside the name. Name and role together tell the input. */
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

/** The input that `printInput` and `roleOf` print so. */
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

/** What each kind of output knows beside its kind. */
interface OutputFields {
  /** What a cell gives. */
  readonly output: object;
  /** The whole loss, a scalar. */
  readonly loss: object;
  /** A scalar of one prediction. */
  readonly measure: { readonly measure: Measure; readonly of: string };
  /** What is predicted of tokens, or by binary: before the softmax or the sigmoid. */
  readonly logits: { readonly of: string };
  /** What is predicted of numbers, or the value of an equation that is shown. */
  readonly value: { readonly of: string };
  /** What a state is after the last step. */
  readonly final: { readonly path: string };
  /** The gradient by an input, which has the printed name `by`. */
  readonly gradient: { readonly by: string };
  /** A weight after an update. */
  readonly weight: { readonly path: string };
  /** What an optimiser keeps for a weight, after an update. */
  readonly slot: { readonly slot: string; readonly weight: string };
  /** The norm of the whole gradient. */
  readonly norm: object;
  /** See the inputs of these kinds. */
  readonly saved: { readonly node: string };
  readonly held: { readonly node: string };
  /** Of a graph that no spec gives. */
  readonly result: { readonly name: string };
}

export const MEASURES = ["loss", "count", "accuracy", "decided", "exact", "examples", "error"] as const;
export type Measure = (typeof MEASURES)[number];

export type OutputKind = keyof OutputFields;
export type Output<K extends OutputKind = OutputKind> = { [P in K]: { readonly kind: P } & OutputFields[P] }[K];

/** What is printed as an output's name, unique in its graph. Executables give tensors by these. */
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

/** The output that `printOutput` prints so. */
export function readOutput(name: string): Output {
  if (name === "output" || name === "loss" || name === "norm") return { kind: name };
  const [, word = "", rest = ""] = /^([a-z]+)\.(.+)$/s.exec(name) ?? [];
  const measure = MEASURES.find((each) => each === word);
  if (measure !== undefined) return { kind: "measure", measure, of: rest };
  switch (word) {
    case "logits":
    case "value":
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

/** The name of the size that is the start token of a vocabulary, which is known by the name of its size: `start.V`. */
export function startName(vocabulary: string): string {
  return `start.${vocabulary}`;
}

/** The vocabulary whose start token a size is; undefined for all other sizes. */
export function vocabularyOfStart(size: string): string | undefined {
  return /^start\.(.*)$/s.exec(size)?.[1];
}

/** Under which path a cell stands that is compiled by itself. */
export const CELL = "cell";

/** A path as the spec has it: without that of a cell by itself. */
export function shortPath(path: string): string {
  return path.replace(/^cell\./, "");
}
