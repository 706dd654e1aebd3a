// Registers a form as kernels of tfjs with a gradient, so tfjs records, differentiates, moves and profiles them as its own.
import { UserError } from "../../base/diagnostic.ts";
import { fail, lookup } from "../../base/invariant.ts";
import type { Sizes } from "../../shape/dim.ts";
import { hostOn } from "../../targets/tfjs-embedding/host.ts";
import type { Executable } from "../../targets/target.ts";
import { cotangentOf, gradientOf, isWeight, type Form, type Way } from "./form.ts";
import type { Attributes, Tfjs, TfjsInfo, TfjsKernel, TfjsTensor } from "./types.ts";

export class Kernels<T extends TfjsTensor, V extends T> {
  readonly name: string;
  readonly #form: Form;
  readonly #tf: Tfjs<T, V>;
  readonly #backends = new Set<string>();
  /** By backend, then by way. */
  readonly #executables = new Map<object, Map<Way, Executable<TfjsInfo>>>();

  /** `name` must not be the name of another kernel. */
  constructor(tf: Tfjs<T, V>, name: string, form: Form) {
    this.#tf = tf;
    this.name = name;
    this.#form = form;
  }

  get #gradientName(): string {
    return `${this.name}.gradient`;
  }

  /** Runs on tensors by the names of the form's inputs. Throws a UserError if the backend is not supported. */
  run(inputs: ReadonlyMap<string, T>, sizes: Sizes): ReadonlyMap<string, T> {
    const engine = this.#tf.engine();
    hostOn(this.#tf, this.#tf.getBackend(), engine.backend);
    this.#register(this.#tf.getBackend());
    const way = engine.isTapeOn() ? "saving" : "forward";
    const results = [...engine.runKernel(this.name, keyed(inputs), attributesOf(way, sizes))];
    const { outputs } = this.#form;
    // Saved values must not be outputs of the tape node: tfjs would allocate zeros for their cotangents.
    const node = way === "saving" ? engine.state.activeTape?.at(-1) : undefined;
    if (node?.kernelName === this.name) node.outputs.length = outputs.length;
    results.splice(outputs.length).forEach((saved) => saved.dispose());
    return named(outputs, results);
  }

  dispose(): void {
    for (const backend of this.#backends)
      for (const name of [this.name, this.#gradientName]) this.#tf.unregisterKernel(name, backend);
    if (this.#backends.size > 0) for (const name of [this.name, this.#gradientName]) this.#tf.unregisterGradient(name);
    for (const executables of this.#executables.values())
      for (const executable of executables.values()) executable.dispose();
    this.#backends.clear();
    this.#executables.clear();
  }

  #register(backendName: string): void {
    if (this.#backends.has(backendName)) return;
    const kernelFunc: TfjsKernel["kernelFunc"] = ({ inputs, backend, attrs }) => {
      const { way, sizes } = readAttributes(attrs);
      const given = Object.entries(inputs).flatMap(([key, info]) =>
        info === undefined ? [] : [[nameIn(key), info] as const],
      );
      const results = this.#executable(backendName, backend, way).run(new Map(given), sizes);
      return this.#form.results(way).map((name) => lookup(results, name, "tfjs layer"));
    };
    for (const kernelName of [this.name, this.#gradientName])
      this.#tf.registerKernel({ kernelName, backendName, kernelFunc });
    if (this.#backends.size === 0) this.#registerGradients();
    this.#backends.add(backendName);
  }

  #executable(backendName: string, backend: object, way: Way): Executable<TfjsInfo> {
    const executables = this.#executables.get(backend) ?? new Map<Way, Executable<TfjsInfo>>();
    this.#executables.set(backend, executables);
    const executable = executables.get(way) ?? hostOn(this.#tf, backendName, backend).compile(this.#form.graph(way));
    executables.set(way, executable);
    return executable;
  }

  #registerGradients(): void {
    const { inputs, saved } = this.#form.kept;
    const names = [...inputs.map(({ name }) => name), ...saved];
    this.#tf.registerGradient({
      kernelName: this.name,
      inputsToSave: inputs.map(({ name }) => keyOf(name)),
      outputsToSave: [...this.#form.outputs.map(() => false), ...saved.map(() => true)],
      gradFunc: (given, kept, attributes) => {
        const cotangents = named(this.#form.outputs.map(cotangentOf), Array.isArray(given) ? given : [given]);
        return this.#gradients(new Map([...named(names, kept), ...cotangents]), kept, attributes);
      },
    });
    this.#tf.registerGradient({
      kernelName: this.#gradientName,
      inputsToSave: [],
      outputsToSave: [],
      gradFunc: () => {
        throw new UserError(
          `the gradient of \`${this.#form.program.name}\` inside tfjs cannot be differentiated again`,
        );
      },
    });
  }

  /**
   * tfjs requests gradients in the order of inputs, data before weights, and only those that are needed. So the first request shows whether
   * gradients by data are needed. Gradients live until tfjs disposes of what it kept.
   */
  #gradients(inputs: ReadonlyMap<string, T>, kept: T[], attributes: object): { [key: string]: () => T } {
    const found = new Map<string, T>();
    const run = (way: Way): void => {
      const { sizes } = readAttributes(attributes);
      const results = this.#tf.engine().runKernel(this.#gradientName, keyed(inputs), attributesOf(way, sizes));
      for (const [name, gradient] of named(this.#form.results(way), results)) {
        gradient.kept = true;
        kept.push(gradient);
        found.set(name, gradient);
      }
    };
    const ask = (name: string, way: Way) => (): T => {
      if (!found.has(name)) run(way);
      return lookup(found, name, "tfjs layer").clone();
    };
    return Object.fromEntries(
      this.#form.differentiable.map((input) => {
        const { name } = input;
        return [keyOf(name), ask(gradientOf(name), isWeight(input) ? "weights" : "all")] as const;
      }),
    );
  }
}

function named<T>(names: readonly string[], values: readonly T[]): ReadonlyMap<string, T> {
  return new Map(names.map((name, index) => [name, values[index] ?? fail("tfjs layer", `no ${name}`)]));
}

/** tfjs keeps tensors by name in plain objects, in which not every name is safe. */
function keyOf(name: string): string {
  return `: ${name}`;
}

function nameIn(key: string): string {
  return key.slice(2);
}

function keyed<T>(tensors: ReadonlyMap<string, T>): { [key: string]: T } {
  return Object.fromEntries([...tensors].map(([name, tensor]) => [keyOf(name), tensor]));
}

function attributesOf(way: Way, sizes: Sizes): Attributes {
  return { way, names: [...sizes.keys()], sizes: [...sizes.values()] };
}

function readAttributes(attributes: object | undefined): { readonly way: Way; readonly sizes: Sizes } {
  const { way, names, sizes }: { way: Way; names: readonly string[]; sizes: readonly number[] } = Object(attributes);
  return { way, sizes: named(names, sizes) };
}
