// Whether a model reads one running text, whose next tokens it predicts.
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";

/** The input of a text model, and its predictions. */
export interface TextInput {
  readonly input: ProgramInput;
  /** The numbers of steps that predictions lie ahead: 1 for `text[t+1]`. */
  readonly ahead: readonly number[];
}

export function textInput(program: Program): TextInput | undefined {
  const [input, ...others] = program.inputs;
  const isPredicted = program.predictions.every(
    ({ target, ahead, kind }) => target === input?.name && ahead > 0 && kind === "token",
  );
  if (input?.token === undefined || others.length > 0 || !isPredicted || program.predictions.length === 0)
    return undefined;
  return { input, ahead: [...new Set(program.predictions.map((each) => each.ahead))] };
}
