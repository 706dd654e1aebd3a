// Golden values: files of inputs, outputs and gradients of a cell as another system computes them. Format: docs/golden-files.md.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";

const ARRAY = z.object({ shape: z.array(z.number().int().nonnegative()), data: z.array(z.number()) });
const ARRAYS = z.record(z.string(), ARRAY);

const GOLDEN = z.object({
  cell: z.string(),
  args: z.record(z.string(), z.number()).default({}),
  source: z.string().optional(),
  loss: z.string().optional(),
  wiring: z
    .object({
      layers: z.number().int().positive(),
      bidirectional: z.boolean(),
      reverse: z.boolean().optional(),
      residual: z.boolean().optional(),
    })
    .optional(),
  sizes: z.record(z.string(), z.number().int().nonnegative()),
  lengths: z.array(z.number().int().nonnegative()).nullish(),
  inputs: ARRAYS.default({}),
  memories: ARRAYS.default({}),
  memory_lengths: z.record(z.string(), z.array(z.number().int().nonnegative())).default({}),
  initial: ARRAYS.default({}),
  params: ARRAYS.default({}),
  output: ARRAY,
  final: ARRAYS.default({}),
  cotangent: ARRAY.optional(),
  grads: z
    .object({
      params: ARRAYS.default({}),
      inputs: ARRAYS.default({}),
      memories: ARRAYS.default({}),
      initial: ARRAYS.default({}),
    })
    .default({
      params: {},
      inputs: {},
      memories: {},
      initial: {},
    }),
});

export type Golden = z.infer<typeof GOLDEN>;
export type GoldenArray = z.infer<typeof ARRAY>;

/** Reads a golden file. Throws a UserError that names the key that is wrong. */
export function readGolden(text: string, path: string): Golden {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (problem) {
    throw new UserError(`${path}: this is no JSON: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
  const result = GOLDEN.safeParse(value);
  if (!result.success) throw new UserError(`${path}: this is no golden file:\n${z.prettifyError(result.error)}`);
  checkCounts(result.data, path);
  return result.data;
}

function checkCounts(golden: Golden, path: string): void {
  const { output, cotangent, inputs, memories, initial, params, final, grads } = golden;
  const all: readonly (readonly [string, GoldenArray])[] = [
    ["output", output],
    ...(cotangent === undefined ? [] : [["cotangent", cotangent] as const]),
    ...[inputs, memories, initial, params, final, grads.params, grads.inputs, grads.memories, grads.initial].flatMap(
      (arrays) => Object.entries(arrays),
    ),
  ];
  for (const [name, array] of all) {
    const expected = array.shape.reduce((product, size) => product * size, 1);
    if (array.data.length !== expected) {
      throw new UserError(
        `${path}: \`${name}\` has shape [${array.shape.join(", ")}], which is ${expected} numbers, but holds ${array.data.length}`,
      );
    }
  }
}
