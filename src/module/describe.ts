// What a module says of a cell or model: its inputs, vocabularies, states, predictions and programs.
import { fail } from "../base/invariant.ts";
import type { ExportRequest } from "../export/request.ts";
import { shortPath, startName } from "../graph/border.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { drawnOutput, outputOf, type Prediction } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { evaluateDim, printDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import { ownAxes, timeName, type Axis } from "../shape/type.ts";
import { inputNodes } from "../targets/bound.ts";
import { stateName } from "../train/feeds.ts";
import { shownName } from "../train/outputs.ts";
import { hasEnd } from "../train/row-model.ts";
import { feedbackOf } from "../train/session.ts";
import { DEFAULTS } from "../train/defaults.ts";
import { textInput } from "../train/text-input.ts";
import type {
  DataDescription,
  FeedbackDescription,
  ModuleDescription,
  PredictionDescription,
  StateDescription,
  StepDescription,
  VocabularyDescription,
  WritingDescription,
} from "./description.ts";
import { ModulePrograms, type Kernels } from "./programs.ts";

export function describe(request: ExportRequest, kernels: Kernels): ModuleDescription {
  const programs = new ModulePrograms(request, kernels);
  const program = programs.whole();
  const carried = programs.carried();
  const steps = programs.writing();
  const { name } = request.definition.definition;
  return {
    name: name.name,
    inputs: program.inputs.map((input) => inputOf(input, request)),
    predictions: program.predictions.map((each) => predictionOf(each, program, request)),
    vocabularies: [...request.vocabularies].map(
      ([name, { kind, symbols, unknown, start, end }]): VocabularyDescription => ({
        name,
        kind,
        symbols,
        unknown: unknown !== null,
        start: start !== null,
        end: end !== null,
      }),
    ),
    weights: [...request.weights.values()].map(({ shape }) => shape),
    states: statesOf(carried, request),
    run: programs.run(),
    stream: programs.stream(),
    writing: steps === undefined ? null : writingOf(carried, steps, request),
    seed: program.settings.seed ?? DEFAULTS.seed,
  };
}

function inputOf({ name, role, type, token }: ProgramInput, { sizes, vocabularies }: ExportRequest): DataDescription {
  const time = timeName(type);
  const own = ownAxes(type).map(({ size }) => size);
  const shape = own.map((size) =>
    symbolsOf(size).every((each) => sizes.has(each)) ? evaluateDim(size, sizes) : printDim(size),
  );
  const inner = token === undefined ? `[${shape.join(", ")}]` : `${token.reading}[${token.vocabulary}]`;
  return {
    name,
    role,
    type: time === undefined ? inner : `seq ${inner}`,
    shape,
    time: time ?? null,
    tokens:
      token === undefined
        ? null
        : {
            count: countOfTokens(token.vocabulary, sizes),
            vocabulary: vocabularies.has(token.vocabulary) ? token.vocabulary : null,
          },
  };
}

function countOfTokens(vocabulary: string, sizes: Sizes): number | null {
  return /^\d+$/.test(vocabulary) ? Number(vocabulary) : (sizes.get(vocabulary) ?? null);
}

function predictionOf(
  { name, kind, vocabulary }: Prediction,
  { graph }: Program,
  { vocabularies }: ExportRequest,
): PredictionDescription {
  const size = vocabulary === null ? null : printDim(vocabulary);
  return {
    name,
    kind,
    vocabulary: size !== null && vocabularies.has(size) ? size : null,
    time: timeName(graph.output(outputOf({ kind, name })).type) ?? null,
  };
}

function statesOf(carried: Program, { definition, sizes }: ExportRequest): readonly StateDescription[] {
  const nodes = new Map(inputNodes(carried.graph).map((node) => [node.name, node]));
  return carried.states.map(({ name }) => {
    const { type, dtype } = nodes.get(stateName(name)) ?? fail("module", `no type of the state ${name}`);
    const [times, others] = [ownAxes(type).filter(isOfMemory), ownAxes(type).filter((axis) => !isOfMemory(axis))];
    const elements = others.reduce((product, { size }) => product * evaluateDim(size, sizes), 1);
    return {
      name: definition.definition.kind === "cell" ? shortPath(name) : name,
      path: name,
      isInt: dtype === "int",
      elements,
      ...(times.length === 0 ? {} : { along: times.map(({ size }) => printDim(size)) }),
    };
  });
}

function isOfMemory({ tag }: Axis): boolean {
  return tag === "memory";
}

function writingOf(program: Program, steps: StepDescription, request: ExportRequest): WritingDescription {
  const feedback = feedbackOf(program).map(({ prediction, input }): FeedbackDescription => {
    const { sizes } = request;
    const vocabulary = input.token?.vocabulary ?? "";
    const known = request.vocabularies.get(vocabulary);
    const isNumber = input.token === undefined || input.token.reading === "token";
    const start = known === undefined ? (sizes.get(startName(vocabulary)) ?? null) : known.start;
    const hasOwnEnd = textInput(program) === undefined && hasEnd(program, input);
    const lastToken = hasOwnEnd ? (countOfTokens(vocabulary, sizes) ?? 0) - 1 : null;
    return {
      ...predictionOf(prediction, program, request),
      input: input.name,
      from: shownName(drawnOutput(prediction)),
      draws: prediction.draws,
      barred: isNumber ? [] : [known?.unknown ?? null, start].filter((each) => each !== null),
      end: isNumber ? null : known === undefined ? lastToken : known.end,
    };
  });
  return { steps, feedback, most: request.writtenSteps, isText: textInput(program) !== undefined };
}
