// Small values for the parameters of a definition: a check at H = 3 tells what one at H = 256 does, in a thousandth of the time.
import { elaborate } from "../programs.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { constant } from "../shape/dim.ts";

/** Unequal, so that an exchange of two axes is seen. */
const SMALL: Readonly<Record<string, number>> = { H: 3, E: 2, A: 4 };
const OTHER = 4;
/** Where sizes must be equal or multiples of each other. */
const EQUAL = [4, 8, 16] as const;
/** A default up to this is kept: a number of layers, heads or steps. */
const KEPT = 8;

/** `given`, and small values for other parameters with a large whole number as default. The defaults stay if no small values fit. */
export function smallStatics(scoped: ScopedDefinition, given: Statics): Statics {
  const large = scoped.definition.parameters.flatMap(({ name, default: standard }) =>
    standard?.kind === "number" && Number.isInteger(standard.value) && standard.value > KEPT && !given.has(name.name)
      ? [name.name]
      : [],
  );
  const choices: readonly ((name: string) => number)[] = [
    (name) => SMALL[name] ?? OTHER,
    ...EQUAL.map((size) => () => size),
  ];
  const tried = choices.map(
    (sizeOf): Statics => new Map([...given, ...large.map((name) => [name, constant(sizeOf(name))] as const)]),
  );
  return tried.find((statics) => fits(scoped, statics)) ?? given;
}

function fits(scoped: ScopedDefinition, statics: Statics): boolean {
  return elaborate(scoped, statics, { ragged: false, training: true, states: "initial" }).program !== null;
}
