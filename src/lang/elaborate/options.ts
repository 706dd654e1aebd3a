// What a program is made for: which of its forms is elaborated.

/** The start of a state that is not passed: its own initial value, an input of the program, or where the chunk before ended. */
export type StateStart = "initial" | "given" | "carried";

export interface Options {
  /** Whether each example has its own length; if not, no mask is built. */
  readonly ragged: boolean;
  /** Whether dropout acts. */
  readonly training: boolean;
  /** Whether targets may be missing at some steps: an input then says where there is one. */
  readonly partlyLabelled?: boolean;
  readonly states: StateStart;
  /** If states are `given`: which ones, by name; all if absent. The others start from their initial values. */
  readonly given?: ReadonlySet<string>;
  /** Names of values that are results besides those of `output`. */
  readonly show?: readonly string[];
  /** `overlapping`: the sequence is a window. Only its last N steps count, and states are kept after K steps. */
  readonly truncation?: "plain" | "cut" | "overlapping";
}

/** Options as a key for what was made with them. */
export function keyOf({ given, show = [], ...options }: Options): string {
  return JSON.stringify({ ...options, show, given: given === undefined ? null : [...given] });
}
