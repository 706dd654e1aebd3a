// `predict` of a model that reads its own predictions: what it writes for each row, with the likeliest token at each step.
import type { Sizes } from "../shape/dim.ts";
import { openModel } from "../train/model.ts";
import { Session } from "../train/session.ts";
import { checkRows, writeRows } from "../train/writing-rows.ts";
import { trainedLength } from "./default-length.ts";
import type { Compiled } from "./compiled.ts";
import { DEFAULT_LENGTH } from "./generate-options.ts";
import type { BatchPredictor } from "./predict.ts";
import { writtenResults } from "./pieces.ts";
import { keyOf } from "./vocabularies.ts";
import { writtenValue } from "./written-value.ts";
import { writtenVocabulary } from "./writing-session.ts";

/** `length`: the largest number of steps. Throws a UserError for a model that cannot write step by step. */
export function greedyWriter<T>(model: Compiled<T>, sizes: Sizes, length: number | undefined): BatchPredictor {
  const opened = openModel(model.definition, model.statics, "rows");
  const session = new Session(opened, model.device, model.ready(), sizes, model.sharedSteps("rows"));
  checkRows(session.feedback);
  const steps = length ?? trainedLength(model.program, model.origin.longest ?? new Map()) ?? DEFAULT_LENGTH;
  const inputs = new Map(session.feedback.map(({ input }) => [input.name, input]));
  return {
    async rows(batch) {
      const written = await writeRows(session, batch, ({ input }) => writtenVocabulary(model, input), {
        length: steps,
        temperature: 0,
        seed: model.seed,
      });
      return written.map((example) =>
        Object.fromEntries(
          Object.entries(writtenResults(model, session.feedback, example)).map(([name, array]) => {
            const input = inputs.get(name);
            return [name, writtenValue(array, input && model.vocabularies.get(keyOf(input)))];
          }),
        ),
      );
    },
    dispose: () => session.dispose(),
  };
}
