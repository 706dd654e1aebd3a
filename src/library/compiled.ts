// A compiled cell or model on a target. It owns the weights, which runs, streams and trainers read.
// Long because each call of the library is a method here, of a line or two.
import { UserError } from "../base/diagnostic.ts";
import { programOf } from "../programs.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { ExportedFile } from "../export/request.ts";
import { shortPath } from "../graph/border.ts";
import { keyOf, type Options } from "../lang/elaborate/options.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import type { Sizes } from "../shape/dim.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "../train/device-state.ts";
import type { SharedSteps } from "../train/session.ts";
import { DEFAULTS } from "../train/defaults.ts";
import type { CompiledSteps } from "../train/stepper.ts";
import type { KnownData } from "../train/training-data.ts";
import type { CompileToOptions } from "./compile-to.ts";
import type { CompiledParts, Origin } from "./compiled-parts.ts";
import { describeInputs, describeParameters } from "./described-inputs.ts";
import type { Evaluations } from "./evaluate.ts";
import { refuseHugeWeights } from "./initial-weight.ts";
import { generation, isSearch } from "./generation.ts";
import type { NumberArray } from "./given.ts";
import type { GradientsOf } from "./gradients.ts";
import { getOrCreate } from "../base/get-or-create.ts";
import { ModelWeights } from "./model-weights.ts";
import { OnDemand } from "./on-demand.ts";
import { Runs } from "./run.ts";
import { DataSizes } from "./sizes.ts";
import { describeStates } from "./states.ts";
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
  SuggestOptions,
  Suggestion,
  Trace,
  TrainerSettings,
  WeightOptions,
  Weights,
} from "./types.ts";
import type {
  Data,
  DataRow,
  EncodedRows,
  EvaluateOptions,
  FitOptions,
  FitResult,
  Measures,
  PredictedRow,
  PredictOptions,
} from "./types-training.ts";
import { vocabularyNamed, vocabularySizes, type TextVocabulary } from "./vocabularies.ts";

const DATA_CALLS = new OnDemand(() => import("./data-calls.ts"));

export class Compiled<T> implements CompiledModel {
  readonly #parts: CompiledParts<T>;
  readonly #weights: ModelWeights<T>;
  readonly #runs = new Runs(this);
  #gradients: GradientsOf<T> | null = null;
  #evaluations: Evaluations<T> | null = null;
  readonly #programs = new Map<string, Program>();
  readonly #steps = new Map<string, CompiledSteps<T>>();
  readonly sizes: DataSizes;
  /** By the names under which a checkpoint stores them. */
  readonly vocabularies: Map<string, Vocabulary>;
  /** Its source, and how it was trained last. */
  origin: Origin;
  /** The program for batches in which all examples have the same length. */
  readonly program: Program;
  /** The number of updates that its weights have had. */
  updates: number;
  /** Orders the calls that read or change the weights. */
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

