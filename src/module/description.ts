// What stands in a compiled module beside its WebAssembly and weights: programs laid out for any sizes, and what they read and return.
// The writer makes it and the runtime reads it; both import this file, and nothing of the compiler comes with it.
// Names that a user gave are values here, never keys: the writer shortens keys.
import type { TargetRange } from "../base/target-range.ts";
import type { Drawing } from "../lang/elaborate/drawing.ts";

/** A whole number for each choice of sizes: a constant, or `[constant, mask, factor, mask, factor, …]`, the sum of the constant and, for
 * each mask, the factor times the product of those sizes whose bit is set in the mask. */
export type Count = number | readonly number[];

/** What feeds an input of a program. */
export type Feed =
  | { readonly kind: "weight"; readonly weight: number }
  | { readonly kind: "data"; readonly name: string }
  | { readonly kind: "state"; readonly path: string }
  | { readonly kind: "held"; readonly node: string }
  | { readonly kind: "fresh" }
  | TrainingFeed;

/** What only updates read. */
export type TrainingFeed =
  /** A target that is predicted some steps ahead. */
  | { readonly kind: "ahead"; readonly name: string; readonly steps: number }
  /** 1 where a target has a value, else 0. */
  | { readonly kind: "labelled"; readonly name: string }
  /** How many steps of each example have a value some steps ahead. */
  | { readonly kind: "lengths"; readonly time: string; readonly ahead: number }
  /** Numbers for dropout; `stream` names them. */
  | { readonly kind: "random"; readonly stream: string }
  | { readonly kind: "setting"; readonly setting: "rate" | "step" }
  /** 1 at each step of a window before which the gradient is cut. */
  | { readonly kind: "cut" }
  | { readonly kind: "slot"; readonly slot: number };

export interface InputDescription {
  readonly feed: Feed;
  readonly isInt: boolean;
  readonly shape: readonly Count[];
}

/** What an output of a program is. */
export type Gives =
  | { readonly kind: "result"; readonly name: string }
  | { readonly kind: "final"; readonly path: string }
  | { readonly kind: "held"; readonly node: string }
  /** Of an update. */
  | { readonly kind: "loss" | "norm" }
  | { readonly kind: "weight"; readonly weight: number }
  | { readonly kind: "slot"; readonly slot: number };

export interface OutputDescription {
  readonly gives: Gives;
  /** Where the axis of examples stands: 1 behind the time, 0 first, -1 nowhere. */
  readonly batchAt: number;
  readonly isInt: boolean;
  readonly shape: readonly Count[];
  /** Which of the program's stores holds it: one value may have several names. */
  readonly store: number;
}

/** Memory that a program uses while it runs: its elements, and its first and last task. */
export type TemporaryDescription = readonly [elements: Count, first: number, last: number];

/** Words that hold addresses, each at one place of the three lists: alike stands beside alike, which deflates best. */
export interface AddressesDescription {
  /** How many words it lies behind the one before. */
  readonly gaps: readonly number[];
  /** Bases are numbered: the list, the inputs, the stores of outputs, the temporaries, the constants. */
  readonly bases: readonly number[];
  /** Bytes behind the base. */
  readonly bytes: readonly Count[];
}

export interface Progression {
  readonly count: Count;
  readonly first: Count;
  readonly step: Count;
  readonly atEnd: Count;
}

/** Numbers that a program reads: `first`, `first + step`, …, to the last of which `atEnd` is added; or a list. */
export interface ConstantDescription {
  readonly isInt: boolean;
  readonly values:
    | Progression
    /** Each as a number, or as text where JSON has no such number: `-Infinity`, `-0`. */
    | { readonly list: readonly (number | string)[] };
}

export interface ProgramDescription {
  /** Names of the free sizes: bit i of a mask is size i. */
  readonly sizes: readonly string[];
  /** The list of entries, as `src/codegen/wasm/driver.ts` reads it, one number or Count each. */
  readonly words: readonly Count[];
  readonly addresses: AddressesDescription;
  /** Elements of each store of outputs. */
  readonly stores: readonly Count[];
  readonly temporaries: readonly TemporaryDescription[];
  readonly constants: readonly ConstantDescription[];
  readonly inputs: readonly InputDescription[];
  readonly outputs: readonly OutputDescription[];
}

/** A vocabulary: its name, how text becomes symbols, the symbols, and which special tokens stand behind them. */
export interface VocabularyDescription {
  readonly name: string;
  readonly kind: "char" | "word" | "label";
  readonly symbols: readonly string[];
  readonly unknown: boolean;
  readonly start: boolean;
  readonly end: boolean;
}

