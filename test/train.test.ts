// The interface of training: schedules, runs that repeat bit by bit, checkpoints, generation.
import * as tfjs from "@tensorflow/tfjs";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../src/base/diagnostic.ts";
import type { Vocabulary } from "../src/data/vocabulary.ts";
import type { TrainSettings } from "../src/lang/elaborate/settings.ts";
import type { Checkpoint, RunDescription } from "../src/checkpoint/checkpoint.ts";
import { loadCheckpoint, loadRun, saveCheckpoint, saveRun } from "../src/checkpoint/checkpoint-files.ts";
import { readSpec } from "../src/shipped/specs.ts";
import { referenceTarget } from "../src/targets/reference/target.ts";
import type { Target } from "../src/targets/target.ts";
import { tfjsTarget } from "../src/targets/tfjs/target.ts";
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { rateFactor } from "../src/train/schedule.ts";
import { storeSettings } from "../src/train/settings.ts";
import { sample } from "../src/train/sampling.ts";
import { writable } from "../src/train/writing.ts";
import { programFrom } from "./support/specs.ts";
import {
  expectNear,
  heldOutNats,
  lessonOf,
  setting,
  settingsOf,
  sizesOf,
  train,
  updatedBy,
  written,
  type Plan,
  type Weights,
} from "./support/training.ts";

const TEXTS = { training: "the whale and the sea; ".repeat(60), validation: "the sea and the whale; ".repeat(8) };
const SIZES = { E: 4, H: 8 };

const CHARLM = "specs/models/charlm.rec";
/** Dropout reads random numbers, so that a seed decides more than the first weights. */
const WITH_DROPOUT = `use GRU from "cells"
model Dropping(E = 4, H = 8) {
  input text: seq char[V]
  h = embed(text, E) |> GRU(H)
  predict text[t+1] from linear(dropout(h, 0.3), out = V)
}
`;

const charlm = lessonOf(readSpec(CHARLM), SIZES, TEXTS);
const dropping = lessonOf({ name: "dropping.rec", text: WITH_DROPOUT }, SIZES, TEXTS);
/** The entropy of a guess among all symbols. */
const GUESS = Math.log(charlm.vocabulary.size);

function plan(updates: number, settings: TrainSettings = {}, onUpdate: (loss: number) => void = () => undefined): Plan {
  return { updates, settings: { truncate: { k1: 8, k2: 8 }, batch: 4, ...settings }, onUpdate };
}

const wasm = await wasmTarget();
const tfjsWasm = await tfjsTarget("wasm");
const cpu = await tfjsTarget("cpu");
const reference = referenceTarget();

describe("a run", () => {
  test("the loss falls from a guess among all symbols to less than half of it, that of an unread text to three quarters", async () => {
    const losses: number[] = [];
    const { validation } = await train(
      wasm,
      charlm,
      plan(150, {}, (loss) => losses.push(loss)),
    );
    expect(losses).toHaveLength(150);
    expect(losses[0]).toBeCloseTo(GUESS, 0);
    expect(losses.at(-1)).toBeLessThan(GUESS / 2);
    expect(validation).toBeLessThan(GUESS * 0.75);
  });

  test("all targets train alike: losses within 1e-4 of each other over 12 updates", async () => {
    const lossesOn = async <T>(target: Target<T>): Promise<readonly number[]> => {
      const losses: number[] = [];
      await train(
        target,
        dropping,
        plan(12, {}, (loss) => losses.push(loss)),
      );
      return losses;
    };
    const expected = await lossesOn(reference);
    for (const losses of [await lossesOn(wasm), await lossesOn(tfjsWasm), await lossesOn(cpu)])
      losses.forEach((loss, update) =>
        expect(Math.abs(loss - (expected[update] ?? NaN)), `update ${update + 1}`).toBeLessThan(1e-4),
      );
  });

  const seeded = (seed: number): Plan => plan(5, { seed });
  test.each<[string, (seed: number) => Promise<Weights>]>([
    ["wasm", async (seed) => (await train(wasm, dropping, seeded(seed))).weights],
    ["tfjs-wasm", async (seed) => (await train(tfjsWasm, dropping, seeded(seed))).weights],
    ["tfjs-cpu", async (seed) => (await train(cpu, dropping, seeded(seed))).weights],
    ["reference", async (seed) => (await train(reference, dropping, seeded(seed))).weights],
  ])("%s: the same seed gives the same weights bit by bit, another seed others", async (_, trained) => {
    const [one, again, other] = [await trained(1), await trained(1), await trained(2)];
    expect(again).toEqual(one);
    for (const [name, { data }] of one) expect(other.get(name)?.data, name).not.toEqual(data);
  });

  test("dropout draws anew at each update, and scales what it keeps", async () => {
    const N = 16;
    const model = `model Dropped(N = ${N}) {
  input x: [N]
  param w: [N] ~ ones
  minimize sum(w * dropout(x, 0.5))
}
`;
    const program = programFrom(model, { ragged: false, training: true, states: "carried" });
    const ones = Array.from({ length: N }, () => 1);
    const still = { optimizer: setting("sgd", { lr: 0 }), clip: {} };
    const { results } = await updatedBy(reference, program, still, [ones, ones, ones, ones]);
    const kept = results.map(({ loss }) => loss / 2);
    for (const each of kept) {
      expect(each).toBeGreaterThan(0);
      expect(each).toBeLessThan(N);
      expect(Number.isInteger(each)).toBe(true);
    }
    expect(new Set(kept).size).toBeGreaterThan(1);
  });

  test("no tensor is left behind from update to update, nor from run to run", async () => {
    const count = (): string => `${tfjs.memory().numTensors} tensors, ${tfjs.memory().numDataBuffers} buffers`;
    const counts: string[] = [];
    // 35 chunks an epoch, the last one shorter: from the second epoch on every length was met before.
    const settings = { truncate: { k1: 10, k2: 10 } };
    const run = (): Promise<unknown> =>
      train(
        tfjsWasm,
        dropping,
        plan(80, settings, () => counts.push(count())),
      );
    await run();
    const after = count();
    expect(new Set(counts.slice(35))).toEqual(new Set([counts[35]]));
    await run();
    expect(count()).toBe(after);
  });

  test("an update whose loss is not a number stops the run and is named, with advice", async () => {
    let updates = 0;
    const hot = plan(20, { optimizer: setting("sgd", { lr: 1e30 }), clip: {} }, () => (updates += 1));
    const run = train(wasm, charlm, hot);
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow(
      new RegExp(
        `^update ${updates + 1}: the (loss|gradient's norm) (is (NaN|Infinity)|has exploded).*Try a smaller learning rate`,
      ),
    );
    expect(updates).toBeLessThan(20);
  });

  test("the state is carried over chunks: the held-out loss is the same whatever their length", async () => {
    const { weights } = await train(reference, charlm, plan(5));
    const loss = (steps: number): Promise<number> => heldOutNats(reference, charlm, weights, { batch: 2, steps });
    const whole = await loss(1000);
    for (const steps of [1, 7, 16]) expect(await loss(steps), `${steps} steps`).toBeCloseTo(whole, 12);
  });
});

