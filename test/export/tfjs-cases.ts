// Files of the format `tfjs` in use: loaded, run and differentiated by tfjs, beside what the reference computes.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import { readSafetensors, type Tensor } from "../../src/checkpoint/safetensors.ts";
import { exportTfjs } from "../../src/export/tfjs/export.ts";
import { LANGUAGE } from "../../src/export/tfjs/language.ts";
import { isTimed } from "../../src/export/tfjs/description.ts";
import { partsOf } from "../../src/export/tfjs/module.ts";
import { nameOfInput } from "../../src/graph/node.ts";
import { timeName } from "../../src/shape/type.ts";
import { prepare } from "../../src/export/source/prepare.ts";
import type { Step } from "../../src/export/tfjs/step.ts";
import type { ExportRequest } from "../../src/export/request.ts";
import type { Arrays } from "../../src/export/tfjs/runtime/description.ts";
import type { Given } from "../../src/export/tfjs/runtime/arguments.ts";
import type { LoadOptions, Model } from "../../src/export/tfjs/runtime/model.ts";
import { expectClose } from "../ops/arrays.ts";
import { caseOf, jobOf, type Case, type Form, type Job, type Subject } from "./python-cases.ts";
import { FORWARD, GRADIENT } from "./subjects.ts";

/** The same with another batch and other lengths. The weights are the same. */
export function resized({ sizes, request }: Case, subject: Omit<Subject, "name">): Case {
  const free = [...sizes].filter(([name]) => !request.sizes.has(name));
  const other = free.map(([name, size]) => [name, name === "B" ? size + 1 : size + 2] as const);
  return caseOf(request.name, subject, Object.fromEntries(other));
}

/** In the checkout, so that the files find tfjs. */
export function newFolder(): string {
  mkdirSync("out", { recursive: true });
  return resolve(mkdtempSync(join("out", "tfjs-")));
}

/** Writes the files of a request, and loads the module. */
export async function loaded(folder: string, request: ExportRequest, options: LoadOptions = {}): Promise<Model> {
  mkdirSync(folder, { recursive: true });
  for (const { name, content } of await exportTfjs(request)) writeFileSync(join(folder, name), content);
  const module: { readonly load: (options: LoadOptions) => Promise<Model> } = await import(
    pathToFileURL(join(folder, `${request.name}.mjs`)).href
  );
  return module.load(options);
}

function tensorOf({ dtype, shape, data }: Tensor): tf.Tensor {
  return dtype === "I32"
    ? tf.tensor(Int32Array.from(data), [...shape], "int32")
    : tf.tensor(Float32Array.from(data), [...shape], "float32");
}

/** What begins with `prefix`, without it. */
function under(tensors: ReadonlyMap<string, Tensor>, prefix: string): readonly (readonly [string, Tensor])[] {
  return [...tensors].flatMap(([name, each]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), each] as const] : [],
  );
}

interface Task {
  readonly job: Job;
  /** By the names of arguments. */
  readonly inputs: ReadonlyMap<string, tf.Tensor>;
  readonly state: ReadonlyMap<string, tf.Tensor>;
  readonly cotangents: ReadonlyMap<string, tf.Tensor>;
  readonly lengths: ReadonlyMap<string, tf.Tensor>;
}

