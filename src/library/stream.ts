// Streams: a cell or model fed step by step, its state carried on. `step` over a stream equals `run` over the whole.
import { UserError } from "../base/diagnostic.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { printDim } from "../shape/dim.ts";
import { timeOf, withoutTime } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { Stepper } from "../train/stepper.ts";
import { placed } from "./arrays.ts";
import type { Compiled } from "./compiled.ts";
import { namedOutputs, resultsOf } from "./results.ts";
import type { Arrays, Results, Stream, StreamOptions } from "./types.ts";

/** Throws a UserError where something needs whole sequences. */
export function startStream<T>(model: Compiled<T>, options: StreamOptions): Stream {
  const program = model.programFor({ ragged: false, training: false, states: "carried" });
  return new DeviceStream(model, program, timeOfSteps(program), options);
}

/** The only time of the inputs, along which a stream steps. */
function timeOfSteps(program: Program): string {
  const refuse = (reason: string): never => {
    throw new UserError(`\`${program.name}\` cannot be fed step by step: ${reason}`);
  };
  const times = new Set(
    program.inputs.flatMap(({ role, type }) => (role === "input" ? (timeOf(type) ?? []) : [])).map(printDim),
  );
  const [time, other] = times;
  if (time === undefined) return refuse("it reads no sequence");
  if (other !== undefined) return refuse("it reads sequences of several lengths");
  if (program.graph.all().some((node) => node.op === "scan" && node.attributes["reverse"] === true))
    return refuse("a part of it runs right to left");
  const whole = program.predictions.find(({ isSequence }) => !isSequence);
  if (whole !== undefined) return refuse(`\`${whole.target}\` is predicted from the whole sequence`);
  return time;
}

class DeviceStream<T> implements Stream {
  readonly #model: Compiled<T>;
  readonly #program: Program;
  readonly #time: string;
  readonly #options: StreamOptions;
  #stepper: Stepper<T> | null = null;

  constructor(model: Compiled<T>, program: Program, time: string, options: StreamOptions) {
    this.#model = model;
    this.#program = program;
    this.#time = time;
    this.#options = options;
  }

  step(inputs: Arrays): Results {
    const { downloadNow, name } = this.#model.device;
    if (downloadNow === null) throw new UserError(`${name} cannot answer at once: \`await stream.stepLater(…)\``);
    const found = new Map<string, HostArray>();
    for (const [output, tensor] of this.#next(inputs)) {
      found.set(output, downloadNow(tensor));
      this.#model.device.dispose(tensor);
    }
    return this.#results(found);
  }

  async stepLater(inputs: Arrays): Promise<Results> {
    const found = new Map<string, HostArray>();
    for (const [output, tensor] of this.#next(inputs)) {
      found.set(output, await this.#model.device.download(tensor));
      this.#model.device.dispose(tensor);
    }
    return this.#results(found);
  }

  #next(inputs: Arrays): ReadonlyMap<string, T> {
    const fed = new Map<string, HostArray>();
    const { sizes } = this.#model;
    const learnt = sizes.forRun();
    for (const { name, role, type } of this.#program.inputs) {
      if (role !== "input" || timeOf(type) === undefined) continue;
      const given = inputs[name];
      if (given === undefined) throw new UserError(`a step of \`${this.#program.name}\` needs \`${name}\``);
      const { array, batch } = placed(given, withoutTime(type), name, learnt);
      this.#checkBatch(name, batch);
      fed.set(name, { ...array, shape: [1, ...array.shape] });
    }
    sizes.keep(learnt);
    this.#stepper ??= this.#begin();
    return this.#stepper.step(fed);
  }

  #checkBatch(name: string, batch: number | null): void {
    const wanted = this.#options.batch ?? null;
    if (batch === wanted) return;
    const told = (each: number | null): string =>
      each === null ? "one example without a batch axis" : `a batch of ${each}`;
    throw new UserError(`this stream was started for ${told(wanted)}, but \`${name}\` is ${told(batch)}`);
  }

  #begin(): Stepper<T> {
    const model = this.#model;
    const learnt = model.sizes.forRun();
    const given = new Map<string, HostArray>();
    for (const { name, role, type } of this.#program.inputs) {
      if (role === "target" || (role === "input" && timeOf(type) !== undefined)) continue;
      const array = this.#options.inputs?.[name];
      if (array === undefined)
        throw new UserError(
          `\`${this.#program.name}\` needs its ${role} \`${name}\`: start({ inputs: { ${name}: … } })`,
        );
      given.set(name, placed(array, type, name, learnt).array);
    }
    model.sizes.keep(learnt);
    const stepper = new Stepper(this.#program, model.device, {
      time: this.#time,
      fed: new Set(
        this.#program.inputs.flatMap(({ name, role, type }) =>
          role !== "memory" && timeOf(type) !== undefined ? [name] : [],
        ),
      ),
      wanted: namedOutputs(this.#program, true),
      weights: model.ready(),
      sizes: learnt,
    });
    stepper.beginNow({ arrays: given, sizes: new Map([["B", this.#options.batch ?? 1]]), isFresh: true, tokens: 0 });
    return stepper;
  }

  #results(found: ReadonlyMap<string, HostArray>): Results {
    const withoutStep = (array: HostArray): HostArray => ({ ...array, shape: array.shape.slice(1) });
    return resultsOf(this.#program, found, this.#options.batch === undefined, withoutStep);
  }

  reset(): void {
    this.dispose();
  }

  dispose(): void {
    this.#stepper?.dispose();
    this.#stepper = null;
  }
}
