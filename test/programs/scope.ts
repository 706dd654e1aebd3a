// What a body of a random program can read, and the names that it may give.
import { Choices } from "./choices.ts";
import type { Name, Text } from "./style.ts";

export interface Value {
  readonly text: Text;
  readonly shape: readonly number[];
  /** Above 0 at every real step, so that it may be divided by; in the padding it may be anything. */
  readonly isPositive?: boolean;
  /** A token of so many. */
  readonly tokens?: number;
  /** In a model: a sequence along the time of the input `x`, or along another. */
  readonly time?: "x" | "other";
  /** In a model: computed from the whole of the time of `x`, so that it is not known at a step. */
  readonly isWhole?: boolean;
  /** In a model: a result without time that steps can carry, as the mean so far. */
  readonly isReduced?: boolean;
  /** Whether it may be written with a delay, as it is a name. */
  readonly isName?: boolean;
}

/**
 * Names that the compiler makes for weights and layers of its own stand here too: they must not meet. None is a function's: an equation
 * that is called `linear` is evaluated before what calls `linear`, so that weights come in another order under another name.
 */
const NAMES = [
  "x",
  "h",
  "b",
  "c",
  "f",
  "y",
  "table",
  "x2",
  "arg1",
  "layer0",
  "forward",
  "initial",
  "q",
  "m",
  "cell",
] as const;

export class Names {
  readonly #choices: Choices;
  readonly #taken = new Set<string>();
  readonly #next: () => number;

  constructor(choices: Choices, next: () => number) {
    this.#choices = choices;
    this.#next = next;
  }

  make(expected?: string): Name {
    const id = this.#next();
    const first = expected ?? this.#choices.pick(NAMES);
    const written = this.#taken.has(first) ? `${first}_${id}` : first;
    this.#taken.add(written);
    return { id, written };
  }
}

export function named(name: Name): Text {
  return (style) => style.name(name);
}

/** `text` with the texts of values put in the place of each `$1`, `$2`, …. */
export function written(template: string, ...parts: readonly { readonly text: Text }[]): Text {
  return (style) => template.replaceAll(/\$(\d)/g, (_, digit: string) => parts[Number(digit) - 1]?.text(style) ?? "?");
}

export function hasShape(shape: readonly number[]): (value: Value) => boolean {
  return (value) => value.tokens === undefined && value.shape.join() === shape.join();
}
