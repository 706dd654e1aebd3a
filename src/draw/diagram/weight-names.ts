// Names of weights on arrows, as in textbooks: E embeds tokens, W multiplies a cell's input, U a state, V is outside of cells.
// The same weights have the same name, at each step and wherever they are shared.
import { nameOfInput } from "../../graph/node.ts";
import type { Box } from "./boxes.ts";
import type { Diagram } from "./diagram.ts";
import { groupedBy } from "../../base/grouped.ts";
import type { Read } from "./reads.ts";

export interface WeightNames {
  /** The name of a set of weights; "" if it is empty. */
  readonly of: (weights: readonly string[]) => string;
  /** The names of the weights that a name on an arrow stands for. */
  readonly meanings: ReadonlyMap<string, string>;
}

export const NO_WEIGHT_NAMES: WeightNames = { of: () => "", meanings: new Map() };

export function weightNamesOf({ program, parts }: Diagram): WeightNames {
  const { graph, outline, parameters } = program;
  const declared = new Map(
    outline.flatMap(({ quantities }) =>
      quantities.flatMap(({ kind, names, nodes }) =>
        kind === "param" ? [[nodes[0] ?? "", names[0] ?? ""] as const] : [],
      ),
    ),
  );
  const bases = new Map<string, string>();
  for (const { box, reads } of parts)
    for (const read of reads) {
      const key = keyOf(read.weights);
      if (key === "" || bases.has(key)) continue;
      const isToken = graph.node(read.from.node).type.dtype === "int";
      const [only = "", ...others] = read.weights;
      const own = others.length === 0 ? declared.get(only) : undefined;
      bases.set(
        key,
        own ?? letterOf(read, box, isToken) + (box.kind === "equation" && inCell(box) ? `_${box.names[0]}` : ""),
      );
    }
  const names = numbered(bases);
  const meanings = [...names].map(([key, name]) => {
    const own = new Set(key.split(" ").map((id) => nameOfInput(graph.node(id))));
    const inOrder = parameters.flatMap((each) => (own.has(each.name) ? [each.name] : []));
    return [name, inOrder.join(", ")] as const;
  });
  return { of: (weights) => names.get(keyOf(weights)) ?? "", meanings: new Map(meanings) };
}

function keyOf(weights: readonly string[]): string {
  return weights.toSorted().join(" ");
}

function inCell({ body }: Box): boolean {
  return body?.definition.kind === "cell";
}

function letterOf({ delay }: Read, box: Box, isToken: boolean): string {
  if (isToken) return "E";
  if (!inCell(box)) return "V";
  return delay === 0 ? "W" : "U";
}

/** Numbers the names that several sets of weights would have: W1, W2. */
function numbered(bases: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const together = groupedBy(bases, ([, base]) => base);
  return new Map(
    [...together.values()].flatMap((keys) =>
      keys.map(([key, base], index) => [key, keys.length === 1 ? base : withNumber(base, index + 1)] as const),
    ),
  );
}

function withNumber(base: string, number: number): string {
  const [letter = "", ...equation] = base.split("_");
  return [`${letter}${number}`, ...equation].join("_");
}
