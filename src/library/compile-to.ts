// `model.compile({ format })`: a compiled cell or model as files of another format.
import { asciiName } from "../export/identifiers.ts";
import { DEFAULT_FORMAT, formatNamed, type Format } from "../export/formats.ts";
import type { ExportedFile, ExportRequest, WeightType } from "../export/request.ts";
import { UserError } from "../base/diagnostic.ts";
import { COMMIT, VERSION } from "../base/version.ts";
import { textInput } from "../train/text-input.ts";
import type { Compiled } from "./compiled.ts";
import { defaultLength } from "./default-length.ts";
import { checkBoolean, checkText, readOptions, wrongValue, type Checks } from "./options.ts";

export interface CompileToOptions {
  /** A format of `recurra compile`: `module` (the default), `tfjs`, `c`, `onnx`, `pytorch` or `jax`. */
  readonly format?: string;
  /** The prefix of identifiers and the stem of file names. Default: the name of the cell or model. */
  readonly name?: string;
  /** How weights are stored. Default: `f32`. */
  readonly weightType?: WeightType;
  /** Whether the weights are written to a file of their own. Default: false. */
  readonly weightsFile?: boolean;
  /** Whether a `module` of a model can train. Not for other formats, of which `tfjs`, `pytorch` and `jax` always can. Default: false. */
  readonly training?: boolean;
}

const WEIGHT_TYPES: readonly WeightType[] = ["f32", "f16", "int8"];

const OPTIONS: Checks<CompileToOptions> = {
  format: checkText,
  name: checkText,
  weightType: (value, name) => {
    if (!WEIGHT_TYPES.some((each) => each === value))
      throw wrongValue(name, value, `one of ${WEIGHT_TYPES.join(", ")}`);
  },
  weightsFile: checkBoolean,
  training: checkBoolean,
};

/** The files of a format, the main one first. Rejects with a UserError for what the format cannot express. */
export async function compileTo<T>(model: Compiled<T>, given: CompileToOptions): Promise<readonly ExportedFile[]> {
  const options = readOptions(given, OPTIONS, "compile");
  const format = formatNamed(options.format ?? DEFAULT_FORMAT);
  refuseUnsupported(format, options);
  const exporter = await format.load();
  const weights = await model.access.read(() => model.ready().downloadAll());
  return exporter(requestOf(model, weights, options));
}

function requestOf<T>(
  model: Compiled<T>,
  weights: ExportRequest["weights"],
  { name = model.name, weightType = "f32", weightsFile = false, training = false }: CompileToOptions,
): ExportRequest {
  const [source] = model.origin.sources;
  const steps = defaultLength(model.program, model.origin.longest);
  return {
    definition: model.definition,
    statics: model.statics,
    sizes: model.sizes.known,
    weights,
    vocabularies: model.vocabularies,
    writtenSteps: steps === Infinity ? null : steps,
    layout: model.origin.layout ?? (textInput(model.program) === undefined ? "rows" : "text"),
    name: asciiName(name),
    madeFrom: `${model.kind} ${model.name} of ${source?.name ?? "a spec"}, Recurra ${VERSION}${COMMIT === null ? "" : ` (${COMMIT})`}`,
    weightType,
    hasWeightsFile: weightsFile,
    hasTraining: training,
  };
}

function refuseUnsupported(format: Format, { weightType = "f32", weightsFile, training }: CompileToOptions): void {
  if (!format.weightTypes.includes(weightType))
    throw new UserError(`the format \`${format.name}\` stores weights as ${format.weightTypes.join(" or ")} only`);
  if (weightsFile === true && !format.canHaveWeightsFile)
    throw new UserError(`the format \`${format.name}\` has no option for a file of weights`);
  if (training === true && format.training !== "asked for")
    throw new UserError(
      format.training === "always"
        ? `the format \`${format.name}\` can always train: leave out \`training\``
        : `the format \`${format.name}\` cannot train; \`module\`, \`tfjs\`, \`pytorch\` and \`jax\` can`,
    );
}
