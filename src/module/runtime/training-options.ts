// Reads the options of a trainer and of an update, which are the library's as far as a module has them.
import { UserError } from "../../base/diagnostic.ts";
import type { TrainingDescription } from "../description.ts";
import type { Truncation } from "../../train/windows.ts";
import type { TrainerOptions } from "./training-types.ts";

/** Throws a UserError for what is not an object, and for an option that is not one of `known`. */
export function refuseOthers(options: object | null, known: readonly string[], of: string): void {
  if (typeof options !== "object" || options === null)
    throw new UserError(`\`${of}\` takes its options in an object, as { ${known[0] ?? ""}: … }`);
  const other = Object.keys(options).find((name) => !known.includes(name));
  if (other !== undefined)
    throw new UserError(
      `\`${of}\` has no option \`${other}\` in a module, but ${known.map((name) => `\`${name}\``).join(", ")}`,
    );
}

/** The learning rate. */
export function rateOf({ optimizer = {} }: TrainerOptions, { optimizer: kind, rate }: TrainingDescription): number {
  const other = Object.entries(optimizer).find(
    ([name, value]) => name !== "lr" && !(name === "kind" && value === kind),
  );
  if (other !== undefined)
    throw new UserError(
      `this module was compiled for the optimizer \`${kind}\`: of its settings only \`lr\` can be given, not \`${other[0]}\``,
    );
  const { lr = rate } = optimizer;
  if (!(typeof lr === "number" && lr >= 0 && Math.fround(lr) < Infinity))
    throw new UserError(`\`lr\` is ${String(lr)}, but it must be a finite number, 0 or more`);
  return lr;
}

/** Throws a UserError for a seed that is not a whole number. */
export function seedOf({ seed }: TrainerOptions, otherwise: number): number {
  if (seed !== undefined && !Number.isInteger(seed))
    throw new UserError(`\`seed\` is ${String(seed)}, but it must be a whole number`);
  return seed ?? otherwise;
}

/** Null for whole sequences. */
export function truncationOf({ steps, k1 = steps, k2 = steps }: TrainerOptions): Truncation | null {
  for (const [name, value] of Object.entries({ steps, k1, k2 }))
    if (value !== undefined && !(Number.isInteger(value) && value >= 1))
      throw new UserError(`\`${name}\` is ${value}, but it must be a whole number of steps, 1 or more`);
  const [every = k2, through = every] = [k1, k2];
  return every === undefined || through === undefined ? null : { k1: every, k2: through };
}
