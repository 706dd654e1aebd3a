// `gradcheck` of the library: from the text of a spec to a certificate.
import { UserError } from "../base/diagnostic.ts";
import { certify, type Certificate } from "../gradcheck/certify.ts";
import type { Loader } from "../lang/scope.ts";
import { open } from "../programs.ts";
import { REFERENCE, TARGET_NAMES, targetNamed } from "../targets/registry.ts";
import { chosenOrFitting, withParameters } from "./choose.ts";
import { sizesOf, type CompileOptions } from "./compile.ts";
import { describeValue } from "./describe-value.ts";
import {
  checkNames,
  checkText,
  checkedLater,
  readEntries,
  readOptions,
  wrongValue,
  type Check,
  type Checks,
} from "./options.ts";
import { loaderOfTexts } from "./text-loader.ts";

export interface GradcheckOptions extends Pick<CompileOptions, "cell" | "model" | "set" | "sizes" | "name" | "loader"> {
  /** The targets that are compared with `reference`. Those that do not run here are skipped. Default: all others. */
  readonly targets?: readonly string[];
  /** The numbers of inputs and targets are drawn from the first to the second. Default: [-1, 1]. */
  readonly range?: readonly [number, number];
}

const checkRange: Check = (value, name) => {
  const isRange = Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1];
  if (!isRange) throw wrongValue(name, value, "two numbers, the smaller one first");
};

const OPTIONS: Checks<GradcheckOptions> = {
  cell: checkText,
  model: checkText,
  set: checkedLater,
  sizes: checkedLater,
  name: checkText,
  loader: checkedLater,
  targets: checkNames,
  range: checkRange,
};

/** `load` finds the files that `use … from "…"` names. */
export async function gradcheckWith(load: Loader, source: string, given: GradcheckOptions): Promise<Certificate> {
  if (typeof source !== "string")
    throw new UserError(`\`gradcheck\` needs the text of a spec, but ${describeValue(source)} was given`);
  const options = readOptions(given, OPTIONS, "gradcheck");
  const {
    name = "spec.rec",
    set = {},
    sizes = {},
    targets = TARGET_NAMES.filter((each) => each !== REFERENCE),
  } = options;
  for (const target of targets) targetNamed(target);
  const loader = options.loader === undefined ? load : loaderOfTexts(options.loader, load);
  const root = { name, text: source };
  const chosen = chosenOrFitting(open(root, loader), options);
  const { definition, statics } = withParameters(chosen, readEntries(set, "`set`", "{ H: 4 }"), { load: loader, root });
  const { range } = options;
  return certify({
    definition,
    statics,
    sizes: sizesOf(sizes),
    targets,
    ...(range === undefined ? {} : { range }),
  });
}
