// The programs that train generated files: several processes or devices compute what one does with the joined batch.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors, type Tensor } from "../../src/checkpoint/safetensors.ts";
import { compile, type NumberArray } from "../../src/index.ts";
import { exportJax } from "../../src/export/jax/export.ts";
import { LANGUAGE as JAX } from "../../src/export/jax/module.ts";
import { exportPytorch } from "../../src/export/pytorch/export.ts";
import { LANGUAGE as PYTORCH } from "../../src/export/pytorch/module.ts";
import { prepare } from "../../src/export/source/prepare.ts";
import { expectClose } from "../ops/arrays.ts";
import { numbers } from "../library/models.ts";
import { hasPeer, runPython, type Peer } from "../support/python-peers.ts";
import { MODELS } from "../support/specs.ts";
import { caseOf, jobOf, trainingData } from "./python-cases.ts";

/** float32: sums of a batch are added in another order. */
const TOLERANCE = 1e-5;

/** Examples of different lengths: processes have unlike numbers of values, and their means must be weighted. */
const MODEL = "Translate";
const OPTIONS = ["data.safetensors", "--epochs", "3", "--batch", "4", "--rate", "0.05"];

/** Debian's PyTorch 1.13 on Python 3.11 does not start workers unless their output is redirected; `--tee` shows it all the same. */
const TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--redirects", "1", "--tee", "1"];

const root = mkdtempSync(join(tmpdir(), "recurra-train-"));
afterAll(() => rmSync(root, { recursive: true }));

async function write(peer: Peer): Promise<{ readonly folder: string; readonly loss: number }> {
  const folder = join(root, peer);
  mkdirSync(folder);
  const { definition } = MODELS.find(({ name }) => name === MODEL) ?? expect.fail(`no ${MODEL}`);
  const subject = caseOf("model", { definition, layout: "rows", isShipped: true }, { B: 4 });
  for (const file of await (peer === "pytorch" ? exportPytorch : exportJax)(subject.request))
    writeFileSync(join(folder, file.name), file.content);
  const job = jobOf(subject, prepare(subject.request, peer === "pytorch" ? PYTORCH : JAX), {
    isRagged: true,
    givesState: false,
  });
  writeFileSync(join(folder, "data.safetensors"), trainingData(job));
  return { folder, loss: job.expected.get("loss")?.data[0] ?? NaN };
}

/** The losses that a program prints, and the weights that it saves. */
async function trained(
  peer: Peer,
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly losses: readonly number[]; readonly weights: ReturnType<typeof readSafetensors>["tensors"] }> {
  const printed = await runPython(peer, args, { cwd: folder, env });
  const losses = [...printed.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
  const path = join(folder, "trained.safetensors");
  return { losses, weights: readSafetensors(readFileSync(path), path).tensors };
}

describe.each([
  ["pytorch", ["train_ddp.py", ...OPTIONS], [...TORCHRUN, "--nproc_per_node", "2", "train_ddp.py", ...OPTIONS], {}],
  [
    "jax",
    ["train.py", ...OPTIONS],
    ["train.py", ...OPTIONS],
    { XLA_FLAGS: "--xla_force_host_platform_device_count=2" },
  ],
] as const)("%s", (peer, alone, together, env) => {
  describe.skipIf(!hasPeer(peer))("training", { timeout: 300_000 }, () => {
    let found: Awaited<ReturnType<typeof write>> = { folder: "", loss: NaN };
    beforeAll(async () => {
      found = await write(peer);
    });

    test(`two ${peer === "jax" ? "devices" : "processes"} have the losses and weights of one within ${TOLERANCE}`, async () => {
      const one = await trained(peer, found.folder, alone);
      const two = await trained(peer, found.folder, together, env);
      expectClose([one.losses[0] ?? NaN], [found.loss], TOLERANCE, "the first loss");
      expect(one.losses[2]).toBeLessThan(one.losses[0] ?? NaN);
      expectClose(two.losses, one.losses, TOLERANCE, "losses");
      expect([...two.weights.keys()]).toEqual([...one.weights.keys()]);
      // Adam divides by the root of squares, which makes more of small differences.
      for (const [name, { data }] of one.weights) expectClose(two.weights.get(name)?.data ?? [], data, 1e-3, name);
    });
  });
});

const SETTINGS = `model Settings(H = 3) {
  input x: seq [2]
  target y: seq []
  param shift: [2] ~ uniform(-1, 1) frozen
  h = tanh(linear(x + shift, out = H))
  predict y from linear(h, out = [])
  train {
    optimizer adamw(decay = 0.1)
    scale lr 0.1 for h.*
    decay 0 for *.b
  }
}
`;

describe.each([
  ["pytorch", "train_ddp.py"],
  ["jax", "train.py"],
] as const)("%s", (peer, program) => {
  test.skipIf(!hasPeer(peer))(
    "frozen weights stay, and rates and decays are those of the spec",
    async () => {
      const folder = join(root, `settings-${peer}`);
      mkdirSync(folder);
      const model = await compile(SETTINGS, { target: "reference", seed: 5 });
      for (const { name, content } of await model.compile({ format: peer })) writeFileSync(join(folder, name), content);
      const [x, y] = [numbers("x", [6, 5, 2]), numbers("y", [6, 5])];
      const arrays = { x: f32(x), y: f32(y) };
      writeFileSync(
        join(folder, "data.safetensors"),
        writeSafetensors({ tensors: new Map(Object.entries(arrays)), metadata: {} }),
      );
      const before = await model.weights();
      const trainer = await model.trainer({ optimizer: { lr: 0.05 } });
      for (let epoch = 0; epoch < 4; epoch++) await trainer.update({ x, y });
      const { weights } = await trained(peer, folder, [
        program,
        "data.safetensors",
        "--epochs",
        "4",
        "--batch",
        "6",
        "--rate",
        "0.05",
      ]);
      expect([...(weights.get("shift")?.data ?? [])]).toEqual([...Float32Array.from(before.get("shift")?.data ?? [])]);
      // Adam in float32 against float64.
      for (const [name, { data }] of await model.weights())
        expectClose(weights.get(name)?.data ?? [], data, 1e-4, name);
      trainer.dispose();
      model.dispose();
    },
    120_000,
  );
});

function f32({ shape, data }: NumberArray): Tensor {
  return { dtype: "F32", shape, data: Float32Array.from(data) };
}
