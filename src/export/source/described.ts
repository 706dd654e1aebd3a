// What a comment says of the arguments and results of a function.
import type { Program } from "../../lang/elaborate/program.ts";
import type { Sizes } from "../../shape/dim.ts";
import type { Result } from "./functions.ts";
import { oneLine } from "./one-line.ts";
import { shownShape, type Arguments } from "./signature.ts";

/** What is said of the function that `forward` and `losses` call where they share values. */
export function valuesLine(forward: string): string {
  return `What \`${forward}\` and \`losses\` are made of.`;
}

/** What `losses` returns. */
export const LOSSES_LINE =
  "Returns the loss, and for each prediction its part of it with the number of values that it is a mean of.";

/** One line for each argument. */
export function argumentLines({ data, lengths, hasState }: Arguments, sizes: Sizes): readonly string[] {
  return [
    ...data.map(({ node, name, spoken }) => {
      const what = node.type.dtype === "int" ? ", tokens" : "";
      const alias = spoken === name ? "" : `, ${oneLine(spoken)} in the spec`;
      return `${name}: ${shownShape(node.type, sizes)}${what}${alias}`;
    }),
    ...lengths.map(({ name, of }) => `${name}: [B], the steps of each example in ${oneLine(of)}; all steps by default`),
    ...(hasState ? ["state: what an earlier call returned; the first values by default"] : []),
  ];
}

/** What `forward` returns, in one sentence. */
export function resultLine(
  program: Program,
  outputs: readonly Result[],
  states: readonly Result[],
  sizes: Sizes,
): string {
  const shape = ({ id }: Result): string => shownShape(program.graph.node(id).type, sizes);
  const [first] = outputs;
  const main =
    outputs.length === 1 && first !== undefined
      ? `${oneLine(first.key)} ${shape(first)}`
      : `a dict of ${outputs.map((each) => `${oneLine(each.key)} ${shape(each)}`).join(", ")}`;
  return `Returns ${main}${states.length === 0 ? "" : ", and the states after the last step by name"}.`;
}
