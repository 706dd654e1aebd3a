// Incomplete or changed checkpoints are refused with a message, or can be used. CHECKPOINTS=3000 tries that many.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, CompileError, open, UserError, type Arrays, type CompiledModel } from "../../src/index.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { recurra, temporaryFolder } from "../support/command.ts";
import { tampered, tamperings, type Tampering } from "../support/checkpoints.ts";

const RUNS = Number(process.env["CHECKPOINTS"] ?? 150);
const TEXT = `use GRU from "cells"
  model M {
    input text: seq char[V]
    predict text[t+1] from linear(GRU(3)(embed(text, 3)), out = V)
  }`;
const ROWS = `use LSTM from "cells"
  model R(H = 2) {
    input x: seq [I]
    target l: seq label[C]
    predict l from linear(LSTM(H)(x), out = C)
  }`;

interface Kind {
  readonly bytes: Uint8Array;
  readonly arrays: Arrays;
}

async function kinds(): Promise<readonly Kind[]> {
  const text = await compile(TEXT, { texts: { V: "abc" }, target: "reference" });
  const rows = await compile(ROWS, { texts: { C: ["yes", "no"] }, sizes: { I: 2 }, target: "reference" });
  const cell = await compile('use GRU from "cells"', { set: { H: 2 }, sizes: { I: 2 }, target: "reference" });
  const x = [
    [1, 2],
    [3, 4],
  ];
  return Promise.all([
    text.checkpoint().then((bytes) => ({ bytes, arrays: { text: [0, 1, 2] } })),
    rows.checkpoint().then((bytes) => ({ bytes, arrays: { x, l: [0, 1] } })),
    cell.checkpoint().then((bytes) => ({ bytes, arrays: { x } })),
  ]);
}

/** What a user would do with it. */
async function use(model: CompiledModel, arrays: Arrays): Promise<void> {
  const attempts: readonly (() => unknown)[] = [
    () => model.run(arrays),
    () => model.generate({ length: 3 }),
    async () => (await model.trainer()).update(arrays),
    () => model.checkpoint(),
    () => model.inputs.map(({ name }) => model.vocabulary(name).decode([0])),
  ];
  for (const attempt of attempts) await inWords(attempt);
  model.dispose();
}

/** Passes what is told in words, and nothing else. */
async function inWords<R>(call: () => R): Promise<Awaited<R> | undefined> {
  try {
    return await call();
  } catch (problem) {
    if (problem instanceof UserError || problem instanceof CompileError) return undefined;
    throw problem;
  }
}

test(
  `${RUNS} that were changed are refused with a message, or can be used`,
  { timeout: 60_000 + 1000 * RUNS },
  async () => {
    const all = await kinds();
    let opened = 0;
    let slowest = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: all.length - 1 }), tamperings, async (kind, changes: readonly Tampering[]) => {
        const { bytes, arrays } = all[kind] ?? expect.fail();
        const start = performance.now();
        const changed = changes.reduce(tampered, bytes);
        const model = await inWords(() => open(changed, { target: "reference" }));
        if (model !== undefined) {
          opened += 1;
          await use(model, arrays);
        }
        slowest = Math.max(slowest, performance.now() - start);
      }),
      { numRuns: RUNS, seed: 10 },
    );
    expect(opened).toBeGreaterThan(0);
    if (process.env["CHECKPOINTS"] !== undefined)
      process.stdout.write(`${opened} of ${RUNS} were opened; the slowest took ${Math.round(slowest)} ms\n`);
  },
);

describe("one that is not whole", () => {
  /** The header's settings with something taken away. */
  async function without(change: (settings: Record<string, unknown>) => void): Promise<Uint8Array> {
    const model = await compile(TEXT, { texts: { V: "abc" } });
    const bytes = await model.checkpoint();
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header: { __metadata__: { recurra: string } } = JSON.parse(
      new TextDecoder().decode(bytes.slice(8, 8 + length)),
    );
    const settings: Record<string, unknown> = JSON.parse(header.__metadata__.recurra);
    change(settings);
    header.__metadata__.recurra = JSON.stringify(settings);
    const text = new TextEncoder().encode(JSON.stringify(header));
    const begin = new Uint8Array(8);
    new DataView(begin.buffer).setBigUint64(0, BigInt(text.length), true);
    return Uint8Array.from([...begin, ...text, ...bytes.slice(8 + length)]);
  }

  test("lacks a size: `open` and the command line name it", async () => {
    const bytes = await without((settings) => Object.assign(settings, { sizes: {} }));
    await expect(open(bytes)).rejects.toThrow(new UserError("the checkpoint: its header lacks the size V"));
    const folder = temporaryFolder();
    writeFileSync(join(folder, "weights.safetensors"), bytes);
    writeFileSync(join(folder, "book.txt"), "abcabc".repeat(100));
    const ended = await recurra("evaluate", folder, "--data", join(folder, "book.txt"));
    expect(ended.code).toBe(1);
    expect(ended.err).toContain(`${join(folder, "weights.safetensors")}: its header lacks the size V`);
  });

  test.each<readonly [string, unknown, string]>([
    ["a size that does not fit", { V: 7 }, "the size V is 7, but the vocabulary of `text` has 4"],
    ["a size that is no size", { V: 0.5 }, "the size V is 0.5, but the vocabulary of `text` has 4"],
  ])("has %s", async (_, sizes, message) => {
    const bytes = await without((settings) => Object.assign(settings, { sizes }));
    await expect(open(bytes)).rejects.toThrow(new UserError(message));
  });

  test("lacks a weight: it is refused", async () => {
    const model = await compile(TEXT, { texts: { V: "abc" } });
    const bytes = Buffer.from(await model.checkpoint());
    const name = Buffer.from('"text.b"');
    expect(bytes.includes(name)).toBe(true);
    bytes.write('"text.c"', bytes.indexOf(name));
    await expect(open(bytes)).rejects.toThrow(new UserError("the checkpoint: there are no weights for `text.b`"));
  });
});
