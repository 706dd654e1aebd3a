// What a module needs to train: one update as a program, in the forms that the library has, and the names of what it reads and changes.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { programOf } from "../compile.ts";
import type { ExportRequest } from "../export/request.ts";
import { printInput, readOutput, type Input } from "../graph/border.ts";
import type { Options } from "../lang/elaborate/context.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { whyNotTruncated } from "../lang/elaborate/truncation.ts";
import { refuseAllFrozen } from "../train/frozen.ts";
import { DEFAULT_OPTIMIZER, optimizerValue } from "../train/optimizer.ts";
import { hasEnd, mayLack } from "../train/row-model.ts";
import { textInput } from "../train/text-input.ts";
import { slotInputs, updateGraph } from "../train/update.ts";
import { truncationKind } from "../train/windows.ts";
import type {
  CarriedDescription,
  Feed,
  Gives,
  ProgramDescription,
  TargetDescription,
  TrainingDescription,
  UpdateDescription,
  UpdateDescriptions,
} from "./description.ts";
import { describedProgram, type Kernels } from "./programs.ts";

/** Its updates have the bits of the library's, because they are the same programs. Throws a UserError where there is nothing to minimise. */
export function trainingOf(request: ExportRequest, kernels: Kernels): TrainingDescription {
  const { definition, statics, sizes } = request;
  const program = programOf(definition, statics, { ragged: false, training: true, states: "initial" });
  if (program.graph.outputsOf("loss").length === 0)
    throw new UserError(
      `\`${program.name}\` has nothing to minimise, so it cannot train: a model says \`predict y from …\``,
    );
  const { optimizer = DEFAULT_OPTIMIZER, clip = {}, truncate } = program.settings;
  refuseAllFrozen(program);
  const weights = [...request.weights.keys()];
  const slots = slotInputs(program, { optimizer });
  const places: Places = { weight: placeIn(weights), slot: placeIn(slots.map(printInput)) };
  const laidOut = (form: Form): ProgramDescription =>
    describedProgram(
      updateGraph(programOf(definition, statics, { ...form, training: true }), {
        optimizer,
        clip,
        cutsState: form.truncation === "cut",
      }),
      {
        ...kernels,
        sizes,
        feed: (input) => feedOf(input, places),
        gives: (name) => givesOf(name, places),
      },
    );
  const both = (states: "initial" | "carried", partlyLabelled: boolean): UpdateDescription => ({
    full: laidOut({ states, ragged: false, partlyLabelled }),
    ragged: laidOut({ states, ragged: true, partlyLabelled }),
  });
  const kind = truncate === undefined ? "plain" : truncationKind(truncate);
  const inWindows = (partlyLabelled: boolean): CarriedDescription["windows"] =>
    kind === "plain"
      ? null
      : { kind, program: laidOut({ states: "carried", ragged: true, partlyLabelled, truncation: kind }) };
  const updates = (partlyLabelled: boolean): UpdateDescriptions => ({
    whole: both("initial", partlyLabelled),
    carried: whyNotTruncated(program) ?? {
      ...both("carried", partlyLabelled),
      windows: inWindows(partlyLabelled),
    },
  });
  const targets = targetsOf(program, request);
  return {
    updates: updates(false),
    labelled: targets.some(({ mayLack }) => mayLack) ? updates(true) : null,
    weights,
    slots: slots.map(({ weight }) => places.weight(weight)),
    targets,
    optimizer: optimizer.kind,
    rate: optimizerValue(optimizer, "lr"),
  };
}

/** How an update reads its batch. */
type Form = Omit<Options, "training">;

/** Numbers of weights and slots by their names. */
interface Places {
  readonly weight: (name: string) => number;
  readonly slot: (name: string) => number;
}

function placeIn(names: readonly string[]): (name: string) => number {
  const places = new Map(names.map((name, place) => [name, place]));
  return (name) => places.get(name) ?? fail("module", `no ${name}`);
}

function feedOf(input: Input, places: Places): Feed {
  switch (input.kind) {
    case "weight":
      return { kind: "weight", weight: places.weight(input.path) };
    case "slot":
      return { kind: "slot", slot: places.slot(printInput(input)) };
    case "data":
      return input.ahead === 0
        ? { kind: "data", name: input.name }
        : { kind: "ahead", name: input.name, steps: input.ahead };
    case "lengths":
      return { kind: "lengths", time: input.time, ahead: input.ahead };
    case "random":
      return { kind: "random", stream: printInput(input) };
    case "setting":
      return { kind: "setting", setting: input.setting };
    case "state":
      return { kind: "state", path: input.path };
    case "fresh":
      return { kind: "fresh" };
    case "labelled":
      return { kind: "labelled", name: input.target };
    case "cut":
      return { kind: "cut" };
    case "cotangent":
    case "saved":
    case "held":
    case "symbol":
      return fail("module", `an update reads ${printInput(input)}`);
  }
}

function givesOf(name: string, places: Places): Gives {
  const output = readOutput(name);
  switch (output.kind) {
    case "loss":
    case "norm":
      return { kind: output.kind };
    case "weight":
      return { kind: "weight", weight: places.weight(output.path) };
    case "slot":
      return { kind: "slot", slot: places.slot(name) };
    case "final":
      return { kind: "final", path: output.path };
    default:
      return fail("module", `an update gives ${name}`);
  }
}

function targetsOf(program: Program, { vocabularies }: ExportRequest): readonly TargetDescription[] {
  const isText = textInput(program) !== undefined;
  return program.inputs.flatMap((input) => {
    const own = program.predictions.filter(({ target }) => target === input.name);
    if (own.length === 0) return [];
    const vocabulary = vocabularies.get(input.token?.vocabulary ?? "");
    return {
      name: input.name,
      ahead: [...new Set(own.map(({ ahead }) => ahead))],
      mayLack: mayLack(program, input),
      ranges: own.flatMap(({ range }) => range ?? []),
      end: !isText && hasEnd(program, input) ? (vocabulary?.end ?? null) : null,
    };
  });
}
