// The engine on the memory of a host program: blocks come from the host's allocator, all are returned, and the memory may be shared.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { nameOfInput } from "../../src/graph/node.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { WasmEngine } from "../../src/targets/wasm/engine.ts";
import { compileFor } from "../../src/lists/executable.ts";
import { GuestHeap } from "../../src/lists/heap.ts";
import { tensorOf } from "../../src/lists/tensor.ts";
import { named, resultsOn, sizesOf, valuesFor } from "../support/run.ts";
import { LAYOUTS, requestFor, shippedNamed, shippedProgram } from "../support/specs.ts";

/** float32 against float64. */
const TOLERANCE = 1e-4;
const PAGE = 65536;

/** Gives one piece after the other, at addresses as odd as an allocator in C may choose, and counts those that are out. */
function growing(memory: WebAssembly.Memory): {
  malloc(bytes: number): number;
  free(address: number): void;
  out: Set<number>;
} {
  let end = 1000;
  const out = new Set<number>();
  return {
    out,
    malloc: (bytes) => {
      const address = end;
      end += Math.ceil(bytes / 8) * 8;
      while (end > memory.buffer.byteLength) memory.grow(1);
      out.add(address);
      return address;
    },
    free: (address) => void expect(out.delete(address), `${address} was given`).toBe(true),
  };
}

const MEMORIES = [
  ["memory without a limit", { initial: 16 }],
  ["memory with a limit of its own", { initial: 16, maximum: 200 }],
  ["shared memory", { initial: 16, maximum: PAGE, shared: true }],
] as const;

describe.each(MEMORIES)("%s", (_, descriptor) => {
  test("an LSTM and its gradient are right, and all memory is returned in the end", async () => {
    const memory = new WebAssembly.Memory(descriptor);
    const allocator = growing(memory);
    const heap = new GuestHeap(memory, allocator);
    const engine = WasmEngine.inside(heap);
    expect(heap.isShared).toBe("shared" in descriptor);
    const program = shippedProgram(shippedNamed("LSTM"), LAYOUTS[0][1]);
    const graph = lower(program.graph, requestFor(program, ["output"]));
    const sizes = new Map([...sizesOf(graph), ["T", 40] as const, ["H", 20] as const]);
    const values = valuesFor(graph, sizes);
    const given = new Map(
      graph.inputs().map((node) => {
        const name = nameOfInput(node);
        const { shape, data } = named(values, name);
        const tensor = tensorOf(heap, "float32", shape);
        heap.floats(tensor.address, data.length).set(data);
        return [name, tensor] as const;
      }),
    );
    const executable = compileFor(engine, graph, (kind, shape) => tensorOf(heap, kind, shape));
    const results = executable.run(given, sizes);
    const expected = await resultsOn(referenceTarget(), graph, values, sizes);
    for (const [name, { address, shape }] of results) {
      const { data } = expected.get(name) ?? expect.fail(`no ${name}`);
      expect(shape).toEqual(expected.get(name)?.shape);
      const bound = TOLERANCE * Math.max(1e-3, ...Array.from(data, Math.abs));
      heap.floats(address, data.length).forEach((value, index) => {
        expect(Math.abs(value - (data[index] ?? NaN)), `${name}[${index}]`).toBeLessThanOrEqual(bound);
      });
    }
    expect(heap.used).toBeGreaterThan(0);
    [...given.values(), ...results.values()].forEach((tensor) => tensor.dispose());
    executable.dispose();
    expect([heap.used, allocator.out.size]).toEqual([0, 0]);
  });
});

test("blocks are aligned for vectors, whatever the allocator returns", () => {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const heap = new GuestHeap(memory, growing(memory));
  for (const bytes of [1, 100, 4096]) expect(heap.allocate(bytes).address % 64).toBe(0);
});

test("a full memory is reported in one sentence", () => {
  const heap = new GuestHeap(new WebAssembly.Memory({ initial: 1 }), { malloc: () => 0, free: () => {} });
  expect(() => heap.allocate(10)).toThrow("the memory has no room for 10 bytes more");
});
