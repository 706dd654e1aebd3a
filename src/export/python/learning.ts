// How weights are trained, as tables of a Python file: those that are frozen, and those with a learning rate or a decay of their own.
import { optimizerValue } from "../../train/optimizer.ts";
import type { Prepared } from "../source/prepare.ts";
import { quoted } from "./text.ts";

/** The lines that define `FROZEN`; none if all weights are trained. */
export function frozenTable({ weights }: Pick<Prepared, "weights">): readonly string[] {
  const frozen = weights.filter(({ learning }) => learning.isFrozen).map(({ name }) => quoted(name));
  return frozen.length === 0 ? [] : [`# Weights that are never trained.\nFROZEN = (${frozen.join(", ")},)`];
}

export interface LearningTables {
  /** Lines that define `RATES` and `DECAYS`, as far as they are needed. */
  readonly lines: readonly string[];
  readonly hasRates: boolean;
  /** Whether weights decay, as the optimizer of the spec is `adamw`. */
  readonly decays: boolean;
}

export function learningTables({ weights, program }: Prepared): LearningTables {
  const trained = weights.filter(({ learning }) => !learning.isFrozen);
  const rates = trained.filter(({ learning }) => learning.rate !== 1).map((each) => [each.name, each.learning.rate]);
  const { optimizer } = program.settings;
  const usual = optimizer?.kind === "adamw" ? optimizerValue(optimizer, "decay") : undefined;
  const decays = weights.flatMap(({ name, learning: { isFrozen, decay } }) => {
    if (isFrozen) return [[name, 0]];
    return decay === null ? [] : [[name, decay]];
  });
  const table = (entries: readonly (readonly (string | number)[])[]): readonly string[] =>
    entries.map(([name, value]) => `    ${quoted(String(name))}: ${value},`);
  return {
    lines: [
      ...(rates.length === 0 ? [] : ["# Factors of the learning rate.", "RATES = {", ...table(rates), "}"]),
      ...(usual === undefined
        ? []
        : [
            `# The decay of weights, and of those with another one.`,
            `DECAY = ${usual}`,
            "DECAYS = {",
            ...table(decays),
            "}",
          ]),
    ],
    hasRates: rates.length > 0,
    decays: usual !== undefined,
  };
}
