// Masks of the steps of a time: calls of the functions of steps that a file defines.
import { ONE, subtract, type Dim } from "../../shape/dim.ts";
import type { Words, Writer, Writing } from "../source/dialect.ts";
import { atom, attribute, binary, call, index, number } from "../source/expression.ts";
import { booleans, type Value } from "../source/value.ts";

const STEPS = { real: "real_steps", moves: "moving_steps", first: "first_steps", last: "last_steps" } as const;

/** Which steps of a time are marked, by the lengths of the examples. */
export function mask(words: Words): Writer<"mask"> {
  return (writing) => {
    const { which, dims, drop = 0, memory = false, after = 0 } = writing.node.attributes;
    const [lengths] = writing.operands;
    if (lengths === undefined) return maskOfAll(words, writing);
    const counted = drop === 0 ? lengths.expression : binary("-", lengths.expression, number(drop));
    const steps = call(writing.helper(STEPS[which]), [counted, writing.size(dims[0])]);
    const turned = memory ? attribute(steps, "T") : steps;
    return booleans(
      after === 0 ? turned : index(turned, [atom("..."), ...Array.from({ length: after }, () => atom("None"))]),
    );
  };
}

/** The mask of a time whose steps all examples have. */
function maskOfAll(words: Words, writing: Writing<"mask">): Value {
  const { which, dims, drop = 0, after = 0 } = writing.node.attributes;
  const steps = call(`${words.module}.arange`, [writing.size(dims[0])], writing.device());
  const marks = {
    real: () => binary("<", steps, writing.size(dropped(dims[0], drop))),
    moves: () => binary(">=", steps, number(0)),
    first: () => binary("==", steps, number(0)),
    last: () => binary("==", steps, writing.size(subtract(dims[0], ONE))),
  }[which]();
  return booleans(
    after === 0 ? marks : index(marks, [atom("..."), ...Array.from({ length: after }, () => atom("None"))]),
  );
}

function dropped(time: Dim, drop: number): Dim {
  return Array.from({ length: drop }).reduce<Dim>((dim) => subtract(dim, ONE), time);
}