describe("schedules: the factor on the learning rate", () => {
  const at = (kind: string, values: Readonly<Record<string, number>>, total: number, steps: readonly number[]) =>
    steps.map((step) => rateFactor({ kind, values: new Map(Object.entries(values)) }, step, total));

  test("none is 1 throughout", () => {
    expect([1, 5, 10].map((step) => rateFactor(undefined, step, 10))).toEqual([1, 1, 1]);
  });

  test("constant warms up in equal steps", () => {
    expect(at("constant", { warmup: 4 }, 10, [1, 2, 3, 4, 5, 10])).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  });

  test("step multiplies by its factor every N updates, counted from the end of the warm-up", () => {
    expect(at("step", { every: 3, factor: 0.5 }, 10, [1, 3, 4, 6, 7, 10])).toEqual([1, 1, 0.5, 0.5, 0.25, 0.125]);
    expect(at("step", { every: 3, factor: 0.5, warmup: 2 }, 10, [1, 2, 3, 5, 6])).toEqual([0.5, 1, 1, 1, 0.5]);
  });

  test("exponential multiplies by its factor at each update", () => {
    expect(at("exponential", { factor: 0.5 }, 10, [1, 2, 3, 4])).toEqual([1, 0.5, 0.25, 0.125]);
  });

  test("cosine goes from 1 to its final value, half of the way in the middle", () => {
    const [first, middle, last] = at("cosine", {}, 11, [1, 6, 11]);
    expect(first).toBe(1);
    expect(middle).toBeCloseTo(0.5, 12);
    expect(last).toBeCloseTo(0, 12);
    const [quarter, end] = at("cosine", { warmup: 2, final: 0.2 }, 11, [5, 11]);
    expect(quarter).toBeCloseTo(0.2 + (0.8 * (1 + Math.SQRT1_2)) / 2, 12);
    expect(end).toBeCloseTo(0.2, 12);
  });

  test("a run's updates take the schedule's rates: with factor 0 from the second update on, weights stay", async () => {
    const stopped = { kind: "exponential", values: new Map([["factor", 0]]) };
    const optimizer = setting("sgd", { lr: 0.5 });
    const weightsAfter = async (updates: number): Promise<Weights> =>
      (await train(cpu, charlm, plan(updates, { optimizer, schedule: stopped }))).weights;
    expect(await weightsAfter(4)).toEqual(await weightsAfter(1));
  });
});