/** Runs a model in one form; returns all results and gradients by the names of a job. */
export function resultsOf(
  model: Model,
  each: Case,
  form: Form,
): { readonly job: Job; readonly found: Map<string, tf.Tensor>; readonly given: readonly tf.Tensor[] } {
  const prepared = prepare(each.request, LANGUAGE);
  const { forward, loss } = prepared.functions;
  const job = jobOf(each, prepared, form);
  const { tensors } = readSafetensors(job.given, "given");
  const named = new Map(under(tensors, "arg.").map(([name, value]) => [name, tensorOf(value)] as const));
  const { data, lengths } = (loss ?? forward).arguments;
  const spoken = new Map(data.map(({ name, spoken: own }) => [name, own]));
  const ofLengths = new Map(lengths.map(({ name, of }) => [name, of]));
  const state = new Map(under(tensors, "state.").map(([key, value]) => [`state.${key}`, tensorOf(value)] as const));
  const cotangents = new Map(under(tensors, "cotangent.").map(([name, value]) => [name, tensorOf(value)] as const));
  const [inputs, counts] = [new Map<string, tf.Tensor>(), new Map<string, tf.Tensor>()];
  for (const [name, tensor] of named) {
    const of = ofLengths.get(name);
    if (of !== undefined) counts.set(of, tensor);
    else inputs.set(spoken.get(name) ?? expect.fail(`no argument ${name}`), tensor);
  }
  const argumentOf = new Map(data.map(({ name, spoken: own }) => [own, name]));
  const task: Task = { job, inputs, state, cotangents, lengths: counts };
  const reads = new Set(forward.arguments.data.map(({ spoken: own }) => own));
  const readLengths = new Set(forward.arguments.lengths.map(({ of }) => of));
  const found = computed(model, task, { reads, readLengths, argumentOf, hasLoss: loss !== null });
  return { job, found, given: [...named.values(), ...state.values(), ...cotangents.values()] };
}

interface Reading {
  readonly reads: ReadonlySet<string>;
  readonly readLengths: ReadonlySet<string>;
  readonly argumentOf: ReadonlyMap<string, string>;
  readonly hasLoss: boolean;
}

function only(map: ReadonlyMap<string, tf.Tensor>, names: ReadonlySet<string>): Arrays {
  return Object.fromEntries([...map].filter(([name]) => names.has(name)));
}

function computed(model: Model, task: Task, reading: Reading): Map<string, tf.Tensor> {
  const moved = [
    ...Object.entries(model.variables()).map(([name, each]) => [`weight.${name}`, each] as const),
    ...[...task.inputs].map(([name, each]) => [`arg.${reading.argumentOf.get(name) ?? ""}`, each] as const),
    ...[...task.state].map(([name, each]) => [name, each] as const),
  ].filter(([, { dtype }]) => dtype === "float32");
  const given: Given = {
    lengths: only(task.lengths, reading.readLengths),
    ...(task.state.size === 0 ? {} : { state: Object.fromEntries(task.state) }),
  };
  const found = new Map<string, tf.Tensor>();
  for (const [name, tensor] of Object.entries(model.run(only(task.inputs, reading.reads), given)))
    found.set(name.startsWith("state.") ? `final.${name.slice("state.".length)}` : `output.${name}`, tensor);
  const scalar = (): tf.Tensor => {
    if (reading.hasLoss)
      return model.loss(Object.fromEntries(task.inputs), { ...given, lengths: Object.fromEntries(task.lengths) });
    const results = model.run(only(task.inputs, reading.reads), given);
    const terms = [...task.cotangents].map(([name, cotangent]) => {
      const own = name.startsWith("final.") ? `state.${name.slice("final.".length)}` : name.slice("output.".length);
      return tf.sum(tf.mul(results[own] ?? expect.fail(`no result ${own}`), cotangent));
    });
    return terms.length === 0 ? tf.scalar(0) : tf.addN(terms);
  };
  if (reading.hasLoss) found.set("loss", scalar());
  const expected = moved.filter(([name]) => task.job.expected.has(`grad.${name}`));
  if (expected.length === 0) return found;
  // What a loss does not depend on has a gradient of 0, which tfjs refuses to compute.
  const touched = tf.grads((...tensors: tf.Tensor[]) =>
    tf.addN([scalar(), ...tensors.map((each) => tf.mul(tf.sum(each), 0))]).asScalar(),
  )(expected.map(([, each]) => each));
  expected.forEach(([name], place) => found.set(`grad.${name}`, touched[place] ?? expect.fail("no gradient")));
  return found;
}

