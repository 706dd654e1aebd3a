// Running results along an axis, for functions that no op of the table uses yet: an op of this form needs only its row.
// Values are exact in float32, and so are their combinations.
import { describe, expect, test } from "vitest";
import { prefixKernel } from "../../src/codegen/wasm/prefix.ts";
import { itemsOf } from "../../src/codegen/wgsl/elements.ts";
import { Words } from "../../src/codegen/wgsl/words.ts";
import { kernelOps } from "../../src/kernel/ops.ts";
import type { PrefixWork } from "../../src/kernel/task.ts";
import { Trace as KernelTrace } from "../../src/kernel/trace.ts";
import { alongAxis, type NdArray } from "../../src/ops/nd.ts";
import type { Prefix } from "../../src/ops/tensor-ops.ts";
import { SCALARS } from "../../src/scalar/table.ts";
import { openDevice } from "../../src/targets/tfjs/device.ts";
import { tfjsOps } from "../../src/targets/tfjs/ops.ts";
import { read, Trace, type Slots } from "../../src/targets/tfjs/trace.ts";
import { running, SIMDS } from "../support/wasm.ts";

const COMBINED = [
  { combine: "add", identity: 0, values: [3, -1, 2, 0.5] },
  { combine: "mul", identity: 1, values: [2, -1, 0.5, 1] },
  { combine: "max", identity: -Infinity, values: [-3, -1, -2, 2, 1] },
  { combine: "min", identity: Infinity, values: [3, 1, 2, -2, -1] },
] as const;

const PREFIXES: readonly (Prefix & { readonly values: readonly number[] })[] = COMBINED.flatMap((each) =>
  [false, true].map((reverse) => ({ ...each, reverse })),
);

/** `[outer, n, inner]`: one element, lines of every remainder by four, and lengths that are not powers of two. */
const SHAPES = [
  [1, 1, 1],
  [2, 7, 1],
  [1, 8, 4],
  [3, 5, 6],
  [2, 13, 11],
] as const;

function operand(shape: readonly number[], values: readonly number[]): NdArray {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float64Array.from({ length: count }, (_, index) => values[index % values.length] ?? NaN) };
}

/** One element after the other, in float64. */
function expected(x: NdArray, { combine, identity, reverse }: Prefix): Float64Array {
  return alongAxis(x, 1, x.shape[1] ?? 0, (line, out) => {
    let total = identity;
    const order = [...line.keys()];
    for (const index of reverse ? order.reverse() : order) {
      total = SCALARS[combine].evaluate(total, line[index] ?? NaN);
      out[index] = total;
    }
  }).data;
}

describe.each(PREFIXES)("the running $combine, reverse: $reverse", ({ values, ...prefix }) => {
  test.each(SIMDS)("the kernel of WebAssembly is exact, %s SIMD", (simd) => {
    for (const [outer, n, inner] of SHAPES) {
      const x = operand([outer, n, inner], values);
      const work: PrefixWork = { name: "prefix", ...prefix, length: n, inner };
      const kernel = prefixKernel(simd, work);
      const run = running([kernel], 1);
      const [from, to] = [64, 64 + x.data.length];
      run.floats.set(x.data, from);
      new Int32Array(run.memory.buffer).set([4 * from, 4 * to, outer, n, inner]);
      run.floats[to + x.data.length] = 12345;
      run.call(kernel, 0);
      expect(Array.from(run.floats.subarray(to, to + x.data.length))).toEqual([...expected(x, prefix)]);
      expect(run.floats[to + x.data.length], "what lies behind is not written").toBe(12345);
    }
  });

  test.each(["cpu", "wasm"] as const)("tfjs is exact on %s", async (name) => {
    const device = await openDevice(name);
    for (const shape of SHAPES) {
      const x = operand(shape, values);
      const trace = new Trace(device);
      const y = tfjsOps(trace).prefix(trace.constant(Float32Array.from(x.data), shape), 1, prefix);
      const slots: Slots = [];
      for (const [slot, info] of trace.constants) slots[slot] = info;
      for (const { run } of trace.close()) run(slots);
      const tensor = device.toTensor(read(slots, y.slot));
      expect([...tensor.dataSync()]).toEqual([...expected(x, prefix)]);
    }
  });

  test("the shader combines by the scalar table's expression", () => {
    const trace = new KernelTrace();
    const x = trace.constant(new Float32Array(24), [2, 3, 4]);
    kernelOps(trace, () => expect.fail("not a product")).prefix(x, 1, prefix);
    const [task] = trace.close();
    const items = task?.kind === "kernel" ? itemsOf(task, new Words(() => 0)) : expect.fail("no kernel was recorded");
    expect(items.code).toContain(`total = ${SCALARS[prefix.combine].targets.wgsl.text("total", "value")};`);
    expect(items.code.includes("- 1 - j")).toBe(prefix.reverse);
  });
});
