// `compile`: from the text of a spec to a model on a target.
import { UserError } from "../base/diagnostic.ts";
import { open } from "../programs.ts";
import { withAdvice } from "../lang/advice.ts";
import type { Loader } from "../lang/scope.ts";
import { recording } from "../checkpoint/recording.ts";
import { DEFAULT_TARGET, withTarget } from "../targets/registry.ts";
import type { Target } from "../targets/target.ts";
import { readUnrolling, type Unrolling } from "../time/unroll-choice.ts";
import { chosenOrFitting, withParameters } from "./choose.ts";
import { Compiled } from "./compiled.ts";
import type { CompiledParts } from "./compiled-parts.ts";
import { withMemoryErrors } from "./memory.ts";
import {
  checkBoolean,
  checkText,
  checkWhole,
  checkedLater,
  readOptions,
  readEntries,
  isWhole,
  wrongValue,
  type Checks,
} from "./options.ts";
import { describeValue } from "./describe-value.ts";
import { type TextLoader, loaderOfTexts } from "./text-loader.ts";
import type { CompiledModel, Weights } from "./types.ts";
import { buildVocabularies, type Texts } from "./vocabularies.ts";

export interface TargetOptions {
  /** The target that runs the model: a name of `recurra targets`. Default: `wasm`. */
  readonly target?: string;
  /** Decides the first weights, dropout and what is sampled. Default: that of the spec, otherwise 1. */
  readonly seed?: number;
  /** How loops over time are unrolled: `none`, `full`, `auto` or a number of steps. Default: `auto`, which keeps loops. */
  readonly unroll?: Unrolling | "auto";
  /**
   * Whether inputs, targets and weights, and the loss and gradient of an update, may be NaN or infinite. Otherwise they are errors that
   * name the place. Default: false.
   */
  readonly allowNonFinite?: boolean;
}

export interface CompileOptions extends TargetOptions {
  /** The definition to compile: one of the source, or one that it uses. Default: its first model, otherwise its first cell. */
  readonly model?: string;
  readonly cell?: string;
  /** Values for parameters: numbers, such as `{ H: 256 }`, and cells, such as `{ Cell: "GRU" }` or `{ Cell: "./mine.rec:Mine(64)" }`. */
  readonly set?: Readonly<Record<string, number | string>>;
  /** Sizes that otherwise come from data, such as `{ V: 96 }` for a vocabulary. Sizes of inputs, as I of `[B, T, I]`, are not needed. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Texts whose characters, words or labels become the vocabulary of a size, such as `{ V: book }`. Its size is then not needed. */
  readonly texts?: Texts;
  /** Weights by name. The others are initialised as the spec says. */
  readonly weights?: Weights;
  /**
   * The name of the source in messages, as a path. `use … from "./file.rec"` is found relative to it, in its folder or below. Default:
   * `spec.rec` in the folder of the process.
   */
  readonly name?: string;
  /** Returns the text of a file that `use` names, instead of the disk; see `TextLoader`. */
  readonly loader?: TextLoader;
}

export const TARGET_OPTIONS: Checks<TargetOptions> = {
  target: checkText,
  seed: checkWhole("the seed"),
  unroll: checkedLater,
  allowNonFinite: checkBoolean,
};

const OPTIONS: Checks<CompileOptions> = {
  ...TARGET_OPTIONS,
  model: checkText,
  cell: checkText,
  set: checkedLater,
  sizes: checkedLater,
  texts: checkedLater,
  weights: checkedLater,
  name: checkText,
  loader: checkedLater,
};

/** `compile` of the library. `load` finds the files that `use … from "…"` names. */
export function compileWith(load: Loader, source: string, given: CompileOptions): Promise<CompiledModel> {
  return withAdvice(() => compileOnce(load, source, given));
}

async function compileOnce(load: Loader, source: string, given: CompileOptions): Promise<CompiledModel> {
  if (typeof source !== "string")
    throw new UserError(`\`compile\` needs the text of a spec, but ${describeValue(source)} was given`);
  const options = readOptions(given, OPTIONS, "compile");
  const { name = "spec.rec", set = {}, sizes = {}, texts = {}, weights = {} } = options;
  const loader = recording(options.loader === undefined ? load : loaderOfTexts(options.loader, load));
  const root = { name, text: source };
  const scope = open(root, loader.load);
  const parameters = readEntries(set, "`set`", "{ H: 256 }");
  return compileDefinition(options, {
    ...withParameters(chosenOrFitting(scope, options), parameters, { load: loader.load, root }),
    sizes: sizesOf(sizes),
    starts: new Map(),
    vocabularies: (program) => buildVocabularies(program, texts),
    weights,
    updates: 0,
    origin: { sources: [{ name, asked: name, text: source }, ...loader.used()] },
  });
}

/** A definition on a target. Throws a UserError for an unknown target or unrolling. */
export function compileDefinition(
  { target = DEFAULT_TARGET, seed, unroll = "auto", allowNonFinite = false }: TargetOptions,
  parts: Omit<CompiledParts<unknown>, "target" | "seed" | "allowNonFinite">,
): Promise<CompiledModel> {
  if (typeof unroll !== "string" && typeof unroll !== "number")
    throw wrongValue("`unroll`", unroll, "`none`, `full`, `auto`, or a number of steps");
  const choice = readUnrolling(String(unroll));
  return withTarget<CompiledModel>(target, async (opened) => {
    const plain = withMemoryErrors(opened);
    return new Compiled({
      ...parts,
      allowNonFinite,
      target: choice === "auto" || choice === "none" ? plain : await unrolled(plain, choice),
      ...(seed === undefined ? {} : { seed }),
    });
  });
}

/** Few programs unroll: what does it is loaded when it is first needed. */
async function unrolled<T>(target: Target<T>, choice: Unrolling): Promise<Target<T>> {
  const { unrolling } = await import("../targets/unrolling.ts");
  return unrolling(target, choice);
}

/** Throws a UserError for a size that is not a whole number of at least 1. */
export function sizesOf(sizes: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const given = readEntries(sizes, "`sizes`", "{ V: 96 }");
  for (const [name, size] of given)
    if (!isWhole(size, 1)) throw wrongValue(`the size ${name}`, size, "a whole number, 1 or more");
  return given;
}
