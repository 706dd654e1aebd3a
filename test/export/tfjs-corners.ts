// A cell of all functions, at corners, ties and zeros, and other specs that tests write themselves, as cases.
import { expect } from "vitest";
import { open } from "../../src/compile.ts";
import { SCALARS } from "../../src/scalar/table.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { caseOf, type Case } from "./python-cases.ts";

export function written(text: string, name: string): Case {
  const { definitions } = open({ name: `${name}.rec`, text }, loadFromDisk);
  const definition = definitions.get(name) ?? expect.fail("no definition");
  return caseOf(name, { definition, layout: "rows", isShipped: false });
}

/** Where functions have corners, ties and zeros. */
const CORNERS = [-2, -1, -0.5, 0, 0.5, 1, 2, 0];

function atCorners(each: Case): Case {
  const inputs = [...each.inputs].map(([name, array]) => {
    const data = array.data.map((_, place) => CORNERS[place % CORNERS.length] ?? 0);
    return [name, /^x\d+$/.test(name) ? { ...array, data } : array] as const;
  });
  return { ...each, inputs: new Map(inputs) };
}

const SCALAR_CALLS = Object.values(SCALARS).flatMap((row): readonly string[] => {
  if (!("language" in row) || ["where", "log", "sqrt"].includes(row.language)) return [];
  const others = ["0.5", "1.5"].slice(0, row.arity - 1);
  return [`${row.language}(${["x", ...others].join(", ")})`];
});

export const CALLS: readonly string[] = [
  ...SCALAR_CALLS,
  "max(x, 0.5 * x)",
  "min(x, 0 * x)",
  "max(x, axis = 0) + 0 * x",
  "min(x, axis = 0) + 0 * x",
  "x * argmax(x, axis = 0)",
  "cumprod(x, axis = 0)",
  "cummax(x, axis = 0)",
  "sort(x, axis = 0)",
  "cumsum(x, axis = 0)",
  "x * norm(0 * x, axis = 0) + norm(x, axis = 0)",
  "softmax(x, axis = 0)",
  "logsoftmax(x, axis = 0)",
  "x * logsumexp(x, axis = 0)",
  "where(x > 0, x, 2 * x) + (x == 1) + (x < 1) * (x >= 0) * x",
  "log(x * x + 1) + sqrt(x * x + 1) + 2 ^ x + (x * x + 1) ^ x + x / (x * x + 1)",
];

/** Each call has an input of its own, so that a wrong gradient is seen where it is. */
const CORNER_SPEC = [
  "cell F {",
  ...CALLS.flatMap((call, place) => [`  input x${place}: [8]`, `  y${place} = ${call.replace(/\bx\b/g, `x${place}`)}`]),
  `  output ${CALLS.map((_, place) => `y${place}`).join(", ")}`,
  "}",
].join("\n");

export function cornerCase(): Case {
  return atCorners(written(CORNER_SPEC, "F"));
}
