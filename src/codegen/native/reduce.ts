// Sums, greatest and smallest elements over some axes of a strided array, in C. Arguments as those of src/codegen/wasm/reduce.ts.
import type { ReduceAccess } from "../../kernel/kernels.ts";
import type { Reduction } from "../../kernel/task.ts";
import { range } from "../wasm/arithmetic.ts";
import { indented, repeated, type NativeKernel } from "./kernel.ts";

interface Form {
  readonly kept: number;
  readonly reduced: number;
  readonly combine: (a: string, b: string) => string;
  readonly identity: string;
  readonly ofLanes: string;
}

const COMBINE = {
  sum: (a: string, b: string) => `${a} + ${b}`,
  max: (a: string, b: string) => `max_(${a}, ${b})`,
  min: (a: string, b: string) => `min_(${a}, ${b})`,
} as const;
const IDENTITY = { sum: "0", max: "-__builtin_inff()", min: "__builtin_inff()" } as const;

/** Over the lanes of a vector. */
const OF_LANES = { sum: "sum_of", max: "largest_of", min: "smallest_of" } as const;

/** Vectors that `across` reduces at once, and sums that `along` keeps. */
const SUMS = 4;

export function reduceKernel(reduction: Reduction, kept: number, reduced: number, access: ReduceAccess): NativeKernel {
  const [combine, identity, ofLanes] = [COMBINE[reduction], IDENTITY[reduction], OF_LANES[reduction]];
  const form = { kept, reduced, combine, identity, ofLanes };
  const inner = { across, along, apart }[access](form);
  const outer = access === "across" ? kept - 1 : kept;
  const text = (name: string): string =>
    [
      `static void ${name}(char *memory, const int32_t *w) {`,
      ...indented(["char *from = place(memory, w[0]), *to = place(memory, w[1]);", ...overKept(form, 0, outer, inner)]),
      "}",
      "",
    ].join("\n");
  return { kind: "generated", text };
}

const size = (axis: number): string => `w[${2 + axis}]`;
const sourceStride = ({ kept, reduced }: Form, axis: number): string => `w[${2 + kept + reduced + axis}]`;
const targetStride = ({ kept, reduced }: Form, axis: number): string => `w[${2 + 2 * (kept + reduced) + axis}]`;

/** Loops over the kept axes; `inner` finds its addresses in `from` and `to`. */
function overKept(form: Form, axis: number, last: number, inner: readonly string[]): readonly string[] {
  if (axis === last) return ["{", ...indented(inner), "}"];
  return [
    `char *from${axis} = from, *to${axis} = to;`,
    ...repeated(`i${axis}`, size(axis), [
      `char *from = from${axis}, *to = to${axis};`,
      ...overKept(form, axis + 1, last, inner),
      `from${axis} += ${sourceStride(form, axis)};`,
      `to${axis} += ${targetStride(form, axis)};`,
    ]),
  ];
}

/** Loops over reduced axes; `visit` finds its address in `at`. */
function overReduced(form: Form, axis: number, last: number, visit: readonly string[]): readonly string[] {
  const inside = axis === last ? visit : ["{", ...indented(overReduced(form, axis + 1, last, visit)), "}"];
  return [
    `const char *from${axis} = ${axis === form.kept ? "from" : `from${axis - 1}`};`,
    ...repeated(`i${axis}`, size(axis), [
      ...(axis === last ? [`const char *at = from${axis};`] : []),
      ...inside,
      `from${axis} += ${sourceStride(form, axis)};`,
    ]),
  ];
}

/** Many elements of the last kept axis at once. */
function across(form: Form): readonly string[] {
  const { kept, reduced, combine, identity } = form;
  const chunk = (vectors: number): readonly string[] => [
    ...range(vectors).map((index) => `vec s${index} = splat(${identity});`),
    "{",
    ...indented(
      overReduced(
        form,
        kept,
        kept + reduced - 1,
        range(vectors).map((index) => `s${index} = ${combine(`s${index}`, `load(at + ${index} * BYTES)`)};`),
      ),
    ),
    "}",
    ...range(vectors).map((index) => `store(to + ${index} * BYTES, s${index});`),
    `from += ${vectors} * BYTES;`,
    `to += ${vectors} * BYTES;`,
  ];
  const part = [
    `vec s = splat(${identity});`,
    ...overReduced(form, kept, kept + reduced - 1, [`s = ${combine("s", `load_part(at, n, ${identity})`)};`]),
    "store_part(to, s, n);",
  ];
  return [
    `long n = ${size(kept - 1)};`,
    `for (; n >= ${SUMS} * W; n -= ${SUMS} * W) {`,
    ...indented(chunk(SUMS)),
    "}",
    "for (; n >= W; n -= W) {",
    ...indented(chunk(1)),
    "}",
    "if (n > 0) {",
    ...indented(part),
    "}",
  ];
}

/** The last reduced axis in vectors. Each element has its sum and lane by its place: neutral values behind a line do not change its sum. */
function along(form: Form): readonly string[] {
  const { kept, reduced, combine, identity, ofLanes } = form;
  const line = [
    `long n = ${size(kept + reduced - 1)};`,
    `for (; n >= ${SUMS} * W; n -= ${SUMS} * W, at += ${SUMS} * BYTES) {`,
    ...indented(range(SUMS).map((index) => `s${index} = ${combine(`s${index}`, `load(at + ${index} * BYTES)`)};`)),
    "}",
    ...range(SUMS).flatMap((index) => [
      `if (n > 0) s${index} = ${combine(`s${index}`, `(n < W ? load_part(at, n, ${identity}) : load(at))`)};`,
      "n -= W;",
      "at += BYTES;",
    ]),
  ];
  const lines = reduced === 1 ? ["const char *at = from;", ...line] : overReduced(form, kept, kept + reduced - 2, line);
  return [
    ...range(SUMS).map((index) => `vec s${index} = splat(${identity});`),
    "{",
    ...indented(lines),
    "}",
    `vec s = ${combine(`(${combine("s0", "s1")})`, `(${combine("s2", "s3")})`)};`,
    `*(number *)to = ${ofLanes}(s);`,
  ];
}

/** One element after the other. */
function apart(form: Form): readonly string[] {
  const { kept, reduced, combine, identity } = form;
  return [
    `vec s = splat(${identity});`,
    ...overReduced(form, kept, kept + reduced - 1, [`s = ${combine("s", "splat(one(at))")};`]),
    "*(number *)to = s[0];",
  ];
}