describe("a checkpoint", () => {
  const folder = mkdtempSync(join(tmpdir(), "recurra-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "weights.safetensors");
  let saved: Checkpoint;
  let run: RunDescription;
  let bytes: Buffer;

  beforeAll(async () => {
    const { weights, standing } = await train(wasm, charlm, plan(5));
    saved = {
      arrays: weights,
      description: {
        format: "recurra-checkpoint-2",
        sources: [{ name: CHARLM, asked: CHARLM, text: readSpec(CHARLM).text }],
        model: "CharLM",
        statics: SIZES,
        vocabularies: {},
        settings: storeSettings(settingsOf(charlm, plan(5))),
        target: "wasm",
        layout: "text",
        sizes: Object.fromEntries(sizesOf(charlm)),
        updates: standing.updates,
      },
    };
    run = {
      data: { training: "book.txt", minCount: 1, skipBad: false },
      standing: { ...standing, history: standing.history.map((point) => ({ ...point })) },
    };
    saveCheckpoint(folder, saved);
    saveRun(folder, { ...saved, run });
    bytes = readFileSync(file);
  });

  test("weights, settings and where the run stands come back as they were", () => {
    expect(loadCheckpoint(folder)).toEqual(saved);
    expect(loadRun(folder)).toEqual({ ...saved, run });
    expect(JSON.parse(readFileSync(join(folder, "settings.json"), "utf8"))).toEqual({ ...saved.description, run });
  });

  /** What reading says of other bytes in the file: null where they are read. Anything but a UserError is a fault. */
  function refusal(content: Uint8Array): string | null {
    const broken = mkdtempSync(join(folder, "broken-"));
    writeFileSync(join(broken, "weights.safetensors"), content);
    try {
      loadCheckpoint(broken);
      return null;
    } catch (problem) {
      expect(problem).toBeInstanceOf(UserError);
      return problem instanceof Error ? problem.message : "";
    }
  }

  test("cut off anywhere, it is refused by name", () => {
    const cuts = [0, 5, 8, 100, bytes.length >> 1, bytes.length - 4, bytes.length - 1];
    for (const length of cuts)
      expect(refusal(bytes.subarray(0, length)), `${length} bytes`).toMatch(
        /weights\.safetensors: this is no safetensors/,
      );
  });

  test("with any byte of its header changed it is read or refused, never an internal error", () => {
    const header = 8 + Number(bytes.readBigUInt64LE(0));
    let refused = 0;
    for (let at = 0; at < header; at += 13) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x15;
      if (refusal(changed) !== null) refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
  });

  test("settings that are not JSON, and weights of another program, are refused", () => {
    const stored = (recurra: string): Buffer => {
      const header = Buffer.from(JSON.stringify({ __metadata__: recurra === "" ? {} : { recurra } }));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      return Buffer.concat([length, header]);
    };
    expect(refusal(stored(""))).toContain("these weights were not written by recurra");
    expect(refusal(stored('{"format": '))).toContain("the settings in its header");
    expect(refusal(stored('{"format": "another"}'))).toContain("the settings in its header are not as they should be");
  });
});

describe("writing", () => {
  let weights: Weights;
  beforeAll(async () => {
    ({ weights } = await train(wasm, charlm, plan(80)));
  });

  interface Wish {
    readonly prompt?: string;
    readonly length?: number;
    readonly temperature?: number;
    readonly seed?: number;
  }

  function text<T>(target: Target<T>, wish: Wish): Promise<string> {
    return written(target, charlm, weights, { prompt: "the ", length: 40, temperature: 1, seed: 1, ...wish });
  }

  test("the same seed writes the same text, another seed another", async () => {
    const first = await text(wasm, { seed: 3 });
    expect([...first]).toHaveLength(40);
    expect(await text(wasm, { seed: 3 })).toBe(first);
    expect(await text(wasm, { seed: 4 })).not.toBe(first);
  });

  test("at temperature 0, and just above, the likeliest symbol is written whatever the seed", async () => {
    const greedy = await text(wasm, { temperature: 0 });
    expect(await text(wasm, { temperature: 0, seed: 9 })).toBe(greedy);
    expect(await text(wasm, { temperature: 1e-7, seed: 9 })).toBe(greedy);
    expect(await text(reference, { temperature: 0 })).toBe(greedy);
  });

  test("the state is carried on: generated text as a prompt continues in the same way", async () => {
    const greedy = await text(reference, { temperature: 0 });
    for (const cut of [1, 7]) {
      const prompt = `the ${greedy.slice(0, cut)}`;
      expect(await text(reference, { prompt, length: 40 - cut, temperature: 0 })).toBe(greedy.slice(cut));
    }
  });

  test("a temperature below 0 is refused", async () => {
    await expect(text(cpu, { temperature: -1 })).rejects.toThrow("the temperature is -1, but it must be 0 or more");
  });

  test("symbols come as often as softmax of logits / temperature says; unknown never", () => {
    const size = 4;
    const words: Vocabulary = { kind: "char", symbols: ["a", "b", "c"], unknown: 3, start: null, end: null, size };
    const logits = [0, Math.log(2), Math.log(5), 100];
    const frequencies = (temperature: number): readonly number[] => {
      const draws = 8000;
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < draws; i++) {
        const token = sample(logits, writable(words), { temperature }, (i + 0.5) / draws);
        counts[token] = (counts[token] ?? 0) + 1;
      }
      return counts.map((each) => each / draws);
    };
    // Chances in equal steps: a frequency is off by one draw at most.
    expectNear(frequencies(1), [1 / 8, 2 / 8, 5 / 8, 0], 3);
    expectNear(frequencies(0.5), [1 / 30, 4 / 30, 25 / 30, 0], 3);
  });
});
