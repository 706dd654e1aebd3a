// `predict` of a model that reads its own predictions: what it writes for each row, with the likeliest token at each step.
import type { Sizes } from "../shape/dim.ts";
import { openModel } from "../train/model.ts";
import { Session } from "../train/session.ts";
import { ShownWhileWriting } from "../train/shown-while-writing.ts";
import { writeRows } from "../train/writing-rows.ts";
import { defaultLength } from "./default-length.ts";
import type { Compiled } from "./compiled.ts";
import type { BatchPredictor } from "./predict.ts";
import { writtenResults } from "./pieces.ts";
import { keyOf } from "./vocabularies.ts";
import { writtenValue } from "./written-value.ts";
import { writtenVocabulary } from "./writing-session.ts";

interface Asked {
  /** The largest number of steps. */
  readonly length: number | undefined;
  /** Values that are given besides those of `output`. */
  readonly show: readonly string[];
}

/** Throws a UserError for a model that cannot write step by step. */
export function greedyWriter<T>(model: Compiled<T>, sizes: Sizes, { length, show }: Asked): BatchPredictor {
  const opened = openModel(model.definition, model.statics, "rows", show);
  const { shown } = opened.inference;
  const share = model.sharedSteps(JSON.stringify(["rows", shown]));
  const session = new Session(opened, model.device, model.ready(), sizes, { share, shown });
  const steps = length ?? defaultLength(model.program, model.origin.longest);
  const inputs = new Map(session.feedback.map(({ input }) => [input.name, input]));
  return {
    async rows(batch) {
      const values = new ShownWhileWriting(session.shown, batch);
      const written = await writeRows(session, batch, ({ input }) => writtenVocabulary(model, input), {
        length: steps,
        temperature: 0,
        seed: model.seed,
        onStep: (results, rows) => values.add(results, rows),
      });
      return written.map((example, row) => {
        const found = Object.entries(writtenResults(model, session.feedback, example)).map(([name, array]) => {
          const input = inputs.get(name);
          return [name, writtenValue(array, input && model.vocabularies.get(keyOf(input)))] as const;
        });
        return Object.fromEntries([...found, ...values.of(row)]);
      });
    },
    dispose: () => session.dispose(),
  };
}
