// A compiled cell or model as a layer inside a program of tfjs.
import { UserError } from "../../base/diagnostic.ts";
import { at, lookup } from "../../base/invariant.ts";
import { BoundProgram, notFed, ONLY_IN_PARTS, ONLY_IN_TRAINING } from "../../targets/bound.ts";
import type { HostArray } from "../../targets/target.ts";
import { randomNumbers } from "../../train/feeds.ts";
import type { Compiled } from "../compiled.ts";
import { initialWeight, openSize } from "../initial-weight.ts";
import { checkBoolean, checkedLater, readOptions, type Checks } from "../options.ts";
import { shownName } from "../../train/outputs.ts";
import { readSafely } from "../describe-value.ts";
import { Form } from "./form.ts";
import { givenInputs, givenWeights, type Given } from "./inputs.ts";
import { Kernels } from "./kernels.ts";
import type { ApplyOptions, Tensors, Tfjs, TfjsLayer, TfjsTensor } from "./types.ts";

type Model = Pick<
  Compiled<unknown>,
  "name" | "program" | "definition" | "sizes" | "learn" | "seed" | "nameOf" | "programFor"
>;

/** The number of layers so far, because names of kernels and variables are global in tfjs. */
let layers = 0;

export async function layerOn<T extends TfjsTensor, V extends T>(
  model: Model & Pick<Compiled<unknown>, "givenWeights">,
  tf: Tfjs<T, V>,
): Promise<TfjsLayer<T, V>> {
  refuseOther(tf);
  await tf.ready();
  const layer = new Layer(model, tf, await model.givenWeights());
  if (model.program.parameters.every((parameter) => openSize(model, parameter) === undefined)) layer.variables();
  return layer;
}

/** The functions of the module that are used. */
const USED: readonly (keyof Tfjs<TfjsTensor, TfjsTensor>)[] = [
  "ready",
  "getBackend",
  "tensor",
  "variable",
  "registerKernel",
  "unregisterKernel",
  "registerGradient",
  "unregisterGradient",
  "engine",
];

function refuseOther(tf: unknown): void {
  const isModule = readSafely("the argument of `onTfjs`", () => {
    const given: unknown = tf;
    return (
      typeof given === "object" &&
      given !== null &&
      USED.every((name) => typeof Reflect.get(given, name) === "function")
    );
  });
  if (!isModule) throw new UserError('`onTfjs` needs the module of tfjs: `import * as tf from "@tensorflow/tfjs"`');
}

const APPLY_OPTIONS: Checks<ApplyOptions<unknown>> = {
  weights: checkedLater,
  lengths: checkedLater,
  training: checkBoolean,
};

/** The arguments of one call of `apply`. */
interface Applied<T> {
  readonly weights: ReadonlyMap<string, T>;
  readonly fed: Given<T>;
}

/** A form of the program with its kernels and feeders. */
interface Bound<T extends TfjsTensor, V extends T> {
  readonly form: Form;
  readonly kernels: Kernels<T, V>;
  readonly bound: BoundProgram<T, Applied<T>>;
}

const STAGE = "tfjs layer";

class Layer<T extends TfjsTensor, V extends T> implements TfjsLayer<T, V> {
  readonly #model: Model;
  readonly #tf: Tfjs<T, V>;
  readonly #name: string;
  /** Weights of the model when the layer was created, by their names in the graph. */
  readonly #begin: ReadonlyMap<string, HostArray>;
  readonly #forms = new Map<string, Bound<T, V>>();
  #variables: ReadonlyMap<string, V> | undefined;
  #draws = 0;
  #isDisposed = false;

  constructor(model: Model, tf: Tfjs<T, V>, begin: ReadonlyMap<string, HostArray>) {
    this.#model = model;
    this.#tf = tf;
    this.#begin = begin;
    layers += 1;
    this.#name = `Recurra.${model.name}.${layers}`;
  }

