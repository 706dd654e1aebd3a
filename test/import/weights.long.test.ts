// Round trips: weights of PyTorch and Keras into a spec, and out as ONNX, PyTorch and JAX source. Each station computes what the peer did,
// full and with lengths.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors, type Tensor } from "../../src/checkpoint/safetensors.ts";
import { importWeights } from "../../src/library/import-weights.ts";
import type { CompiledModel } from "../../src/library/types.ts";
import { HAS_ONNXRUNTIME, onnxSession, type Feeds, type Found } from "../support/onnxruntime.ts";
import { hasPeer, runPython, type Peer } from "../support/python-peers.ts";
import { arraysOf, compileSpec, expectSame, SPECS, TOLERANCE, weightsOf, type PeerArrays } from "./peer-cases.ts";

const folder = mkdtempSync(join(tmpdir(), "recurra-weights-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FORMS = ["full", "ragged"] as const;

async function imported(name: string, spec: string): Promise<CompiledModel> {
  const model = await compileSpec(spec);
  await importWeights(model, weightsOf(name));
  return model;
}

async function contentOf(model: CompiledModel, format: string, suffix: string): Promise<Uint8Array> {
  const files = await model.compile({ format, name: "model" });
  const content = files.find(({ name }) => name === `model${suffix}`)?.content;
  return content === undefined || typeof content === "string" ? expect.fail(`no model${suffix}`) : content;
}

function fed({ x, lengths }: PeerArrays, isRagged: boolean): Feeds {
  const { data } = x;
  const values = data instanceof Int32Array ? data : Float32Array.from(data);
  return new Map([
    ["x", { shape: x.shape, data: values }],
    ...(isRagged ? [["lengths", { shape: lengths.shape, data: Int32Array.from(lengths.data) }] as const] : []),
  ]);
}

function resultOf(found: Found): Tensor {
  const { shape, data } = found.get("y") ?? expect.fail("no y");
  return { dtype: "F32", shape, data: Float32Array.from(data) };
}

describe.skipIf(!HAS_ONNXRUNTIME)(`out as ONNX, in onnxruntime, within ${TOLERANCE}`, () => {
  test.each(SPECS)("%s", async (name, spec) => {
    const model = await imported(name, spec);
    const arrays = arraysOf(name);
    for (const form of FORMS) {
      const session = await onnxSession(await contentOf(model, "onnx", form === "full" ? ".onnx" : "-ragged.onnx"));
      const found = resultOf(await session.run(fed(arrays, form === "ragged")));
      expectSame(found, arrays[form], `${name}, ${form}`, form === "full" ? undefined : arrays.lengths.data);
    }
    model.dispose();
  });

  test.each(SPECS)("%s, and in again from the ONNX file", async (name, spec) => {
    const model = await imported(name, spec);
    const again = await compileSpec(spec);
    await importWeights(again, await contentOf(model, "onnx", ".onnx"));
    const { x, full } = arraysOf(name);
    const found = await again.run({ x: { shape: x.shape, data: x.data } });
    expectSame(found["y"] ?? expect.fail("no y"), full, name);
    model.dispose();
    again.dispose();
  });
});

/** Writes all specs as source with their jobs for `python-peer.py`, and runs them in one process. */
async function runSources(peer: Peer): Promise<string> {
  const own = join(folder, peer);
  mkdirSync(own);
  for (const [index, [name, spec]] of SPECS.entries()) {
    const place = join(own, String(index).padStart(2, "0"));
    mkdirSync(place);
    const model = await imported(name, spec);
    for (const file of await model.compile({ format: peer, name: "model" }))
      writeFileSync(join(place, file.name), file.content);
    model.dispose();
    const { x, lengths } = arraysOf(name);
    for (const form of FORMS) {
      const isRagged = form === "ragged";
      const given = new Map([["arg.x", x], ...(isRagged ? [["arg.lengths", lengths] as const] : [])]);
      const job = {
        hasLoss: false,
        forward: ["x"],
        lengths: isRagged ? ["lengths"] : [],
        outputs: ["y"],
        hasState: false,
      };
      writeFileSync(join(place, `${form}.json`), JSON.stringify(job));
      writeFileSync(join(place, `${form}.in.safetensors`), writeSafetensors({ tensors: given, metadata: {} }));
    }
  }
  await runPython(peer, ["test/export/python-peer.py", peer, own]);
  return own;
}

describe.each(["pytorch", "jax"] as const)("out as source of %s", (peer) => {
  describe.skipIf(!hasPeer(peer))(`within ${TOLERANCE}`, () => {
    let own = "";
    beforeAll(async () => {
      own = await runSources(peer);
    }, 600_000);

    test.each(SPECS.map(([name], index) => [name, index] as const))("%s", (name, index) => {
      const arrays = arraysOf(name);
      for (const form of FORMS) {
        const path = join(own, String(index).padStart(2, "0"), `${form}.out.safetensors`);
        const found = readSafetensors(readFileSync(path), path).tensors.get("output.y");
        const lengths = form === "full" ? undefined : arrays.lengths.data;
        expectSame(found ?? expect.fail("no y"), arrays[form], `${name}, ${form}`, lengths);
      }
    });
  });
});

describe.each(["pytorch", "keras"] as const)("the golden files of %s", (system) => {
  const peer = system === "keras" ? "jax" : system;
  const specs = SPECS.filter(([name]) => name.startsWith(system));
  describe.skipIf(!hasPeer(peer))("written anew", () => {
    const own = join(folder, `${system}-now`);
    beforeAll(async () => {
      await runPython(peer, ["test/import/peers.py", system, own]);
    }, 600_000);

    test.each(specs)("%s is what was written before", (name) => {
      expect(weightsOf(name, own)).toEqual(weightsOf(name));
      const [now, before] = [arraysOf(name, own), arraysOf(name)];
      for (const form of FORMS) expectSame(now[form], before[form], `${name}, ${form}`);
    });

    // ONNX has no operator for a projection.
    const exported = specs.filter(([name]) => system === "pytorch" && name !== "pytorch-projection");
    test.each(exported)("%s, from the file of the system's own ONNX exporter", async (name, spec) => {
      const model = await compileSpec(spec);
      await importWeights(model, new Uint8Array(readFileSync(join(own, `${name}.onnx`))));
      const { x, full } = arraysOf(name);
      const found = await model.run({ x: { shape: x.shape, data: x.data } });
      expectSame(found["y"] ?? expect.fail("no y"), full, name);
      model.dispose();
    });
  });
});
