// Masks by the lengths of examples, and what is put in the place of padding. See src/ops/rows/ragged.ts and leaf.ts for what they mean.
import { fail } from "../../base/invariant.ts";
import { multiply } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import { cast, rangeOf, unsqueezed, type OpContext } from "./op-context.ts";
import type { Region } from "./region.ts";

/** `[T, B]`, or `[B, T]` for a memory, with axes of size 1 behind; without lengths `[T]`. */
export function writeMask(context: OpContext<"mask">): string {
  const { attributes, result, types, region, operands } = context;
  const isMemory = attributes.memory === true;
  const [time] = attributes.dims;
  const steps = rangeOf(context, time);
  const hasBatch = (types[0]?.axes.length ?? 0) > 0;
  const line = hasBatch ? unsqueezed(region, steps, [isMemory ? 0 : 1]) : steps;
  const total = context.sizes.scalar(time);
  const given = operands[0] === undefined ? total : cast(region, operands[0], "int64");
  const length = hasBatch ? unsqueezed(region, given, [isMemory ? 1 : 0]) : given;
  const marks = cast(region, marked(context, { line, length, total }), "float");
  const rank = hasBatch ? 2 : 1;
  const behind = Array.from({ length: result.axes.length - rank }, (_, index) => rank + index);
  return unsqueezed(region, marks, behind);
}

interface Steps {
  readonly line: string;
  readonly length: string;
  /** How many steps the longest example has. */
  readonly total: string;
}

function marked({ attributes, region }: OpContext<"mask">, { line, length, total }: Steps): string {
  const number = (value: number): string => region.int64(value);
  const before = (count: string): string => region.node("Less", [line, count]);
  switch (attributes.which) {
    case "real":
      return before(region.node("Sub", [length, number(attributes.drop ?? 0)]));
    case "last":
      return region.node("Equal", [line, region.node("Sub", [length, number(1)])]);
    case "first":
      return region.node("And", [before(number(1)), before(length)]);
    case "moves": {
      const isEnd = region.node("Equal", [line, region.node("Sub", [total, number(1)])]);
      return region.node("Or", [before(region.node("Sub", [length, number(1)])), isEnd]);
    }
  }
}

/** For each example the one that is computed in its place: itself, or the longest one where it has no steps. int64 [B]. */
function standIns(
  context: OpContext,
  lengths: string,
  batch: Type,
): { readonly examples: string; readonly isReal: string } {
  const { region } = context;
  const size = batch.axes[0]?.size ?? fail("onnx", "lengths without a batch");
  const isReal = region.node("Greater", [lengths, region.int32(0)]);
  const longest = region.node("ArgMax", [lengths], { axis: 0, keepdims: 0 });
  return { isReal, examples: region.node("Where", [isReal, rangeOf(context, size), longest]) };
}

export function writeBorrow(context: OpContext<"borrow">): string {
  const { region, operands, types } = context;
  const [x = "", lengths = ""] = operands;
  const { examples } = standIns(context, lengths, types[1] ?? fail("onnx", "borrow without lengths"));
  return region.node("Gather", [x, examples], { axis: 0 });
}

/** Behind its end an example keeps its last step. */
export function writeHold(context: OpContext<"hold">): string {
  const { region, operands, types, sizes } = context;
  const [x = "", lengths = ""] = operands;
  const [type = fail("onnx", "hold of nothing"), batch = type] = types;
  const [time, second] = type.axes;
  if (time === undefined) return fail("onnx", "hold without a time");
  const { examples } = standIns(context, lengths, batch);
  const length = cast(region, region.node("Gather", [lengths, examples], { axis: 0 }), "int64");
  const last = region.node("Max", [region.node("Sub", [length, region.int64(1)]), region.int64(0)]);
  const steps = unsqueezed(region, rangeOf(context, time.size), [1]);
  const step = region.node("Min", [steps, unsqueezed(region, last, [0])]);
  if (second?.tag !== "batch") return region.node("Gather", [x, step], { axis: 0 });
  const place = region.node("Add", [
    region.node("Mul", [step, sizes.scalar(second.size)]),
    unsqueezed(region, examples, [0]),
  ]);
  const rest = type.axes.slice(2).map(({ size }) => size);
  const rows = reshaped(region, x, sizes.vector([multiply(time.size, second.size), ...rest]));
  return region.node("Gather", [rows, place], { axis: 0 });
}

function reshaped(region: Region, x: string, shape: string): string {
  return region.node("Reshape", [x, shape], { allowzero: 1 });
}
