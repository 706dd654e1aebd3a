// A compiled cell or model on a target: it owns the weights; runs, streams and trainers read them.
import { UserError } from "../base/diagnostic.ts";
import { programOf } from "../compile.ts";
import type { Options } from "../lang/elaborate/context.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { evaluateDim, printDim, symbolsOf } from "../shape/dim.ts";
import { ownAxes, timeOf } from "../shape/type.ts";
import type { Target } from "../targets/target.ts";
import { DeviceState } from "../train/device-state.ts";
import { initialValues } from "../train/initial.ts";
import { Runner } from "../train/runner.ts";
import type { NumberArray } from "./arrays.ts";
import { gathered } from "./feed.ts";
import { generateWith } from "./generate.ts";
import { namedOutputs, resultsOf } from "./results.ts";
import { DataSizes } from "./sizes.ts";
import { startStream } from "./stream.ts";
import { makeTrainer } from "./train.ts";
import type {
  Arrays,
  CompiledModel,
  GenerateOptions,
  InputInfo,
  LibraryTrainer,
  ParameterInfo,
  Results,
  RunOptions,
  Stream,
  StreamOptions,
  TrainerSettings,
} from "./types.ts";

export interface CompiledParts<T> {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  readonly target: Target<T>;
  readonly seed: number;
  readonly sizes: ReadonlyMap<string, number>;
  readonly weights: ReadonlyMap<string, NumberArray>;
}

export class Compiled<T> implements CompiledModel {
  readonly #parts: CompiledParts<T>;
  readonly #weights: DeviceState<T>;
  readonly #runners = new Map<string, Runner<T>>();
  readonly sizes: DataSizes;
  /** As it is run on full batches. */
  readonly program: Program;

  constructor(parts: CompiledParts<T>) {
    this.#parts = parts;
    this.#weights = new DeviceState(parts.target);
    this.program = this.programFor({ ragged: false, training: false, states: "initial" });
    this.sizes = new DataSizes(this.program, parts.sizes);
    this.setWeights(parts.weights);
  }

  programFor(options: Options): Program {
    return programOf(this.#parts.definition, this.#parts.statics, options);
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

  get seed(): number {
    return this.#parts.seed;
  }

  get inputs(): readonly InputInfo[] {
    return this.program.inputs.map(({ name, role, type, token }) => {
      const inner =
        token === undefined
          ? `[${ownAxes(type)
              .map((axis) => printDim(axis.size))
              .join(", ")}]`
          : `${token.reading}[${token.vocabulary}]`;
      return { name, role, type: timeOf(type) === undefined ? inner : `seq ${inner}` };
    });
  }

  get parameters(): readonly ParameterInfo[] {
    return this.program.parameters.map(({ name, type }) => ({
      name,
      shape: type.axes.map((axis) => printDim(axis.size)),
    }));
  }

  /** The weights on the target; they are made when their sizes are known. Throws a UserError that names a size that is not. */
  ready(): DeviceState<T> {
    for (const { name, type, init } of this.program.parameters) {
      if (this.#weights.entries().has(name)) continue;
      const open = type.axes.flatMap(({ size }) => symbolsOf(size)).find((each) => !this.sizes.known.has(each));
      if (open !== undefined)
        throw new UserError(
          `the size ${open} of \`${name}\` is not known yet: run the model once, or give \`sizes: { ${open}: … }\``,
        );
      const shape = type.axes.map((axis) => evaluateDim(axis.size, this.sizes.known));
      this.#weights.put(name, { dtype: "float", shape, data: initialValues(init, shape, this.#parts.seed, name) });
    }
    return this.#weights;
  }

  async run(arrays: Arrays, options: RunOptions = {}): Promise<Results> {
    const isRagged = options.lengths !== undefined;
    const { batch, isSingle } = gathered(this, arrays, { lengths: options.lengths ?? {}, use: "run" });
    const runner = this.#runner(isRagged);
    return resultsOf(this.program, await runner.run(batch), isSingle);
  }

  #runner(isRagged: boolean): Runner<T> {
    const key = isRagged ? "ragged" : "full";
    const known = this.#runners.get(key);
    if (known !== undefined) return known;
    const program = isRagged ? this.programFor({ ragged: true, training: false, states: "initial" }) : this.program;
    const runner = new Runner(program, this.device, {
      wanted: namedOutputs(program),
      weights: this.ready(),
      sizes: this.sizes.known,
    });
    this.#runners.set(key, runner);
    return runner;
  }

  start(options: StreamOptions = {}): Stream {
    return startStream(this, options);
  }

  generate(options: GenerateOptions = {}): ReturnType<CompiledModel["generate"]> {
    return generateWith(this, options);
  }

  trainer(settings: TrainerSettings = {}): Promise<LibraryTrainer> {
    return makeTrainer(this, settings);
  }

  async weights(): Promise<ReadonlyMap<string, NumberArray>> {
    return this.ready().downloadAll();
  }

  setWeights(weights: ReadonlyMap<string, NumberArray>): void {
    for (const [name, { shape, data }] of weights) {
      const parameter = this.program.parameters.find((each) => each.name === name);
      if (parameter === undefined)
        throw new UserError(
          `\`${this.name}\` has no weight \`${name}\`; it has ${this.program.parameters.map((each) => each.name).join(", ")}`,
        );
      this.sizes.learn(parameter.type.axes, shape, `the weight \`${name}\``);
      this.#weights.put(name, { dtype: "float", shape, data });
    }
  }

  dispose(): void {
    this.#weights.dispose();
    for (const runner of this.#runners.values()) runner.dispose();
  }
}
