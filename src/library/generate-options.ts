// Reads the options of `generate`. Options for drawing and for beam search exclude each other.
import { UserError } from "../base/diagnostic.ts";
import type { BeamSettings } from "../train/beam.ts";
import { checkSampling } from "../train/sampling.ts";
import type { WritingOptions } from "../train/writing.ts";
import {
  checkBoolean,
  checkSignal,
  checkWhole,
  checkedLater,
  readOptions,
  wrongValue,
  checkNotNegative,
  type Check,
  type Checks,
} from "./options.ts";
import type { BeamOptions, GenerateOptions } from "./types.ts";

/** The range is checked later, where it is used. */
const checkNumber: Check = (value, name) => {
  if (typeof value !== "number") throw wrongValue(name, value, "a number");
};

/** All options of `generate`. */
export type AnyOptions = GenerateOptions & Partial<BeamOptions>;

const CHECKS: Checks<AnyOptions> = {
  inputs: checkedLater,
  lengths: checkedLater,
  prompt: checkedLater,
  length: checkWhole("the length", 0),
  temperature: checkNumber,
  topK: checkNumber,
  topP: checkNumber,
  seed: checkWhole("the seed"),
  numbers: checkedLater,
  likeliest: checkWhole("`likeliest`", 1),
  beam: checkWhole("`beam`", 1),
  best: checkWhole("`best`", 1),
  lengthPenalty: checkNotNegative("`lengthPenalty`"),
  signal: checkSignal,
  allowNonFinite: checkBoolean,
};

const DRAWING = ["temperature", "topK", "topP", "seed", "numbers", "likeliest"] as const;
const SEARCHING = ["best", "lengthPenalty"] as const;

/** Throws a UserError for an unknown option, a value of the wrong type, and options that exclude each other. */
export function readGenerateOptions(given: AnyOptions): AnyOptions {
  const options = readOptions(given, CHECKS, "generate");
  const { beam, best = 1 } = options;
  const drawing = DRAWING.find((name) => options[name] !== undefined);
  if (beam !== undefined && drawing !== undefined)
    throw new UserError(
      `\`${drawing}\` cannot be given together with \`beam\`: beam search finds the likeliest output and draws nothing. Give one of the two`,
    );
  const searching = SEARCHING.find((name) => options[name] !== undefined);
  if (beam === undefined && searching !== undefined)
    throw new UserError(
      `\`${searching}\` belongs to beam search: give \`beam\` too, as in \`{ beam: 4, ${searching}: 1 }\``,
    );
  if (beam !== undefined && best > beam)
    throw new UserError(
      `\`best\` is ${best}, but \`beam\` keeps only ${beam} candidates: give \`beam: ${best}\` or more`,
    );
  return options;
}

/** Settings for drawing tokens. Throws a UserError for numbers that are out of range. */
export function samplingSettings(
  options: AnyOptions,
  defaults: { readonly length: number; readonly seed: number },
): WritingOptions {
  const { length = defaults.length, temperature = 1, topK, topP, seed = defaults.seed } = options;
  const drawing = {
    length,
    temperature,
    seed,
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
  checkSampling(drawing);
  return drawing;
}

export function searchSettings({
  beam = 1,
  best = 1,
  lengthPenalty = 1,
  length = DEFAULT_LENGTH,
}: AnyOptions): BeamSettings {
  return { width: beam, best, lengthPenalty, length };
}

/** The largest number of symbols, if nothing says another. */
export const DEFAULT_LENGTH = 100;
