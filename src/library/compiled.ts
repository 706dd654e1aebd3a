// A compiled cell or model on a target: it owns the weights; runs, streams and trainers read them.
// Long because each call of the library is a method here, of a line or two that hand it on.
import { UserError } from "../base/diagnostic.ts";
import { programOf } from "../compile.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { ExportedFile } from "../export/request.ts";
import { shortPath } from "../graph/border.ts";
import { keyOf, type Options } from "../lang/elaborate/context.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import type { Sizes } from "../shape/dim.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "../train/device-state.ts";
import type { SharedSteps } from "../train/session.ts";
import { DEFAULTS } from "../train/settings.ts";
import type { CompiledSteps } from "../train/stepper.ts";
import type { KnownData } from "../train/training-data.ts";
import type { CompileToOptions } from "./compile-to.ts";
import type { CompiledParts, Origin } from "./compiled-parts.ts";
import { describedInputs, describedParameters } from "./described-inputs.ts";
import { refuseHugeWeights } from "./initial-weight.ts";
import { generateWith, isSearch, searchWith } from "./generate.ts";
import type { NumberArray } from "./given.ts";
import { GradientsOf } from "./gradients.ts";
import { known } from "./known.ts";
import { ModelWeights } from "./model-weights.ts";
import { OnDemand } from "./on-demand.ts";
import { Runs } from "./run.ts";
import { DataSizes } from "./sizes.ts";
import { describedStates } from "./states.ts";
import { startStream } from "./stream.ts";
import type { Tfjs, TfjsLayer, TfjsTensor } from "./tfjs/types.ts";
import { WeightAccess } from "./weight-access.ts";
import type {
  Arrays,
  BeamOptions,
  Candidate,
  Chunk,
  CompiledModel,
  GenerateOptions,
  Generation,
  GradientOptions,
  Gradients,
  InputInfo,
  LibraryTrainer,
  ParameterInfo,
  Results,
  RunOptions,
  StateInfo,
  Stream,
  StreamOptions,
  TrainerSettings,
  WeightOptions,
  Weights,
} from "./types.ts";
import type {
  EvaluateOptions,
  FitOptions,
  FitResult,
  Measures,
  PredictedRow,
  PredictOptions,
  RowData,
} from "./types-training.ts";
import { vocabularyNamed, vocabularySizes, type TextVocabulary } from "./vocabularies.ts";

const DATA_CALLS = new OnDemand(() => import("./data-calls.ts"));

export class Compiled<T> implements CompiledModel {
  readonly #parts: CompiledParts<T>;
  readonly #weights: ModelWeights<T>;
  readonly #runs = new Runs(this);
  readonly #gradients = new GradientsOf(this);
  readonly #programs = new Map<string, Program>();
  readonly #steps = new Map<string, CompiledSteps<T>>();
  readonly sizes: DataSizes;
  /** By the names under which a checkpoint stores them. */
  readonly vocabularies: Map<string, Vocabulary>;
  /** Where it came from, and how it was trained last. */
  origin: Origin;
  /** As it is run on full batches. */
  readonly program: Program;
  /** How many updates its weights have seen. */
  updates: number;
  /** What reads the weights for longer than a moment, or changes them, waits for its turn. */
  readonly access = new WeightAccess();
  #isDisposed = false;

  constructor(parts: CompiledParts<T>) {
    this.#parts = parts;
    this.#weights = new ModelWeights(this);
    this.program = this.programFor({ ragged: false, training: false, states: "initial" });
    this.vocabularies = new Map(parts.vocabularies(this.program));
    this.origin = parts.origin;
    const { sizes, starts } = vocabularySizes(this.program, this.vocabularies, parts);
    this.sizes = new DataSizes(this.program, sizes, starts);
    this.updates = parts.updates;
    parts.check?.(this.program, (weight) => this.nameOf(weight));
    refuseHugeWeights(this, this.sizes.known);
    this.setWeights(parts.weights);
  }

