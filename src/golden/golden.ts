// Golden files: inputs, outputs and gradients of a cell or a model as another system computed them. Format: docs/golden-files.md.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";

const COUNT = z.number().int().nonnegative();
const SHAPE = z.array(COUNT);
const ARRAY = z.object({ shape: SHAPE, data: z.array(z.number()) });
const ARRAYS = z.record(z.string(), ARRAY);
/** An input or target: numbers, or symbols of a vocabulary. */
const DATA = z.object({ shape: SHAPE, data: z.union([z.array(z.number()), z.array(z.string())]) });
const ALL_DATA = z.record(z.string(), DATA);
const LENGTHS = z.array(COUNT);

const VOCABULARY = z.union([
  z.object({ symbols: z.array(z.string()).min(1), start: COUNT.optional() }),
  z.object({ size: z.number().int().positive(), start: COUNT.optional() }),
]);

const COMMON = {
  args: z.record(z.string(), z.number()).default({}),
  source: z.string().optional(),
  vocabularies: z.record(z.string(), VOCABULARY).default({}),
  inputs: ALL_DATA.default({}),
  params: ARRAYS.default({}),
};

const CELL = z.object({
  ...COMMON,
  cell: z.string(),
  loss: z.string().optional(),
  wiring: z
    .object({
      layers: z.number().int().positive(),
      bidirectional: z.boolean(),
      reverse: z.boolean().optional(),
      residual: z.boolean().optional(),
    })
    .optional(),
  sizes: z.record(z.string(), COUNT),
  lengths: LENGTHS.nullish(),
  memories: ALL_DATA.default({}),
  memory_lengths: z.record(z.string(), LENGTHS).default({}),
  initial: ARRAYS.default({}),
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
    .default({ params: {}, inputs: {}, memories: {}, initial: {} }),
});

const MODEL = z.object({
  ...COMMON,
  model: z.string(),
  lengths: z.union([LENGTHS, z.record(z.string(), LENGTHS)]).nullish(),
  targets: ALL_DATA.default({}),
  loss: z.number().optional(),
  outputs: ARRAYS.default({}),
  grads: z.object({ params: ARRAYS.default({}), inputs: ARRAYS.default({}) }).default({ params: {}, inputs: {} }),
});

export type CellGolden = { readonly kind: "cell" } & z.infer<typeof CELL>;
export type ModelGolden = { readonly kind: "model" } & z.infer<typeof MODEL>;
export type Golden = CellGolden | ModelGolden;
export type GoldenArray = z.infer<typeof ARRAY>;
export type GoldenData = z.infer<typeof DATA>;
export type GoldenVocabulary = z.infer<typeof VOCABULARY>;

/** Reads a golden file. Throws a UserError that names the key that is wrong. */
export function readGolden(text: string, path: string): Golden {
  const value = parsed(text, path);
  const isModel = typeof value === "object" && value !== null && "model" in value;
  if (isModel && "cell" in value)
    throw new UserError(`${path}: a golden file is for a cell or for a model, but this one names both`);
  return isModel ? readModel(value, path) : readCell(value, path);
}

/** The name of the cell or model. */
export function nameOf(golden: Golden): string {
  return golden.kind === "cell" ? golden.cell : golden.model;
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (problem) {
    throw new UserError(`${path}: this is not JSON: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

function readCell(value: unknown, path: string): CellGolden {
  const cell = validated(CELL, value, path);
  const { output, cotangent, inputs, memories, initial, params, final, grads } = cell;
  checkCounts([{ output, ...(cotangent !== undefined && { cotangent }) }, inputs, memories, initial, params], path);
  checkCounts([final, grads.params, grads.inputs, grads.memories, grads.initial], path);
  return { kind: "cell", ...cell };
}

function readModel(value: unknown, path: string): ModelGolden {
  const model = validated(MODEL, value, path);
  const { inputs, targets, params, loss, outputs, grads } = model;
  checkCounts([inputs, targets, params, outputs, grads.params, grads.inputs], path);
  const hasValues = [outputs, grads.params, grads.inputs].some((arrays) => Object.keys(arrays).length > 0);
  if (loss === undefined && !hasValues)
    throw new UserError(`${path}: there is nothing to compare: add \`loss\`, \`outputs\` or \`grads\``);
  return { kind: "model", ...model };
}

function validated<V>(schema: z.ZodType<V>, value: unknown, path: string): V {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UserError(`${path}: this is not a golden file:\n${z.prettifyError(result.error)}`);
}

function checkCounts(groups: readonly Readonly<Record<string, GoldenData>>[], path: string): void {
  for (const [name, { shape, data }] of groups.flatMap((group) => Object.entries(group))) {
    const expected = shape.reduce((product, size) => product * size, 1);
    if (data.length === expected) continue;
    throw new UserError(
      `${path}: \`${name}\` has shape [${shape.join(", ")}], which is ${expected} values, but it has ${data.length}`,
    );
  }
}
