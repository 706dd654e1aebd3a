// Every shipped cell with small sizes, and arrays for its inputs.
import type { CompiledModel, NumberArray } from "../../src/index.ts";
import { CELLS, type Shipped } from "../support/specs.ts";
import { numbers, tokens } from "./models.ts";

const SIZES: Readonly<Record<string, number>> = { H: 4, O: 3, N: 5, A: 3, I: 3, K: 2, d: 2 };

/** Of other parameters without a default. */
const SIZE = 3;

export type Given = Readonly<Record<string, NumberArray>>;

/** Arrays for the inputs of one role: `[B, T, …]`. Tokens are below 5. */
export function arraysFor(model: CompiledModel, role: "input" | "memory", leading: readonly number[]): Given {
  return Object.fromEntries(
    model.inputs
      .filter((input) => input.role === role)
      .map(({ name, type }) => {
        const [, inner = ""] = /^seq (.*)$/.exec(type) ?? [];
        if (!inner.startsWith("[")) return [name, tokens(name, leading, 5)];
        const own = [...inner.matchAll(/\w+/g)].map(([size]) => SIZES[size] ?? Number(size));
        return [name, numbers(name, [...leading, ...own])];
      }),
  );
}

/** A cell as a program that uses it names it, with values for its parameters. */
export interface SizedCell {
  readonly name: string;
  readonly folder: "cells" | "models";
  readonly set: Readonly<Record<string, number>>;
}

export function sized({ name, definition }: Shipped): SizedCell {
  const { parameters } = definition.definition;
  return {
    name,
    folder: definition.scope.file.source.name.includes("specs/models/") ? "models" : "cells",
    set: Object.fromEntries(
      parameters.flatMap(({ name: { name: each }, default: own }) => {
        const size = SIZES[each] ?? (own === null ? SIZE : undefined);
        return size === undefined ? [] : [[each, size]];
      }),
    ),
  };
}

export const SIZED_CELLS: readonly SizedCell[] = CELLS.map(sized);
