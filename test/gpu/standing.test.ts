// Values that stay in a GPU's memory between runs: weights and slots of a training, over programs of several lengths, readings and faults.
// Over SwiftShader where there is no GPU.
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { hostWorkOf } from "../../bench/launches.ts";
import { shownOutput } from "../../src/lang/elaborate/predict.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import type { GpuValue } from "../../src/targets/tfjs/fused/values.ts";
import { DeviceState } from "../../src/train/device-state.ts";
import { Runner } from "../../src/train/runner.ts";
import type { Batch } from "../../src/train/source.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { expectResults, GRADIENT } from "../support/float32.ts";
import { gpuHere, heldOnGpu } from "../support/gpu-values.ts";
import { programFrom } from "../support/specs.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const SLOW = 120_000;

const SPEC = `use LSTM from "cells"
model M(H = 5) {
  input x: seq [3]
  target y: seq [2]
  h = LSTM(H)(x)
  predict y from linear(h, out = 2)
  output h
}
`;

const SHOWN = shownOutput("h");

function programOf(training: boolean): Program {
  return programFrom(SPEC, { ragged: false, training, states: "initial" });
}

function batchOf(T: number, B: number, fill = (index: number): number => Math.sin(index)): Batch {
  const array = (width: number): HostArray => {
    return {
      dtype: "float",
      shape: [T, B, width],
      data: Float32Array.from({ length: T * B * width }, (_, i) => fill(i)),
    };
  };
  const sizes = new Map([
    ["B", B],
    ["T", T],
    ["T.x", T],
  ]);
  return {
    arrays: new Map([
      ["x", array(3)],
      ["y", array(2)],
    ]),
    sizes,
    isFresh: true,
    tokens: T * B,
  };
}

function trainerOn<T>(target: Target<T>, weights?: DeviceState<T>): Trainer<T> {
  const settings = { optimizer: { kind: "adam", values: new Map([["lr", 0.01]]) }, clip: { norm: 1 } } as const;
  return new Trainer(programOf(true), target, {
    ...settings,
    seed: 1,
    sizes: new Map(),
    ...(weights === undefined ? {} : { weights }),
  });
}

/** Updates of three lengths, with an evaluation by the same weights between them. Returns all that was read. */
async function lesson<T>(target: Target<T>): Promise<ReadonlyMap<string, HostArray>> {
  const trainer = trainerOn(target);
  const runner = new Runner(programOf(false), target, { needed: [SHOWN], weights: trainer.weights, sizes: new Map() });
  const found = new Map<string, HostArray>();
  const losses: number[] = [];
  // The last program is larger than all before: memory is replaced while weights stand there.
  for (const [T, B] of [
    [3, 2],
    [4, 2],
    [3, 2],
    [2, 1],
    [40, 9],
  ] as const) {
    losses.push((await trainer.update(batchOf(T, B))).loss);
    found.set(`h after ${losses.length}`, (await runner.run(batchOf(T, B))).get(SHOWN) ?? expect.fail("no h"));
  }
  found.set("losses", { dtype: "float", shape: [losses.length], data: Float32Array.from(losses) });
  for (const [name, array] of await trainer.wholeSnapshot()) found.set(name, array);
  runner.dispose();
  trainer.dispose();
  return found;
}

