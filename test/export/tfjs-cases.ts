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
import type { LoadOptions, Model } from "../../src/export/tfjs/runtime/model.ts";
import { expectClose } from "../ops/arrays.ts";
import { caseOf, jobOf, type Case, type Form, type Job, type Subject } from "./python-cases.ts";
import { FORWARD, GRADIENT } from "./subjects.ts";
import { resultsOf, type Asked, type AskedArray } from "./tfjs-results.ts";

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

/** What a module is asked for in one form of a case, and what must come of it. */
export function askedOf(each: Case, form: Form): { readonly asked: Asked; readonly expected: Job["expected"] } {
  const prepared = prepare(each.request, LANGUAGE);
  const { forward, loss } = prepared.functions;
  const { given, expected } = jobOf(each, prepared, form);
  const { tensors } = readSafetensors(given, "given");
  const { data, lengths } = (loss ?? forward).arguments;
  const named = under(tensors, "arg.");
  const of = new Map(lengths.map((own) => [own.name, own.of]));
  const spoken = new Map(data.map((own) => [own.name, own.spoken]));
  const asked: Asked = {
    inputs: named.flatMap(([name, array]) => {
      if (of.has(name)) return [];
      const own = spoken.get(name) ?? expect.fail(`no argument ${name}`);
      return [{ name: own, argument: name, inRun: forward.arguments.data.some((run) => run.spoken === own), array }];
    }),
    lengths: named.flatMap(([name, array]) => {
      const input = of.get(name);
      if (input === undefined) return [];
      return [{ name: input, inRun: forward.arguments.lengths.some((run) => run.of === input), array }];
    }),
    state: under(tensors, "state.").map(([name, array]) => ({ name: `state.${name}`, array })),
    cotangents: under(tensors, "cotangent.").map(([name, array]) => ({
      name: name.startsWith("final.") ? `state.${name.slice("final.".length)}` : name.slice("output.".length),
      array,
    })),
    hasLoss: loss !== null,
    gradients: [...expected.keys()].flatMap((name) => (name.startsWith("grad.") ? [name.slice("grad.".length)] : [])),
  };
  return { asked, expected };
}

/** What begins with `prefix`, without it. */
function under(tensors: ReadonlyMap<string, Tensor>, prefix: string): readonly (readonly [string, AskedArray])[] {
  return [...tensors].flatMap(([name, { dtype, shape, data }]) =>
    name.startsWith(prefix)
      ? [[name.slice(prefix.length), { isInt: dtype === "I32", shape, data: Array.from(data) }] as const]
      : [],
  );
}

/** Runs one form of a case, and compares everything. No tensor is left. */
export async function expectCase(model: Model, each: Case, form: Form, name: string): Promise<void> {
  const before = tf.memory().numTensors;
  const { asked, expected } = askedOf(each, form);
  const found = resultsOf(model, asked);
  const read = await Promise.all(
    [...found].map(async ([key, tensor]) => [key, { shape: tensor.shape, data: await tensor.data() }] as const),
  );
  expectResults(new Map(read), expected, name);
  tf.dispose([...found.values()]);
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

export interface Read {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export function expectResults(found: ReadonlyMap<string, Read>, expected: Job["expected"], form: string): void {
  const outputsFirst = [...expected].toSorted(
    ([a], [b]) => Number(a.startsWith("grad.")) - Number(b.startsWith("grad.")),
  );
  for (const [name, { shape, data }] of outputsFirst) {
    const own = found.get(name) ?? expect.fail(`${form}: no ${name} among ${[...found.keys()].join(", ")}`);
    expect(own.shape, `${form}: shape of ${name}`).toEqual(shape);
    const isGradient = name.startsWith("grad.");
    const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const tolerance = isGradient ? (GRADIENT * Math.max(scale, 0.01)) / scale : FORWARD;
    expectClose(Float64Array.from(own.data), data, tolerance, `${form}: ${name}`);
  }
}
