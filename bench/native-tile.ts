// The ceiling of native code on this machine: the tile of our products in C, repeated with packed operands in the first-level cache.
import { PRELUDE } from "../src/codegen/native/prelude.ts";
import { PANELS, PRODUCTS } from "../src/codegen/native/products.ts";
import { compiled, compilerHere } from "../src/targets/native/compiler.ts";
import { SHORT_REST, type Contestant } from "./contestant.ts";
import type { Ceiling } from "./tile.ts";

/**
 * `recurra_tiles(n)` runs the tile n times. Each thread has operands of its own, on its stack: memory of a thread in a library that is
 * loaded later is not aligned as it asks, and the tile ran at a third of its speed there.
 */
const TILES = String.raw`
#define DEPTH 128
#define ALIGNED __attribute__((aligned(64)))
void recurra_tiles(int n) {
  number a[TILE_ROWS * DEPTH] ALIGNED = {0}, panel[DEPTH * PANEL] ALIGNED = {0}, c[TILE_ROWS * PANEL] ALIGNED = {0};
  for (int time = 0; time < n; time++)
    tile_most_of_rows((const char *)a, 4 * DEPTH, (const char *)panel, (char *)c, 4 * PANEL, (const char *)c, 4 * PANEL, DEPTH);
}
int recurra_tile_flops(void) { return 2 * TILE_ROWS * PANEL * DEPTH; }
`;

const REPETITION = 10_000;

/** `ceiling-native-1t`, `ceiling-native-2t`, …, on `threads` threads at the same time; undefined without a C compiler or koffi. */
export async function nativeCeilingOn(threads: number): Promise<Ceiling | undefined> {
  const compiler = compilerHere();
  const koffi = await import("koffi").catch(() => undefined);
  if (compiler === null || koffi === undefined) return undefined;
  const [path = ""] = compiled([[PRELUDE, PANELS, PRODUCTS, TILES].join("\n")], compiler);
  const library = koffi.default.load(path);
  const tiles = library.func("void recurra_tiles(int n)");
  const tileFlops: number = library.func("int recurra_tile_flops(void)")();
  const once = (times: number): Promise<void> =>
    new Promise((resolve, reject) => {
      tiles.async(times * REPETITION, (error: unknown) => (error ? reject(new Error(String(error))) : resolve()));
    });
  const contestant: Contestant = {
    who: `ceiling-native-${threads}t`,
    threads,
    rest: SHORT_REST,
    first: async () => [],
    sample: async (times) => {
      const before = performance.now();
      await Promise.all(Array.from({ length: threads }, () => once(times)));
      return performance.now() - before;
    },
    dispose: async () => {},
  };
  return { kind: "native", contestant, flops: threads * REPETITION * tileFlops };
}