  /** Returns the same program for the same options. */
  programFor(options: Options): Program {
    return getOrCreate(this.#programs, keyOf(options), () => programOf(this.definition, this.statics, options));
  }

  /** The program for runs in parts: its states are inputs and outputs. */
  carried(isRagged: boolean, show: readonly string[] = []): Program {
    return this.programFor({ ragged: isRagged, training: false, states: "carried", show });
  }

  /** Throws a UserError if one of these values cannot be shown. */
  checkShown(show: readonly string[]): void {
    if (show.length > 0) this.programFor({ ragged: false, training: false, states: "initial", show });
  }

  /** Compiled steps, which streams and sessions of one kind share: they differ in their states only. */
  sharedSteps(kind: string): SharedSteps<T> {
    return (make) => getOrCreate(this.#steps, kind, make);
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

  /** Vocabularies and sizes from its data. */
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
    return describeInputs(this.program);
  }

  get parameters(): readonly ParameterInfo[] {
    return describeParameters(this.program, (name) => this.nameOf(name));
  }

  get states(): readonly StateInfo[] {
    return describeStates(this);
  }

  /** The name of a weight or state for users: the program of a single cell has the prefix `cell` in all names. */
  nameOf(name: string): string {
    return this.kind === "cell" ? shortPath(name) : name;
  }

  vocabulary(name: string): TextVocabulary {
    return vocabularyNamed(this.program, this.vocabularies, name);
  }

  /** Keeps those of `sizes` that belong to weights. Throws a UserError and keeps none if the weights would not fit into memory. */
  learn(sizes: Sizes): void {
    if (this.sizes.isNew(sizes)) refuseHugeWeights(this, sizes);
    this.sizes.keep(sizes);
  }

  /** The weights on the target, created if needed. Throws a UserError that names a size that is not known yet. */
  ready(): DeviceState<T> {
    this.checkUsable();
    return this.#weights.ready();
  }

  /** Copies of the weights that exist on the target, by their names in the graph. */
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

  trace(arrays: Arrays, options: RunOptions = {}): Promise<Trace> {
    return this.access.whenLoaded(DATA_CALLS, ({ trace }) => trace(this, arrays, options));
  }

  gradients(arrays: Arrays, options: GradientOptions = {}): Promise<Gradients> {
    return this.access.whenLoaded(DATA_CALLS, ({ GradientsOf }) => {
      this.#gradients ??= new GradientsOf(this);
      return this.#gradients.of(arrays, options);
    });
  }

  start(options: StreamOptions = {}): Stream {
    return startStream(this, options);
  }

  generate(options: BeamOptions): Promise<readonly (readonly Candidate[])[]>;
  generate(options?: GenerateOptions): Generation;
  generate(options: GenerateOptions | BeamOptions = {}): Generation | Promise<readonly (readonly Candidate[])[]> {
    if (isSearch(options))
      return this.access.whenLoaded(DATA_CALLS, ({ generateBySearch }) => generateBySearch(this, options));
    return generation((work) =>
      this.access.whenLoaded(DATA_CALLS, ({ generateByDrawing }) => generateByDrawing(this, options, work)),
    );
  }

  suggest(options: SuggestOptions = {}): Promise<readonly Suggestion[]> {
    return this.access.whenLoaded(DATA_CALLS, ({ suggest }) => suggest(this, options));
  }

  trainer(settings: TrainerSettings = {}): Promise<LibraryTrainer> {
    return this.access.whenLoaded(DATA_CALLS, ({ createTrainer }) => createTrainer(this, settings));
  }

  fit(options: FitOptions): Promise<FitResult> {
    return this.access.whenLoaded(DATA_CALLS, ({ fitModel }) => fitModel(this, options));
  }

  evaluate(options: EvaluateOptions): Promise<Measures> {
    return this.access.whenLoaded(DATA_CALLS, ({ Evaluations }) => {
      this.#evaluations ??= new Evaluations(this);
      return this.#evaluations.evaluate(options);
    });
  }

  predict(data: Data, options: PredictOptions = {}): Promise<readonly PredictedRow[]> {
    return this.access.whenLoaded(DATA_CALLS, ({ predictAll }) => predictAll(this, data, options));
  }

  async *predictEach(data: Data, options: PredictOptions = {}): AsyncGenerator<PredictedRow> {
    const { predictEach } = await DATA_CALLS.load();
    yield* predictEach(this, data, options);
  }

  encode(rows: readonly DataRow[]): Promise<EncodedRows> {
    return this.access.whenLoaded(DATA_CALLS, ({ encodeRows }) => encodeRows(this, rows));
  }

  weights(): Promise<ReadonlyMap<string, NumberArray>> {
    return this.access.read(() => this.weightsNow());
  }

  /** As `weights`, without waiting for other calls. */
  async weightsNow(): Promise<ReadonlyMap<string, NumberArray>> {
    this.checkUsable();
    return this.#weights.now();
  }

  setWeights(weights: Weights, options: WeightOptions = {}): void {
    this.checkUsable();
    this.#weights.set(weights, options);
  }

  /** Runs `make` when all earlier calls are over, and replaces the weights that it gives. */
  changeWeights<R extends { readonly weights: Weights }>(make: () => R): Promise<R> {
    return this.access.change(async () => {
      this.checkUsable();
      const made = make();
      this.#weights.replace(made.weights, this.allowNonFinite);
      return made;
    });
  }

  async onTfjs<M extends TfjsTensor, V extends M>(tf: Tfjs<M, V>): Promise<TfjsLayer<M, V>> {
    // Loads targets, which most programs do not need.
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

  /** Throws a UserError if it was disposed of. */
  checkUsable(): void {
    if (this.#isDisposed) throw new UserError(`\`${this.name}\` was disposed of: compile it again`);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.access.free(() => {
      this.#weights.dispose();
      for (const each of [this.#runs, this.#gradients, this.#evaluations, ...this.#steps.values()]) each?.dispose();
      this.#steps.clear();
    });
  }
}
