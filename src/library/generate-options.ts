// The options of `generate`: those of drawing and those of beam search, which exclude each other.
import { UserError } from "../base/diagnostic.ts";
import type { BeamSettings } from "../train/beam.ts";
import { checkSampling, type WritingOptions } from "../train/writing.ts";
import {
  aBoolean,
  aSignal,
  aWhole,
  checkedLater,
  checkedOptions,
  mustBe,
  notNegative,
  type Check,
  type Checks,
} from "./options.ts";
import type { BeamOptions, GenerateOptions } from "./types.ts";

/** The range is checked where it is used. */
const aNumber: Check = (value, name) => {
  if (typeof value !== "number") throw mustBe(name, value, "a number");
};

/** All that `generate` may be given. */
export type AnyOptions = GenerateOptions & Partial<BeamOptions>;

const CHECKS: Checks<AnyOptions> = {
  inputs: checkedLater,
  lengths: checkedLater,
  prompt: checkedLater,
  length: aWhole("the length", 0),
  temperature: aNumber,
  topK: aNumber,
  topP: aNumber,
  seed: aWhole("the seed"),
  numbers: checkedLater,
  beam: aWhole("`beam`", 1),
  best: aWhole("`best`", 1),
  lengthPenalty: notNegative("`lengthPenalty`"),
  signal: aSignal,
  allowNonFinite: aBoolean,
};

const DRAWING = ["temperature", "topK", "topP", "seed", "numbers"] as const;
const SEARCHING = ["best", "lengthPenalty"] as const;

/** Throws a UserError for an option that does not exist, a value of a wrong kind, options that exclude each other. */
export function checkedGenerate(given: AnyOptions): AnyOptions {
  const options = checkedOptions(given, CHECKS, "generate");
  const { beam, best = 1 } = options;
  const drawing = DRAWING.find((name) => options[name] !== undefined);
  if (beam !== undefined && drawing !== undefined)
    throw new UserError(
      `\`${drawing}\` cannot be given together with \`beam\`: beam search looks for the likeliest output and draws nothing. Give one of the two`,
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

/** How tokens are drawn. Throws a UserError for numbers that are out of range. */
export function drawingOf(options: AnyOptions, defaultSeed: number): WritingOptions {
  const { length = DEFAULT_LENGTH, temperature = 1, topK, topP, seed = defaultSeed } = options;
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

export function searchOf({ beam = 1, best = 1, lengthPenalty = 1, length = DEFAULT_LENGTH }: AnyOptions): BeamSettings {
  return { width: beam, best, lengthPenalty, length };
}

const DEFAULT_LENGTH = 100;
