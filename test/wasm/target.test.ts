// The target wasm: every shipped cell and model, forward and gradient, within float32 of the reference; nothing left behind.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { HostArray } from "../../src/targets/target.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { unrolling } from "../../src/targets/unrolling.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { resultsOn, sizesOf, valuesFor } from "../support/run.ts";
import { CELLS, LAYOUTS, MODELS, requestFor, shippedProgram } from "../support/specs.ts";

/** float32 against float64: ARCHITECTURE.md, "Numbers". */
const FORWARD = 1e-5;
const GRADIENT = 1e-4;

function expectClose(got: ReadonlyMap<string, HostArray>, expected: ReadonlyMap<string, HostArray>): void {
  expect([...got.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data, shape }] of expected) {
    const other = got.get(name) ?? expect.fail(`no ${name}`);
    expect(other.shape, name).toEqual(shape);
    const scale = Math.max(1e-3, ...Array.from(data, Math.abs));
    const bound = scale * (name.startsWith("grad.") ? GRADIENT : FORWARD);
    data.forEach((value, index) => {
      const isNear = Math.abs(value - (other.data[index] ?? NaN)) <= bound || Object.is(value, other.data[index]);
      expect(isNear, `${name}[${index}]: ${other.data[index]} instead of ${value}`).toBe(true);
    });
  }
}

const reference = referenceTarget();
/** As it is, with the other instructions, and with more threads than examples. */
const WAYS = [{}, { simd: "plain", threads: 1 }, { threads: 2, sharedFrom: 0 }, { threads: 5, sharedFrom: 0 }] as const;
const alone = await wasmTarget({ threads: 1 });

describe.each(WAYS)(`%j: within ${FORWARD}, gradients ${GRADIENT}, of the reference`, async (way) => {
  const wasm = await wasmTarget(way);
  for (const [layout, options] of LAYOUTS) {
    for (const { name, definition } of [...CELLS, ...MODELS]) {
      test(`${name}, ${layout}`, async () => {
        const program = shippedProgram(definition, options);
        const isModel = definition.definition.kind === "model";
        const graph = lower(program.graph, requestFor(program, [isModel ? "loss" : "output"]));
        const sizes = sizesOf(graph);
        const inputs = valuesFor(graph, sizes);
        const results = await resultsOn(wasm, graph, inputs, sizes);
        expectClose(results, await resultsOn(reference, graph, inputs, sizes));
        if (!("simd" in way)) expect(results).toEqual(await resultsOn(alone, graph, inputs, sizes));
      });
    }
  }
});

describe("memory", () => {
  const { definition } = CELLS.find(({ name }) => name === "LSTM") ?? expect.fail("no LSTM");
  const program = shippedProgram(definition, LAYOUTS[0][1]);
  const graph = lower(program.graph, requestFor(program, ["output"]));

  test("nothing is left behind from run to run, nor over more lengths than are kept", () => {
    const executable = alone.compile(graph);
    const runOnce = (T: number): void => {
      const sizes = new Map([...sizesOf(graph), ["T", T] as const]);
      const given = [...valuesFor(graph, sizes)].map(
        ([name, { shape, data }]) => [name, alone.upload({ dtype: "float", shape, data })] as const,
      );
      executable.run(new Map(given), sizes).forEach((tensor) => alone.dispose(tensor));
      given.forEach(([, tensor]) => alone.dispose(tensor));
    };
    for (let T = 0; T < 130; T++) runOnce(T);
    const before = alone.used();
    for (let T = 66; T < 130; T++) runOnce(T);
    expect(alone.used()).toBe(before);
  });

  const UNROLLINGS = ["none", "full", 2] as const;
  test.each(UNROLLINGS)("what is prepared for some sizes is what runs with them, unrolled by %s", (choice) => {
    const target = unrolling(alone, choice);
    const sizes = new Map([...sizesOf(graph), ["T", 5] as const]);
    const given = [...valuesFor(graph, sizes)].map(
      ([name, { shape, data }]) => [name, target.upload({ dtype: "float", shape, data })] as const,
    );
    const usedAfterRun = (executable: ReturnType<typeof target.compile>): number => {
      executable.run(new Map(given), sizes).forEach((tensor) => target.dispose(tensor));
      return alone.used();
    };
    // Another's run makes room for temporaries, which all share.
    const before = usedAfterRun(target.compile(graph));
    const executable = target.compile(graph);
    executable.prepare?.(sizes);
    const prepared = alone.used();
    expect(prepared).toBeGreaterThan(before);
    expect(usedAfterRun(executable)).toBe(prepared);
    given.forEach(([, tensor]) => target.dispose(tensor));
  });

  test("a length of 0 gives empty sequences and the first states", async () => {
    const sizes = new Map([...sizesOf(graph), ["T", 0] as const]);
    const inputs = valuesFor(graph, sizes);
    expectClose(await resultsOn(alone, graph, inputs, sizes), await resultsOn(reference, graph, inputs, sizes));
  });

  test("widths of one, and examples of one, of none and of many", async () => {
    for (const more of [{ H: 1, I: 1 }, { B: 1 }, { B: 0 }, { B: 19, H: 33, I: 17, T: 5 }, { B: 16, H: 16, I: 16 }]) {
      const sizes = new Map([...sizesOf(graph), ...Object.entries(more)]);
      const inputs = valuesFor(graph, sizes);
      expectClose(await resultsOn(alone, graph, inputs, sizes), await resultsOn(reference, graph, inputs, sizes));
    }
  });
});