/** Runs one form of a case, and compares everything. No tensor is left. */
export async function expectCase(model: Model, each: Case, form: Form, name: string): Promise<void> {
  const before = tf.memory().numTensors;
  const { job, found, given } = resultsOf(model, each, form);
  await expectResults(found, job, name);
  tf.dispose([...found.values(), ...given]);
  expect(tf.memory().numTensors, `${name}: tensors`).toBe(before);
}

/** A step after the other is the whole. */
export async function expectSteps(model: Model, each: Case): Promise<void> {
  const { step } = partsOf(each.request);
  if (step === undefined) return;
  const pairs = stepsAndWhole(model, each, step);
  for (const [key, { own, expected }] of Object.entries(pairs)) {
    expect(own.shape, `steps: ${key}`).toEqual(expected.shape);
    expectClose(Float64Array.from(await own.data()), await expected.data(), FORWARD, `steps: ${key}`);
  }
  tf.dispose(pairs);
}

/** Each output of all steps, and as the whole has it. */
function stepsAndWhole(
  model: Model,
  each: Case,
  step: Step,
): Readonly<Record<string, { readonly own: tf.Tensor; readonly expected: tf.Tensor }>> {
  const { data } = step.functions.forward.arguments;
  return tf.tidy(() => {
    const given = data.map(({ node, spoken }) => {
      const { shape, data: values } = each.inputs.get(nameOfInput(node)) ?? expect.fail(`no ${spoken}`);
      const kind = node.type.dtype === "int" ? "int32" : "float32";
      const tensor = tf.tensor(Array.from(values), [...shape], kind);
      const turned = [1, 0, ...shape.slice(2).map((_, axis) => axis + 2)];
      const isFed = timeName(node.type) === step.time;
      return { spoken, isFed, tensor: isTimed(node.type) ? tf.transpose(tensor, turned) : tensor };
    });
    const time = given.find(({ isFed }) => isFed)?.tensor.shape[1] ?? 0;
    let last: Arrays | null = null;
    const steps: Arrays[] = [];
    for (let t = 0; t < time; t++) {
      const now = given.map(({ spoken, tensor, isFed }) => {
        return [spoken, isFed ? tf.squeeze(tf.slice(tensor, [0, t], [-1, 1]), [1]) : tensor] as const;
      });
      last = model.step(Object.fromEntries(now), last);
      steps.push(last);
    }
    const inRun = new Set(prepare(each.request, LANGUAGE).functions.forward.arguments.data.map((own) => own.spoken));
    const whole = model.run(
      Object.fromEntries(given.flatMap(({ spoken, tensor }) => (inRun.has(spoken) ? [[spoken, tensor] as const] : []))),
    );
    const pairs = step.functions.outputs.map(({ key, id }) => {
      const parts = steps.map((results) => results[key] ?? expect.fail(`no ${key}`));
      const isLast = timeName(step.program.graph.node(id).type) === undefined;
      const own = isLast ? (parts.at(-1) ?? expect.fail("no steps")) : tf.stack(parts, 1);
      return [key, { own, expected: whole[key] ?? expect.fail(`no ${key}`) }] as const;
    });
    return Object.fromEntries(pairs);
  });
}

export async function expectResults(found: ReadonlyMap<string, tf.Tensor>, job: Job, form: string): Promise<void> {
  const outputsFirst = [...job.expected].toSorted(
    ([a], [b]) => Number(a.startsWith("grad.")) - Number(b.startsWith("grad.")),
  );
  for (const [name, { shape, data }] of outputsFirst) {
    const own = found.get(name) ?? expect.fail(`${form}: no ${name} among ${[...found.keys()].join(", ")}`);
    expect(own.shape, `${form}: shape of ${name}`).toEqual(shape);
    const isGradient = name.startsWith("grad.");
    const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const tolerance = isGradient ? (GRADIENT * Math.max(scale, 0.01)) / scale : FORWARD;
    expectClose(Float64Array.from(await own.data()), data, tolerance, `${form}: ${name}`);
  }
}
