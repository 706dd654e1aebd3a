// Trains the weights of a module, one batch at a time, with the updates of the library: the same bits.
import { UserError } from "../../base/diagnostic.ts";
import { fillUniform } from "../../base/random.ts";
import { isWithin, rangeText } from "../../base/target-range.ts";
import type {
  Feed,
  ProgramDescription,
  TrainingDescription,
  UpdateDescription,
  UpdateDescriptions,
} from "../description.ts";
import { addLengths, type Gathered, type Inputs } from "./gathered.ts";
import { withoutNulls } from "./missing-targets.ts";
import type { ModelParts } from "./model.ts";
import { rateOf, refuseOthers, seedOf, truncationOf } from "./training-options.ts";
import { PlacedProgram, type Output } from "./placed-program.ts";
import { TrainingBatch, withEnd, type Part } from "./training-batch.ts";
import type { TrainerOptions, Updated, UpdateOptions } from "./training-types.ts";
import { countOf } from "../../ops/nd.ts";
import { cutsOf, truncationKind, windowAt, windowCount, type Truncation, type Window } from "../../train/windows.ts";

type Numbers = Float32Array | Int32Array;

/** One run of the program. */
interface Run {
  readonly batch: TrainingBatch;
  readonly part: Part;
  readonly isFresh: boolean;
  readonly rate: number;
}

interface Programs {
  readonly full: PlacedProgram;
  readonly ragged: PlacedProgram;
}

export class Trainer {
  readonly #parts: ModelParts;
  readonly #training: TrainingDescription;
  readonly #gather: (inputs: Inputs) => Gathered;
  #programs: Programs;
  /** From the first batch with missing targets on. Null if none may be missing. */
  readonly #labelled: Programs | null;
  readonly #slots: readonly number[];
  readonly #seed: number;
  readonly #rate: number;
  readonly #carriesState: boolean;
  /** Null for whole sequences. */
  readonly #truncation: Truncation | null;
  readonly #carried = new Map<string, Numbers>();
  /** The number of examples in the batch before. */
  #batch = 0;
  #updates = 0;