/** An input as its users know it. */
export interface DataDescription {
  readonly name: string;
  readonly role: "input" | "target" | "memory";
  /** As the spec would say it, for messages: `seq [8]`. */
  readonly type: string;
  /** Sizes without batch and time; a size that is free is a name. */
  readonly shape: readonly (number | string)[];
  /** The size of its time; null where it is not a sequence. */
  readonly time: string | null;
  /** Of tokens: how many there are, null where any number is one; and the name of their vocabulary. */
  readonly tokens: { readonly count: number | null; readonly vocabulary: string | null } | null;
}

/** How a prediction becomes what a user gets. */
export interface PredictionDescription {
  readonly name: string;
  readonly kind: "token" | "binary" | "number" | "labels";
  readonly vocabulary: string | null;
  /** The size of its time; null where it is predicted once. */
  readonly time: string | null;
}

export interface StepDescription {
  readonly before: ProgramDescription;
  readonly step: ProgramDescription;
  /** The name of the size along which it steps. */
  readonly time: string;
  /** Inputs that come with each step; all others are given when the steps begin. */
  readonly fed: readonly string[];
}

/** A prediction that is read again. */
export interface FeedbackDescription extends PredictionDescription {
  readonly input: string;
  /** The name of the result that it is drawn from, and how. */
  readonly from: string;
  readonly draws: Drawing;
  /** Tokens that are never written: the start token, and the one for unknown symbols. */
  readonly barred: readonly number[];
  /** The token that ends it; null where the length is known. */
  readonly end: number | null;
}

export interface WritingDescription {
  readonly steps: StepDescription;
  readonly feedback: readonly FeedbackDescription[];
  /** How many steps it writes if its user does not say; null: as many as an input has that is read along. */
  readonly most: number | null;
  /** Whether it goes on from a prompt, as a model of one text. */
  readonly isText: boolean;
}

/** What a stream carries. */
export interface StateDescription {
  /** As a user knows it. */
  readonly name: string;
  readonly path: string;
  readonly isInt: boolean;
  /** Of a state along the times of memories, at each of their steps. */
  readonly elements: number;
  /** The times of these memories. */
  readonly along?: readonly string[];
}

/** One update of sequences, equally long or with lengths. */
export interface UpdateDescription {
  readonly full: ProgramDescription;
  readonly ragged: ProgramDescription;
}

/** Updates of parts of a sequence, with states that are carried. */
export interface CarriedDescription extends UpdateDescription {
  /** For windows whose gradients go further back than their new steps, or not as far. They have lengths. Null for neither. */
  readonly windows: { readonly kind: "overlapping" | "cut"; readonly program: ProgramDescription } | null;
}

export interface UpdateDescriptions {
  readonly whole: UpdateDescription;
  /** A sentence that says why, where states cannot be carried. */
  readonly carried: CarriedDescription | string;
}

/** What a module with training has besides. */
export interface TrainingDescription {
  readonly updates: UpdateDescriptions;
  /** The same where some targets are missing; null if none may be. */
  readonly labelled: UpdateDescriptions | null;
  /** The names of weights, in the order in which they are stored. */
  readonly weights: readonly string[];
  /** The weight of each slot of the optimizer. */
  readonly slots: readonly number[];
  readonly targets: readonly TargetDescription[];
  /** The optimizer, and its learning rate. */
  readonly optimizer: string;
  readonly rate: number;
}

/** What is predicted of an input or target. */
export interface TargetDescription {
  readonly name: string;
  /** The numbers of steps that it is predicted ahead, each once. */
  readonly ahead: readonly number[];
  /** The numbers that it may have. */
  readonly ranges: readonly TargetRange[];
  /** Whether some of its values may be missing. */
  readonly mayLack: boolean;
  /** The token with which a text of it ends; null where it has none. */
  readonly end: number | null;
}

export interface ModuleDescription {
  readonly name: string;
  readonly inputs: readonly DataDescription[];
  readonly predictions: readonly PredictionDescription[];
  readonly vocabularies: readonly VocabularyDescription[];
  /** The shapes of weights, in the order in which they are stored. */
  readonly weights: readonly (readonly number[])[];
  readonly states: readonly StateDescription[];
  readonly run: ProgramDescription;
  /** A sentence that says why, where it cannot be stepped. */
  readonly stream: StepDescription | string;
  /** Null where it does not feed back what it predicts. */
  readonly writing: WritingDescription | null;
  readonly seed: number;
  /** Only where it can train. */
  readonly training?: TrainingDescription;
}
