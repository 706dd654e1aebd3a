// A reduction of many elements to few results: a workgroup for each result.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { countOf } from "../../ops/nd.ts";
import { JOINS, STARTS, unravelled } from "./elements.ts";
import { shaderOf, spread, type Shader } from "./shader.ts";
import type { Words } from "./words.ts";

const LANES = 128;
/** The number of results from which an invocation for each keeps a device busy. */
const MANY_RESULTS = 16_384;
/** The fewest elements of a result that a workgroup divides. */
const FEW_ELEMENTS = 64;

/** Undefined if an invocation for each result is as fast. */
export function reducedTogether({ work, reads, write }: KernelTask, words: Words): Shader | undefined {
  if (work.name !== "sum" && work.name !== "max" && work.name !== "min") return undefined;
  const source = at(reads, 0, "wgsl");
  const results = countOf(write.shape);
  const count = countOf(source.shape) / Math.max(1, results);
  if (results > MANY_RESULTS || count < FEW_ELEMENTS) return undefined;
  const kept = unravelled(write.shape, "item", "c", words);
  const gone = unravelled(
    work.gone.map((axis) => at(source.shape, axis, "wgsl")),
    "e",
    "g",
    words,
  );
  const coordinates = source.shape.map((_, axis) => {
    const position = work.kept.indexOf(axis);
    return position >= 0 ? at(kept.names, position, "wgsl") : at(gone.names, work.gone.indexOf(axis), "wgsl");
  });
  const body = `let turn = turns.x;
let item = i32(workgroup.y) * i32(workgroups.x) + i32(workgroup.x);
let isThere = item < ${words.of(results)};
${kept.statements}var total = ${STARTS[work.name]};
if (isThere) {
for (var e = lane; e < ${words.of(count)}; e += LANES) {
${gone.statements}let value = ${words.element(source, coordinates)};
total = ${JOINS[work.name]};
}
}
totals[lane] = total;
workgroupBarrier();
for (var size = LANES / 2; size > 0; size = size / 2) {
if (lane < size) {
let value = totals[lane + size];
total = ${JOINS[work.name]};
totals[lane] = total;
}
workgroupBarrier();
}
if (lane == 0 && isThere) { ${words.element(write, kept.names)} = total; }`;
  const module = "var<workgroup> totals: array<f32, LANES>;\n";
  return shaderOf(work.name, LANES, words, spread(results), { module, body });
}
