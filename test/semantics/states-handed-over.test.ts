// `states = enc`: a cell that goes on from the last states of another application gives what it gives on both sequences joined.
import { describe, expect, test } from "vitest";
import { importedModule } from "../module/modules.ts";
import { expectGradient } from "../support/differences.ts";
import { floatOutputs, LAYOUTS, programFrom } from "../support/specs.ts";
import { compiled, TARGETS } from "../library/models.ts";

const WIRINGS = {
  cell: "LSTM(3)",
  stack: "stack(LSTM(3), 2, residual = true)",
  "from right to left": "reverse(LSTM(3))",
};

/** `go` on `a`, and from where that ends on `b`; and on the joined `whole`. */
const model = (wiring: string): string => `use LSTM from "cells"
model M {
  input a: seq [3]
  input b: seq [3]
  input whole: seq [3]
  go = ${wiring}
  from = go(a)
  on = go(b, states = from)
  output on
  output all = go(whole)
  target y: []
  predict y from linear(last(on), out = [])
}`;

const step = (row: number, t: number): number[] => [Math.sin(row + t), Math.cos(3 * t - row), Math.sin(2 * t * row)];
const steps = (row: number, from: number, to: number): number[][] =>
  Array.from({ length: to - from }, (_, t) => step(row, from + t));

/** Examples with each its own lengths of both parts. */
const PARTS = [[2, 5], [4, 5], [1, 4]] as const; // prettier-ignore

describe.each(TARGETS)("%s", (target) => {
  test.each(Object.entries(WIRINGS))(
    "%s: as on both sequences joined, each example at its own length",
    async (name, wiring) => {
      const isReverse = name.startsWith("from right");
      const taught = await compiled(model(wiring), { target, seed: 4 });
      const rows = PARTS.map(([middle, end], row) => ({
        a: isReverse ? steps(row, middle, end) : steps(row, 0, middle),
        b: isReverse ? steps(row, 0, middle) : steps(row, middle, end),
        whole: steps(row, 0, end),
      }));
      const found = await taught.predict(rows);
      found.forEach(({ on, all }, row) => {
        const [middle = 0, end = 0] = PARTS[row] ?? [];
        const expected = Array.isArray(all) ? all.slice(...(isReverse ? [0, middle] : [middle, end])) : [];
        const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.flat().map(Number) : []);
        expect(numbers(on).length).toBe(expected.flat().length);
        expect(numbers(on).length).toBeGreaterThan(0);
        numbers(on).forEach((value, at) => expect(value).toBeCloseTo(Number(expected.flat()[at]), 5));
      });
    },
  );
});

test("a bidirectional decoder begins each direction where the encoder's ended, also in a module", async () => {
  const text = `use GRU from "cells"
model M {
  input a: seq [3]
  input b: seq [3]
  enc = bidirectional(GRU(3))(a)
  dec = bidirectional(GRU(3))(b, states = enc)
  output dec
  output begun = concat(first(dec.forward), last(dec.backward))
}`;
  const named = text.replace(", states = enc", ", h = last(enc.forward)");
  const other = text.replace(", states = enc", ", h = first(enc.backward)");
  const models = await Promise.all([text, named, other].map((each) => compiled(each, { seed: 5 })));
  const rows = { a: steps(1, 0, 4), b: steps(2, 0, 3) };
  const [both, forward, backward] = await Promise.all(
    models.map(async (each) => [...((await each.run(rows))["begun"]?.data ?? [])]),
  );
  expect(both?.slice(0, 3)).toEqual(forward?.slice(0, 3));
  expect(both?.slice(3)).toEqual(backward?.slice(3));
  expect(both?.slice(3)).not.toEqual(forward?.slice(3));
  const module = await importedModule(models[0] ?? expect.fail());
  const { begun } = module.run(rows);
  [...(begun?.data ?? [])].forEach((value, at) => expect(value).toBeCloseTo(both?.[at] ?? NaN, 5));
});

describe.each(LAYOUTS)("gradients, %s", (_, options) => {
  test("as central differences", () => {
    const program = programFrom(model(WIRINGS.stack), options);
    expectGradient(program, floatOutputs(program));
  });
});

test("a translator learns and writes", async () => {
  const text = `use LSTM from "cells"
model T(E = 4, H = 6) {
  input source: seq char[S]
  target output: seq char[V]
  enc = stack(LSTM(H), 2)(embed(source, E))
  dec = stack(LSTM(H), 2)(embed(output[t-1], E), states = enc)
  predict output from linear(dec, out = V)
}`;
  const data = ["ab", "ba", "abb", "a"].map((source) => ({ source, output: [...source].reverse().join("") }));
  const taught = await compiled(text, { seed: 1, texts: { S: "ab", V: "ab" } });
  const { loss } = await taught.evaluate({ data });
  await taught.fit({ data, valid: false, epochs: 200, batch: 4, optimizer: { kind: "adam", lr: 0.02 } });
  expect((await taught.evaluate({ data })).loss).toBeLessThan(0.1 * loss);
  const written = await taught.predict(data.map(({ source }) => ({ source })));
  expect(written.map(({ output }) => output)).toEqual(data.map(({ output }) => output));
});