describe.skipIf(!HAS_WEBGPU)("values that stand on a GPU", () => {
  let target: Target<GpuValue>;
  let told: readonly string[] = [];
  beforeAll(async () => {
    target = await webgpuTarget();
  }, SLOW);
  beforeEach(() => {
    told = [];
    vi.spyOn(process, "emitWarning").mockImplementation((sentence: string | Error) => {
      told = [...told, String(sentence)];
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  test("weights, slots and outputs are the reference's, and nothing is left", { timeout: SLOW }, async () => {
    const before = heldOnGpu();
    const got = await lesson(target);
    expect(heldOnGpu()).toEqual(before);
    expectResults(got, await lesson(referenceTarget()), () => GRADIENT);
  });

  test("an update makes no buffer and copies what is read, nothing else", { timeout: SLOW }, async () => {
    const trainer = trainerOn(target);
    // So many that each program reads weights in two places in turn.
    const lengths = [3, 4, 5];
    const updates = async (): Promise<void> => {
      for (const T of lengths) await trainer.update(batchOf(T, 2));
    };
    for (let time = 0; time < 3; time++) await updates();
    const before = heldOnGpu();
    const { calls } = await hostWorkOf(updates);
    expect(heldOnGpu()).toEqual(before);
    const count = (method: Parameters<typeof calls.get>[0]): number => (calls.get(method)?.count ?? 0) / lengths.length;
    expect([count("createBuffer"), count("createBindGroup"), count("createComputePipeline")]).toEqual([0, 0, 0]);
    // Loss and norm in one copy and one reading; data and settings are sent together, and the places of weights.
    expect([count("copyBufferToBuffer"), count("mapAsync"), count("clearBuffer")]).toEqual([1, 1, 0]);
    expect([count("writeBuffer"), count("submit")]).toEqual([2, 2]);
    trainer.dispose();
  });

  test("an update that is refused changes no bit, also after others", { timeout: SLOW }, async () => {
    const trainer = trainerOn(target);
    for (let update = 0; update < 2; update++) {
      await trainer.update(batchOf(3, 2));
      const before = await trainer.wholeSnapshot();
      expect(await trainer.update(batchOf(3, 2, () => NaN))).toMatchObject({ loss: NaN, isMade: false });
      expect(await trainer.wholeSnapshot()).toEqual(before);
    }
    expect(trainer.updates).toBe(2);
    trainer.dispose();
  });

  test("a value that is read keeps what it was, whatever runs meanwhile", { timeout: SLOW }, async () => {
    const trainer = trainerOn(target);
    await trainer.update(batchOf(3, 2));
    const before = await trainer.wholeSnapshot();
    const reading = trainer.wholeSnapshot();
    // At once, what is being read is given back, and a run writes to its places.
    for (const [name, { shape }] of trainer.weights.entries())
      trainer.weights.put(name, { dtype: "float", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
    const updating = trainer.update(batchOf(3, 2));
    expect(await reading).toEqual(before);
    await updating;
    trainer.dispose();
  });

  test("weights that are put count in the next update, and survive a trainer that does not own them", async () => {
    const weights = new DeviceState(target);
    const [one, other] = [trainerOn(target, weights), trainerOn(target)];
    await one.update(batchOf(3, 2));
    one.dispose();
    for (const [name, array] of await weights.downloadAll()) other.weights.put(name, array);
    const again = trainerOn(target, weights);
    expect(await again.update(batchOf(3, 2))).toEqual(await other.update(batchOf(3, 2)));
    expect(await again.snapshot()).toEqual(await other.snapshot());
    for (const each of [again, other, weights]) each.dispose();
  });

  test("a wait of slices that gives up is told with the loss, and the update is right", { timeout: SLOW }, async () => {
    const limits = { resident: 4, most: 256, memory: 16_384, look: "atomicLoad", looks: 0, slices: 4 } as const;
    const trainer = trainerOn(await webgpuTarget({ slices: limits }));
    const usual = trainerOn(await webgpuTarget({ slices: "off" }));
    const { calls } = await hostWorkOf(() => trainer.update(batchOf(6, 2)));
    expect(told).toHaveLength(1);
    expect(calls.get("mapAsync")?.count).toBe(1);
    await usual.update(batchOf(6, 2));
    expectResults(await trainer.wholeSnapshot(), await usual.wholeSnapshot(), () => GRADIENT);
    // From now on slices are not used.
    await trainer.update(batchOf(6, 2));
    expect(told).toHaveLength(1);
    for (const each of [trainer, usual]) each.dispose();
  });

  test("two outputs that are one value are disposed of each by itself", async () => {
    const { values } = gpuHere();
    const value = values.upload("float32", [3], Float32Array.of(1, 2, 3));
    values.send([value]);
    const other = values.alias(value);
    values.dispose(value);
    expect(await values.read(other)).toEqual(Float32Array.of(1, 2, 3));
    const before = gpuHere().memory.taken;
    values.dispose(other);
    expect(gpuHere().memory.taken).toBeLessThan(before);
  });
});
