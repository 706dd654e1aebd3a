// A reduction of many elements to few results, by workgroups: for 64 results that lie side by side (sums over rows, as of a bias), or
// for one result. If that gives too few workgroups, each takes a part of the elements, and a second reduction joins the parts. The order
// is always the same, and so are the bits. A prototype on an H200 took 63 µs for [16384, 3072] by rows, a workgroup for each column 820.
import { at } from "../../base/invariant.ts";
import type { KernelTask, Work } from "../../kernel/task.ts";
import { reshaped, transposed, type View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { JOINS, STARTS, unravelled } from "./elements.ts";
import { isInQuads, roomFor } from "./quads.ts";
import type { PlaceOf, ShaderContext } from "./shader-context.ts";
import { shaderOf, spread, type Shader } from "./shader.ts";
import { memoryOf, Words } from "./words.ts";

/** The number of results from which an invocation for each keeps a device busy. */
const MANY_RESULTS = 16_384;
/** The fewest elements of a result that a workgroup divides. */
const FEW_ELEMENTS = 64;
/** Results side by side that a workgroup computes. */
const COLUMNS = 64;
/** Elements are divided until there are so many workgroups: some eight for each multiprocessor of a large GPU. */
const ENOUGH_GROUPS = 1024;
/** Fewer parts are not worth a second shader. */
const FEWEST_PARTS = 4;

type Reduction = Extract<Work, { readonly kept: readonly number[] }>;

/** The operand with its axes in the order elements, results, each joined where strides allow. */
interface Lines {
  readonly view: View;
  readonly gone: readonly number[];
  readonly kept: readonly number[];
  readonly count: number;
  readonly results: number;
}

/** Undefined if an invocation for each result is as fast. */
export function reducedTogether(task: KernelTask, context: ShaderContext): readonly Shader[] | undefined {
  const { work, write } = task;
  if (work.name !== "sum" && work.name !== "max" && work.name !== "min") return undefined;
  const lines = linesOf(at(task.reads, 0, "wgsl"), work);
  const { view, count, results } = lines;
  if (results > MANY_RESULTS || count < FEW_ELEMENTS) return undefined;
  const last = view.shape.length - 1;
  const isSideBySide = results >= 16 && view.strides[last] === 1 && at(view.shape, last, "wgsl") >= 16;
  const [groups, shortest, most] = isSideBySide ? [Math.ceil(results / COLUMNS), 128, 64] : [results, 2048, 256];
  const useful = Math.min(Math.ceil(ENOUGH_GROUPS / groups), Math.floor(count / shortest), most);
  const parts = useful < FEWEST_PARTS ? 1 : useful;
  const reduce = isSideBySide ? columns : single;
  if (parts === 1) return [reduce(work.name, lines, { write, parts, placeOf: context.placeOf })];
  context.grow(parts * results);
  const room = roomFor([parts, ...write.shape], context);
  const joining = { ...work, gone: [0], kept: write.shape.map((_, axis) => 1 + axis) };
  const joined = linesOf(room.view, joining);
  return [
    reduce(work.name, lines, { write: room.view, parts, placeOf: room.placeOf }),
    reduce(work.name, joined, { write, parts: 1, placeOf: room.placeOf }),
  ];
}

function linesOf(source: View, { gone, kept }: Reduction): Lines {
  const turned = transposed(source, [...gone, ...kept]);
  const sizes = [gone, kept].map((axes) => axes.map((axis) => at(source.shape, axis, "wgsl")));
  const [from = [], to = []] = sizes;
  const [count, results] = [countOf(from), countOf(to)];
  const forms = [
    [[count], [results]],
    [[count], to],
    [from, [results]],
  ] as const;
  for (const [one, other] of forms) {
    const view = reshaped(turned, [...one, ...other]);
    if (view !== undefined) return { view, gone: one, kept: other, count, results };
  }
  return { view: turned, gone: from, kept: to, count, results };
}

interface Result {
  /** The results; if there are several parts, one of each for each part. */
  readonly write: View;
  readonly parts: number;
  readonly placeOf: PlaceOf;
}

/** Statements for the place of the element `e` of the result `item`, and for the place of the result. */
function places({ view, gone, kept }: Lines, { write, parts }: Result, words: Words) {
  const result = unravelled(kept, "item", "c", words);
  const each = unravelled(gone, "e", "g", words);
  const own = unravelled(parts === 1 ? write.shape : write.shape.slice(1), "item", "w", words);
  const whole = words.place(view, [...each.names, ...result.names]);
  const target = words.place(write, [...(parts === 1 ? [] : ["part"]), ...own.names]);
  return { ofResult: result.statements, ofElement: each.statements, element: whole, ofWrite: own.statements, target };
}

function bounds(count: number, parts: number, words: Words): string {
  const [all, length] = [words.of(count), words.of(Math.ceil(count / parts))];
  return `let begin = part * ${length};\nlet end = min(${all}, begin + ${length});\n`;
}

/** Invocations side by side take neighbouring results, four each if they are vectors, and rows of elements below each other. */
function columns(name: keyof typeof STARTS, lines: Lines, result: Result): Shader {
  const LANES = 256;
  const { view, count, results } = lines;
  const { write, parts, placeOf } = result;
  const words = new Words(placeOf);
  const asVectors = name === "sum" && [view, write].every((each) => isInQuads(each, each.shape.length - 1, placeOf));
  const [width, each, type] = asVectors ? [COLUMNS / 4, 4, "vec4<f32>"] : [COLUMNS, 1, "f32"];
  const { ofResult, ofElement, element, ofWrite, target } = places(lines, result, words);
  const memory = (of: View, place: string): string =>
    asVectors ? `floats[(${place}) >> 2u]` : `${memoryOf(of)}[${place}]`;
  const body = `let turn = turns.x;
let part = i32(workgroup.y);
let item = i32(workgroup.x) * ${COLUMNS} + lane % ${width} * ${each};
let isThere = item < ${words.of(results)};
${bounds(count, parts, words)}${ofResult}var total = ${type}(${STARTS[name]});
if (isThere) {
for (var e = begin + lane / ${width}; e < end; e += ${LANES / width}) {
${ofElement}let value = ${memory(view, element)};
total = ${JOINS[name]};
}
}
${joinedLanes(name, width)}if (lane < ${width} && isThere) {
${ofWrite}${memory(write, target)} = total;
}`;
  const module = `var<workgroup> totals: array<${type}, LANES>;\n`;
  const groups = [Math.ceil(results / COLUMNS), parts, 1] as const;
  return shaderOf(name, LANES, words, groups, { module, body, asVectors });
}

/** All invocations take elements of one result. */
function single(name: keyof typeof STARTS, lines: Lines, result: Result): Shader {
  const LANES = 128;
  const { view, count, results } = lines;
  const { write, parts, placeOf } = result;
  const words = new Words(placeOf);
  const { ofResult, ofElement, element, ofWrite, target } = places(lines, result, words);
  const body = `let turn = turns.x;
let part = i32(workgroup.z);
let item = i32(workgroup.y) * i32(workgroups.x) + i32(workgroup.x);
let isThere = item < ${words.of(results)};
${bounds(count, parts, words)}${ofResult}var total = ${STARTS[name]};
if (isThere) {
for (var e = begin + lane; e < end; e += LANES) {
${ofElement}let value = ${memoryOf(view)}[${element}];
total = ${JOINS[name]};
}
}
${joinedLanes(name, 1)}if (lane == 0 && isThere) {
${ofWrite}${memoryOf(write)}[${target}] = total;
}`;
  const module = "var<workgroup> totals: array<f32, LANES>;\n";
  const [x, y] = spread(results);
  return shaderOf(name, LANES, words, [x, y, parts], { module, body });
}

/** Joins the totals of invocations that are a multiple of `width` apart: the first `width` invocations have the results. */
function joinedLanes(name: keyof typeof STARTS, width: number): string {
  return `totals[lane] = total;
workgroupBarrier();
for (var size = LANES / 2; size >= ${width}; size = size / 2) {
if (lane < size) {
let value = totals[lane + size];
total = ${JOINS[name]};
totals[lane] = total;
}
workgroupBarrier();
}
`;
}
