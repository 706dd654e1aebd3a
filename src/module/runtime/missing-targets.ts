// `null` in targets of an update: numbers without them, and marks of where there are values.
import { UserError } from "../../base/diagnostic.ts";
import { splitNulls } from "../../train/split-nulls.ts";
import type { DataDescription, TargetDescription } from "../description.ts";
import type { Inputs } from "./gathered.ts";
import { readGiven, type GivenArray, type Value } from "./given.ts";

export interface WithoutNulls {
  readonly inputs: Inputs;
  /** By targets that have `null` in them: 1 where there is a value, else 0. */
  readonly marks: ReadonlyMap<string, GivenArray>;
}

/** Throws a UserError where every target is `null` everywhere. */
export function withoutNulls(
  given: Inputs,
  inputs: readonly DataDescription[],
  targets: readonly TargetDescription[],
): WithoutNulls {
  const numbers: Record<string, Value> = { ...given };
  const marks = new Map<string, GivenArray>();
  for (const input of inputs) {
    const { name, shape, time } = input;
    const split = targets.some((each) => each.name === name && each.mayLack)
      ? splitNulls(given[name], shape.length)
      : null;
    if (split === null) continue;
    numbers[name] = split.numbers;
    marks.set(name, readGiven({ ...input, shape: [], tokens: null }, split.marks, time !== null, new Map()));
  }
  if (targets.length > 0 && targets.every(({ name }) => marks.get(name)?.data.every((mark) => mark === 0) === true))
    throw new UserError(
      `there is nothing to learn: \`${targets.map(({ name }) => name).join("` and `")}\` is null at every step of this batch`,
    );
  return { inputs: numbers, marks };
}