  apply(tensors: Tensors<T>, given: ApplyOptions<T> = {}): Tensors<T> {
    const options = readOptions(given, APPLY_OPTIONS, "apply");
    this.#check();
    const model = this.#model;
    const { lengths = null, training = false } = options;
    const { form, bound } = this.#form(lengths !== null, training);
    const sizes = model.sizes.forRun();
    const isTensor = (value: object): boolean => isOneOf(this.#tf, value);
    const situation = { program: form.program, lengths, backend: this.#tf.getBackend(), isTensor };
    const fed = givenInputs(tensors, situation, sizes);
    const own =
      options.weights === undefined
        ? undefined
        : givenWeights(
            options.weights,
            { program: form.program, nameOf: (name) => model.nameOf(name), isTensor },
            sizes,
          );
    model.learn(sizes);
    // An optimizer collects variables before it runs the function.
    if (own === undefined && this.#variables === undefined && this.#tf.engine().isTapeOn())
      throw new UserError(
        `the variables of \`${model.name}\` do not exist yet, so they cannot be trained: apply the layer once before, or give \`sizes\` to \`compile\``,
      );
    const weights = own ?? this.#ownWeights();
    const results = bound.run({ weights, fed }, sizes);
    return Object.fromEntries([...results].map(([name, tensor]) => [shownName(name), tensor]));
  }

  #bound(form: Form, kernels: Kernels<T, V>): BoundProgram<T, Applied<T>> {
    const memory = { upload: (array: HostArray): T => this.#made(array), dispose: (tensor: T) => tensor.dispose() };
    return new BoundProgram({ inputs: form.inputs, executable: kernels }, memory, {
      ...ONLY_IN_PARTS,
      ...ONLY_IN_TRAINING,
      weight: ({ name }, { context }) => lookup(context.weights, name, STAGE),
      data: ({ name }, { context }) => lookup(context.fed.inputs, name, STAGE),
      lengths: ({ input }, { context, upload }) => {
        const data = lookup(context.fed.lengths, input.time, STAGE);
        return upload({ dtype: "int", shape: [data.length], data });
      },
      random: ({ name, axes }, { sizes, upload }) => upload(this.#random(name, axes(sizes))),
      labelled: notFed,
      state: notFed,
      fresh: notFed,
    });
  }

  variables(): Tensors<V> {
    this.#check();
    return Object.fromEntries([...this.#ownWeights()].map(([name, variable]) => [this.#model.nameOf(name), variable]));
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const { kernels } of this.#forms.values()) kernels.dispose();
    this.#variables?.forEach((variable) => variable.dispose());
    this.#forms.clear();
    this.#variables = undefined;
  }

  #check(): void {
    if (this.#isDisposed)
      throw new UserError(`this layer of \`${this.#model.name}\` was disposed of: create another with \`onTfjs\``);
  }

  #form(ragged: boolean, training: boolean): Bound<T, V> {
    const key = [...(ragged ? ["ragged"] : []), ...(training ? ["training"] : [])].join(".");
    const known = this.#forms.get(key);
    if (known !== undefined) return known;
    const program = this.#model.programFor({ ragged, training, states: "initial" });
    const form = new Form(program, this.#model.definition);
    const kernels = new Kernels(this.#tf, key === "" ? this.#name : `${this.#name}.${key}`, form);
    const made = { form, kernels, bound: this.#bound(form, kernels) };
    this.#forms.set(key, made);
    return made;
  }

  /** By their names in the graph. Creates all variables or none. */
  #ownWeights(): ReadonlyMap<string, V> {
    if (this.#variables !== undefined) return this.#variables;
    const { parameters } = this.#model.program;
    const arrays = parameters.map((each) => this.#begin.get(each.name) ?? initialWeight(this.#model, each));
    this.#variables = new Map(
      parameters.map(({ name, learning }, index) => {
        const initial = this.#made(at(arrays, index, STAGE));
        const variable = this.#tf.variable(initial, !learning.isFrozen, `${this.#name}/${this.#model.nameOf(name)}`);
        initial.dispose();
        return [name, variable];
      }),
    );
    return this.#variables;
  }

  #random(name: string, shape: readonly number[]): HostArray {
    this.#draws += 1;
    return randomNumbers(shape, this.#model.seed, `${this.#name} ${name} ${this.#draws}`);
  }

  #made({ dtype, shape, data }: HostArray): T {
    return dtype === "int"
      ? this.#tf.tensor(Int32Array.from(data), [...shape], "int32")
      : this.#tf.tensor(Float32Array.from(data), [...shape], "float32");
  }
}

/** Whether a value is a tensor of this copy of tfjs. True if the module does not export its class. */
function isOneOf(tf: object, value: object): boolean {
  const Tensor: unknown = Reflect.get(tf, "Tensor");
  return typeof Tensor !== "function" || value instanceof Tensor;
}