  /** The same options give the same program. */
  programFor(options: Options): Program {
    return known(this.#programs, keyOf(options), () => programOf(this.definition, this.statics, options));
  }

  /** As it is run in parts. */
  carried(isRagged: boolean): Program {
    return this.programFor({ ragged: isRagged, training: false, states: "carried" });
  }

  /** What is made for steps of one kind, once: streams and sessions differ in their states only. */
  sharedSteps(kind: string): SharedSteps<T> {
    return (make) => known(this.#steps, kind, make);
  }

  get name(): string {
    return this.program.name;
  }

  get kind(): "cell" | "model" {
    return this.#parts.definition.definition.kind;
  }

  get target(): string {
    return this.#parts.target.name;
  }

  get device(): Target<T> {
    return this.#parts.target;
  }

  get definition(): ScopedDefinition {
    return this.#parts.definition;
  }

  get statics(): Statics {
    return this.#parts.statics;
  }

  /** The vocabularies and sizes that its data gave. */
  get known(): KnownData {
    return { vocabularies: this.vocabularies, sizes: this.sizes.known };
  }

  get allowNonFinite(): boolean {
    return this.#parts.allowNonFinite;
  }

  get seed(): number {
    return this.#parts.seed ?? this.program.settings.seed ?? DEFAULTS.seed;
  }

  get inputs(): readonly InputInfo[] {
    return describedInputs(this.program);
  }

  get parameters(): readonly ParameterInfo[] {
    return describedParameters(this.program, (name) => this.nameOf(name));
  }

  get states(): readonly StateInfo[] {
    return describedStates(this);
  }

  /** A weight or state as the language names it: inside, a cell by itself is applied under the name `cell`. */
  nameOf(name: string): string {
    return this.kind === "cell" ? shortPath(name) : name;
  }

  vocabulary(name: string): TextVocabulary {
    return vocabularyNamed(this.program, this.vocabularies, name);
  }

  /** Keeps the sizes of weights that what was given has told. Throws a UserError, and keeps none, where weights would not fit into memory. */
  learn(sizes: Sizes): void {
    if (this.sizes.isNew(sizes)) refuseHugeWeights(this, sizes);
    this.sizes.keep(sizes);
  }

  /** The weights on the target; they are made when their sizes are known. Throws a UserError that names a size that is not. */
  ready(): DeviceState<T> {
    this.checkUsable();
    return this.#weights.ready();
  }

  /** Copies of those weights that are not as they begin, by their names in the graph. */
  givenWeights(): Promise<ReadonlyMap<string, HostArray>> {
    return this.access.read(async () => {
      this.checkUsable();
      return this.#weights.given();
    });
  }

  run(arrays: Arrays, options: RunOptions = {}): Promise<Results> {
    return this.#runs.run(arrays, options);
  }

  runChunk(arrays: Arrays, options: RunOptions = {}): Promise<Chunk> {
    return this.#runs.runChunk(arrays, options);
  }

  gradients(arrays: Arrays, options: GradientOptions = {}): Promise<Gradients> {
    return this.#gradients.of(arrays, options);
  }

  start(options: StreamOptions = {}): Stream {
    return startStream(this, options);
  }

  generate(options: BeamOptions): Promise<readonly (readonly Candidate[])[]>;
  generate(options?: GenerateOptions): Generation;
  generate(options: GenerateOptions | BeamOptions = {}): Generation | Promise<readonly (readonly Candidate[])[]> {
    return isSearch(options) ? searchWith(this, options) : generateWith(this, options);
  }

  trainer(settings: TrainerSettings = {}): Promise<LibraryTrainer> {
    return this.access.whenLoaded(DATA_CALLS, ({ makeTrainer }) => makeTrainer(this, settings));
  }

  fit(options: FitOptions): Promise<FitResult> {
    return this.access.whenLoaded(DATA_CALLS, ({ fitWith }) => fitWith(this, options));
  }

  evaluate(options: EvaluateOptions): Promise<Measures> {
    return this.access.whenLoaded(DATA_CALLS, ({ evaluateWith }) => evaluateWith(this, options));
  }

  predict(rows: RowData, options: PredictOptions = {}): Promise<readonly PredictedRow[]> {
    return this.access.whenLoaded(DATA_CALLS, ({ predictWith }) => predictWith(this, rows, options));
  }

  async *predictEach(rows: RowData, options: PredictOptions = {}): AsyncGenerator<PredictedRow> {
    const { predictEach } = await DATA_CALLS.load();
    yield* predictEach(this, rows, options);
  }

  weights(): Promise<ReadonlyMap<string, NumberArray>> {
    return this.access.read(() => this.weightsNow());
  }

  /** As `weights`, for those who have their turn. */
  async weightsNow(): Promise<ReadonlyMap<string, NumberArray>> {
    this.checkUsable();
    return this.#weights.now();
  }

  setWeights(weights: Weights, options: WeightOptions = {}): void {
    this.checkUsable();
    this.#weights.set(weights, options);
  }

  async onTfjs<M extends TfjsTensor, V extends M>(tf: Tfjs<M, V>): Promise<TfjsLayer<M, V>> {
    // It brings targets with it, which others need not load.
    const { layerOn } = await import("./tfjs/layer.ts");
    return layerOn(this, tf);
  }

  async compile(options: CompileToOptions = {}): Promise<readonly ExportedFile[]> {
    this.checkUsable();
    const { compileTo } = await import("./compile-to.ts");
    return compileTo(this, options);
  }

  checkpoint(): Promise<Uint8Array> {
    return this.access.read(async () => {
      const { checkpointOf } = await import("./checkpoint.ts");
      return checkpointOf(this);
    });
  }

  /** Throws a UserError where it was disposed of. */
  checkUsable(): void {
    if (this.#isDisposed) throw new UserError(`\`${this.name}\` was disposed of: compile it again`);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.access.free(() => {
      this.#weights.dispose();
      for (const each of [this.#runs, this.#gradients, ...this.#steps.values()]) each.dispose();
      this.#steps.clear();
    });
  }
}