  constructor(
    parts: ModelParts,
    training: TrainingDescription,
    gather: (inputs: Inputs) => Gathered,
    options: TrainerOptions,
  ) {
    const { machine, description, weight } = parts;
    refuseOthers(options, ["optimizer", "seed", "carriesState", "steps", "k1", "k2"], "trainer");
    this.#rate = rateOf(options, training);
    this.#truncation = truncationOf(options);
    this.#carriesState = options.carriesState ?? false;
    this.#seed = seedOf(options, description.seed);
    this.#parts = parts;
    this.#training = training;
    this.#gather = gather;
    this.#slots = training.slots.map((each) => {
      const count = countOf(description.weights[each] ?? []);
      const address = machine.allocate(4 * count);
      machine.floats(address, count).fill(0);
      return address;
    });
    const placed = (program: ProgramDescription): PlacedProgram =>
      new PlacedProgram(machine, program, (feed) => (feed.kind === "slot" ? this.#slots[feed.slot] : weight(feed)));
    const isInParts = this.#carriesState || this.#truncation !== null;
    const programs = ({ whole, carried }: UpdateDescriptions): Programs => {
      const { full, ragged } = isInParts ? inParts(carried, this.#truncation, description.name) : whole;
      return { full: placed(full), ragged: placed(ragged) };
    };
    this.#programs = programs(training.updates);
    this.#labelled = training.labelled === null ? null : programs(training.labelled);
  }

  /** The number of updates that it has made. */
  get updates(): number {
    return this.#updates;
  }

  /**
   * One update from inputs and targets, or with `steps` one for each window of them. Throws a UserError, and changes nothing, for what does
   * not fit, and where the loss or the gradient is not finite.
   */
  update(inputs: Inputs, options: UpdateOptions = {}): Updated {
    refuseOthers(options, ["lengths", "isFresh", "rate"], "update");
    const rate = Math.fround(this.#rate * (options.rate ?? 1));
    if (!(rate >= 0 && rate < Infinity)) throw new UserError(`the rate is ${options.rate}, but it must be 0 or more`);
    const batch = this.#read(inputs, options);
    const goesOn = this.#carriesState && !(options.isFresh ?? this.#updates === 0);
    if (goesOn && batch.count !== this.#batch)
      throw new UserError(
        `this batch has ${batch.count} examples and the one before ${this.#batch}, so the state cannot be carried: give \`isFresh: true\``,
      );
    if (batch.isPartlyLabelled) this.#programs = this.#labelled ?? this.#programs;
    const windows = this.#windowsOf(batch);
    const [only] = windows;
    if (only === undefined || windows.length === 1)
      return this.#make({ batch, part: only ?? null, isFresh: !goesOn, rate });
    const counts = windows.map((window) => batch.countOf(window));
    const total = counts.reduce((sum, each) => sum + each, 0);
    let [loss, norm] = [0, 0];
    windows.forEach((part, index) => {
      const made = this.#make({ batch, part, isFresh: part.start === 0 && !goesOn, rate });
      loss += made.loss * ((counts[index] ?? 0) / total);
      norm = Math.max(norm, made.norm);
    });
    return { loss, norm };
  }

  #read(inputs: Inputs, { lengths }: UpdateOptions): TrainingBatch {
    const { description } = this.#parts;
    const { targets } = this.#training;
    const { inputs: numbers, marks } = withoutNulls(inputs, description.inputs, targets);
    const given = this.#gather(numbers);
    const arrays = new Map(given.arrays);
    for (const { name, end, ranges } of targets) {
      const array = arrays.get(name);
      if (array === undefined) continue;
      const range = ranges.find((each) => array.data.some((value) => !isWithin(value, each)));
      if (range !== undefined)
        throw new UserError(`\`${name}\` is predicted \`by ${range.by}\`, so its values are ${rangeText(range)}`);
      const time = description.inputs.find((each) => each.name === name)?.time ?? null;
      if (end === null || time === null || !isText(inputs[name])) continue;
      const ended = withEnd(array, end);
      arrays.set(name, ended);
      given.sizes.set(time, ended.steps ?? 1);
      if (ended.lengths !== null) given.lengths.set(time, ended.lengths);
    }
    const all = { ...given, arrays };
    for (const [name, each] of Object.entries(lengths ?? {})) addLengths(description, all, name, each);
    const isUneven = new Set(targets.flatMap(({ ahead }) => ahead)).size > 1 && !this.#carriesState;
    const isRagged = lengths !== undefined || given.lengths.size > 0 || this.#truncation !== null || isUneven;
    return new TrainingBatch({ ...all, marks }, description.inputs, targets, isRagged);
  }

  #windowsOf(batch: TrainingBatch): readonly Window[] {
    const truncation = this.#truncation;
    if (truncation === null) return [];
    const { inputs } = this.#parts.description;
    const { targets } = this.#training;
    const time = inputs.find((input) => input.time !== null)?.time ?? "";
    const nearest = Math.min(...targets.flatMap(({ ahead }) => ahead));
    const length = Math.max(1, batch.stepsOf(time) - (nearest === Infinity ? 0 : nearest));
    return Array.from({ length: windowCount(length, truncation) }, (_, index) => windowAt(length, truncation, index));
  }

  /** All weights change at once, after loss and norm are known. */
  #make(run: Run): Updated {
    const { batch, part } = run;
    const { full, ragged } = this.#programs;
    const program = batch.isRagged ? ragged : full;
    const number = this.#updates + 1;
    program.fit(batch.sizesOf(part));
    program.inputs.forEach(({ feed }, index) => this.#write(program.input(index), feed, run, number));
    program.run();
    const { outputs } = program;
    const scalar = (kind: "loss" | "norm"): number => outputs.find(({ gives }) => gives.kind === kind)?.data[0] ?? NaN;
    const [loss, norm] = [scalar("loss"), scalar("norm")];
    if (!(Number.isFinite(loss) && Number.isFinite(norm)))
      throw new UserError(
        `${Number.isFinite(loss) ? `the norm of the gradient is ${norm}` : `the loss is ${loss}`}, so this update was not made and has changed nothing`,
      );
    // A window that begins where the next one does leaves the states as they are.
    const holdsState = part?.advance === 0;
    outputs.forEach((output) => (output.gives.kind === "final" && holdsState ? undefined : this.#keep(output)));
    this.#parts.machine.changes += 1;
    this.#batch = batch.count;
    this.#updates = number;
    return { loss, norm };
  }

  #write(place: Numbers, feed: Feed, { batch, part, isFresh, rate }: Run, number: number): void {
    switch (feed.kind) {
      case "data":
      case "ahead":
      case "lengths":
      case "labelled":
        batch.write(place, feed, part);
        break;
      case "cut":
        if (part !== null && this.#truncation !== null) place.set(cutsOf(part, this.#truncation));
        break;
      case "random":
        if (place instanceof Float32Array) fillUniform(place, this.#seed, `${feed.stream} ${number}`, 0);
        break;
      case "setting":
        place.fill(feed.setting === "rate" ? rate : number);
        break;
      case "fresh":
        place.fill(isFresh ? 1 : 0);
        break;
      case "state": {
        const value = isFresh ? undefined : this.#carried.get(feed.path);
        if (value === undefined) place.fill(0);
        else place.set(value);
      }
    }
  }

  #keep({ gives, data }: Output): void {
    const { machine, weight } = this.#parts;
    const address =
      gives.kind === "weight" ? weight(gives) : gives.kind === "slot" ? this.#slots[gives.slot] : undefined;
    if (address !== undefined) machine.floats(address, data.length).set(data);
    if (gives.kind === "final") this.#carried.set(gives.path, data.slice());
  }
}

/** The programs that carry states. Throws a UserError where they cannot be carried. */
function inParts(
  carried: UpdateDescriptions["carried"],
  truncation: Truncation | null,
  name: string,
): UpdateDescription {
  if (typeof carried !== "string") {
    const { windows } = carried;
    if (truncation === null || truncation.k1 === truncation.k2) return carried;
    if (windows?.kind === truncationKind(truncation)) return { full: windows.program, ragged: windows.program };
    const { k1, k2 } = truncation;
    throw new UserError(
      `\`k1\` is ${k1} and \`k2\` is ${k2}: only a module of a spec with \`truncate k1 = ${k1}, k2 = ${k2}\` trains like this`,
    );
  }
  throw new UserError(`\`${name}\` cannot be trained on parts of a sequence: ${carried}. Use whole sequences`);
}

/** Whether a value is a text or several: its token ids come from the vocabulary. */
function isText(value: unknown): boolean {
  return typeof value === "string" || (Array.isArray(value) && isText(value[0]));
}
