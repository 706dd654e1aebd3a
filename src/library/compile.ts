// `compile`: from the text of a spec to something that runs, steps, writes and trains, on a target.
import { UserError } from "../base/diagnostic.ts";
import { open } from "../compile.ts";
import type { Loader } from "../lang/scope.ts";
import { recording } from "../checkpoint/recording.ts";
import { DEFAULT_TARGET, withTarget } from "../targets/registry.ts";
import { unrolling } from "../targets/unrolling.ts";
import { readUnrolling, type Unrolling } from "../time/unroll-choice.ts";
import { chosenOrFitting, staticsOf } from "./choose.ts";
import { Compiled } from "./compiled.ts";
import type { CompiledParts } from "./compiled-parts.ts";
import { tellingOfMemory } from "./memory.ts";
import {
  aBoolean,
  aText,
  aWhole,
  checkedLater,
  checkedOptions,
  entriesOf,
  isWhole,
  mustBe,
  type Checks,
} from "./options.ts";
import { shown } from "./shown.ts";
import { type TextLoader, textsOf } from "./text-loader.ts";
import type { CompiledModel, Weights } from "./types.ts";
import { vocabulariesOf, type Texts } from "./vocabularies.ts";

export interface TargetOptions {
  /** What to run on: a name of `recurra targets`. Default: `wasm`. */
  readonly target?: string;
  /** Decides the first weights, dropout and what is sampled. Default: the spec's, else 1. */
  readonly seed?: number;
  /** `none`, `full`, `auto` or a number of steps. Default: `auto`, which leaves loops as they are. */
  readonly unroll?: Unrolling | "auto";
  /**
   * Whether numbers that it is given may be NaN or infinite: inputs, targets and weights, the loss and the gradient of an update. Without,
   * they are refused with their place. Default: false.
   */
  readonly allowNonFinite?: boolean;
}

export interface CompileOptions extends TargetOptions {
  /** Which definition, where the source has several or brings it by `use`. Default: its first model, else its first cell. */
  readonly model?: string;
  readonly cell?: string;
  /** Values for parameters, such as `{ H: 256 }`. */
  readonly set?: Readonly<Record<string, number>>;
  /** Sizes that data would tell, such as `{ V: 96 }` for a vocabulary. Those that inputs show, as I of `[B, T, I]`, need not be given. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Texts whose characters, words or labels become the vocabulary of a size, such as `{ V: book }`: then its size need not be given. */
  readonly texts?: Texts;
  /** Weights by name; those that are not given are initialised as the spec says. */
  readonly weights?: Weights;
  /**
   * The name of the source in messages. `use … from "./file.rec"` is looked up from there, and only in its folder and below: in Node
   * without a name in the folder of the process.
   */
  readonly name?: string;
  /** Gives the text of a file that `use` names, in place of the disk; see `TextLoader`. */
  readonly loader?: TextLoader;
}

export const TARGET_OPTIONS: Checks<TargetOptions> = {
  target: aText,
  seed: aWhole("the seed"),
  unroll: checkedLater,
  allowNonFinite: aBoolean,
};

const OPTIONS: Checks<CompileOptions> = {
  ...TARGET_OPTIONS,
  model: aText,
  cell: aText,
  set: checkedLater,
  sizes: checkedLater,
  texts: checkedLater,
  weights: checkedLater,
  name: aText,
  loader: checkedLater,
};

/** As `compile` of the library; `load` finds what `use … from "…"` names. */
export async function compileWith(load: Loader, source: string, given: CompileOptions): Promise<CompiledModel> {
  if (typeof source !== "string")
    throw new UserError(`\`compile\` needs the text of a spec, but ${shown(source)} was given`);
  const options = checkedOptions(given, OPTIONS, "compile");
  const { name = "spec.rec", set = {}, sizes = {}, texts = {}, weights = {} } = options;
  const loader = recording(options.loader === undefined ? load : textsOf(options.loader, load));
  const scope = open({ name, text: source }, loader.load);
  const definition = chosenOrFitting(scope, options);
  return compileDefinition(options, {
    definition,
    statics: staticsOf(definition, entriesOf(set, "`set`", "{ H: 256 }")),
    sizes: sizesOf(sizes),
    starts: new Map(),
    vocabularies: (program) => vocabulariesOf(program, texts),
    weights,
    updates: 0,
    origin: { sources: [{ name, asked: name, text: source }, ...loader.used()] },
  });
}

/** A definition on a target. Throws a UserError for a target or a choice that is none. */
export function compileDefinition(
  { target = DEFAULT_TARGET, seed, unroll = "auto", allowNonFinite = false }: TargetOptions,
  parts: Omit<CompiledParts<unknown>, "target" | "seed" | "allowNonFinite">,
): Promise<CompiledModel> {
  if (typeof unroll !== "string" && typeof unroll !== "number")
    throw mustBe("`unroll`", unroll, "`none`, `full`, `auto`, or a number of steps");
  const choice = readUnrolling(String(unroll));
  return withTarget<CompiledModel>(target, (opened) =>
    Promise.resolve(
      new Compiled({
        ...parts,
        allowNonFinite,
        target: unrolling(tellingOfMemory(opened), choice === "auto" ? "none" : choice),
        ...(seed === undefined ? {} : { seed }),
      }),
    ),
  );
}

function sizesOf(sizes: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const given = entriesOf(sizes, "`sizes`", "{ V: 96 }");
  for (const [name, size] of given)
    if (!isWhole(size, 1)) throw mustBe(`the size ${name}`, size, "a whole number, 1 or more");
  return given;
}
