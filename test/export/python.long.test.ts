// The formats `pytorch` and `jax`: every shipped spec and every wiring, as its Python file, computes what the reference does.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/checkpoint/safetensors.ts";
import { exportJax } from "../../src/export/jax/export.ts";
import { LANGUAGE as JAX } from "../../src/export/jax/module.ts";
import { exportPytorch } from "../../src/export/pytorch/export.ts";
import { LANGUAGE as PYTORCH } from "../../src/export/pytorch/module.ts";
import { prepare } from "../../src/export/source/prepare.ts";
import { expectClose } from "../ops/arrays.ts";
import { hasPeer, runPython, type Peer } from "../support/python-peers.ts";
import { caseOf, jobOf, type Job } from "./python-cases.ts";
import { formsOf, FORWARD, GRADIENT, subjects } from "./subjects.ts";

const SUBJECTS = subjects();

const folders = new Map<Peer, string>();

/** Writes all cases, and runs them in one process: a start of PyTorch or JAX takes seconds. */
async function runAll(peer: Peer): Promise<ReadonlyMap<string, ReadonlyMap<string, Job>>> {
  const folder = mkdtempSync(join(tmpdir(), `recurra-${peer}-`));
  folders.set(peer, folder);
  const jobs = new Map<string, ReadonlyMap<string, Job>>();
  for (const subject of SUBJECTS) {
    const { name } = subject;
    const own = join(folder, name.replaceAll(" ", "-"));
    mkdirSync(own);
    const each = caseOf("model", subject);
    const files = await (peer === "pytorch" ? exportPytorch : exportJax)(each.request);
    for (const file of files) writeFileSync(join(own, file.name), file.content);
    const prepared = prepare(each.request, peer === "pytorch" ? PYTORCH : JAX);
    const made = formsOf(subject, prepared.functions.states.length > 0).map(
      ([form, value]) => [form, jobOf(each, prepared, value)] as const,
    );
    for (const [form, job] of made) {
      writeFileSync(join(own, `${form}.json`), job.description);
      writeFileSync(join(own, `${form}.in.safetensors`), job.given);
    }
    jobs.set(name, new Map(made));
  }
  await runPython(peer, ["test/export/python-peer.py", peer, folder]);
  return jobs;
}

function expectResults(folder: string, form: string, job: Job): void {
  const failed = join(folder, `${form}.error`);
  if (existsSync(failed)) expect.fail(`${form}: ${readFileSync(failed, "utf8")}`);
  const path = join(folder, `${form}.out.safetensors`);
  const { tensors } = readSafetensors(readFileSync(path), path);
  const outputsFirst = [...job.expected].toSorted(
    ([a], [b]) => Number(a.startsWith("grad.")) - Number(b.startsWith("grad.")),
  );
  for (const [name, { shape, data }] of outputsFirst) {
    const found = tensors.get(name) ?? expect.fail(`${form}: no ${name} among ${[...tensors.keys()].join(", ")}`);
    expect(found.shape, `${form}: shape of ${name}`).toEqual(shape);
    const isGradient = name.startsWith("grad.");
    const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const tolerance = isGradient ? (GRADIENT * Math.max(scale, 0.01)) / scale : FORWARD;
    expectClose(found.data, data, tolerance, `${form}: ${name}`);
  }
}

describe.each(["pytorch", "jax"] as const)("%s", (peer) => {
  describe.skipIf(!hasPeer(peer))(`outputs within ${FORWARD} of the reference, gradients within ${GRADIENT}`, () => {
    let jobs: ReadonlyMap<string, ReadonlyMap<string, Job>> = new Map();
    beforeAll(async () => {
      jobs = await runAll(peer);
    }, 1_200_000);

    test.each(SUBJECTS.map(({ name }) => name))("%s", (name) => {
      const folder = join(folders.get(peer) ?? "", name.replaceAll(" ", "-"));
      for (const [form, job] of jobs.get(name) ?? expect.fail("no job")) expectResults(folder, form, job);
    });
  });
});

afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true });
});
