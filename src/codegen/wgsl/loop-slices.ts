// A loop in slices: a workgroup owns some units of every wide value, for a group of examples. What it makes from its own elements it reads
// and writes in the device's memory, as a loop by examples does, because nobody else touches them there.
// In one dispatch for all turns, slices wait for each other where they meet; behind it stands the same loop by examples, which runs only if
// a wait has given up: so results are right on any device. By steps, each meeting is the end of a dispatch instead.
import { at } from "../../base/invariant.ts";
import type { LoopTask } from "../../kernel/task.ts";
import { CELL, DEAD, meetingByWaits, PARITY } from "./exchange.ts";
import { meetingBySteps } from "./meeting.ts";
import { MOST_COLUMNS } from "./owners.ts";
import type { ShaderContext } from "./shader-context.ts";
import { shaderOf, type Shader } from "./shader.ts";
import type { SliceText } from "./slice-items.ts";
import { turnOf } from "./slice-turn.ts";
import { SliceWords } from "./slice-words.ts";
import type { SliceLimits, Slices } from "./slices.ts";
import { MEET } from "./waits.ts";

/** The names of the shaders. */
export const IN_SLICES = "loop in slices";
export const STEP_IN_SLICES = "step of a loop in slices";

export function loopInSlices(
  loop: LoopTask,
  slices: Slices,
  limits: Pick<SliceLimits, "look" | "looks">,
  { placeOf, exchange }: Pick<ShaderContext, "placeOf" | "exchange">,
): Shader {
  const words = new SliceWords(placeOf, slices.narrow, slices);
  const text: SliceText = { slices, words, meeting: meetingByWaits(words, limits, exchange) };
  const { parts, functions } = turnOf(text);
  const meets = parts.length > 1;
  // A barrier between sending and waiting, because invocations of a workgroup may take turns only there.
  const turn = parts.map((part) => part.text).join("workgroupBarrier();\n");
  const body = `${placesOf(text)}${meets ? DEAD : ""}${parts.map(({ before }) => before).join("")}${beforeLoop(text)}for (var turn = 0; turn < ${words.of(loop.times)}; turn++) {
${meets ? PARITY : ""}${turn}${MEET}}`;
  return shaderBy(IN_SLICES, text, { module: `${meets ? CELL : ""}${functions}`, body });
}

/**
 * The same by steps: as many shaders as slices meet at a turn, for `times + 1` turns. The first one ends the turn before, and begins this
 * one. Words, and the slices' copies of narrow values, are kept in temporary memory between dispatches.
 */
export function loopByFusedSteps(
  loop: LoopTask,
  slices: Slices,
  context: Pick<ShaderContext, "placeOf" | "room" | "grow">,
): readonly Shader[] {
  return Array.from({ length: slices.exchanges }, (_, index) => stepInSlices(loop, slices, index, context));
}

/** What runs from meeting `index` of a turn to the next. */
function stepInSlices(
  loop: LoopTask,
  slices: Slices,
  index: number,
  { placeOf, room, grow }: Pick<ShaderContext, "placeOf" | "room" | "grow">,
): Shader {
  let used = 0;
  const reserve = (count: number): number => (used += count) - count + room;
  const words = new SliceWords(placeOf, slices.narrow, slices);
  const text: SliceText = { slices, words, meeting: meetingBySteps(words, reserve) };
  const { parts, functions } = turnOf(text);
  const isBeforeEnd = `turn < ${words.of(loop.times)}`;
  const own = at(parts, index, "wgsl");
  const last = at(parts, parts.length - 1, "wgsl");
  const ofTurn = (turn: string, isThere: string, statements: string): string =>
    `{\nlet turn = ${turn};\nif (${isThere}) {\n${statements}}\n}\n`;
  const statements =
    index === 0
      ? `${ofTurn("turns.x - 1", "turn >= 0", `${last.text}${MEET}`)}${ofTurn("turns.x", "turn == 0", beforeLoop(text))}${ofTurn("turns.x", isBeforeEnd, own.text)}`
      : ofTurn("turns.x", isBeforeEnd, own.text);
  const before = `${index === 0 ? last.before : ""}${own.before}`;
  const kept = keptBetween(text, reserve);
  const body = `${placesOf(text)}${before}${kept.load}${statements}${kept.store}`;
  grow(used);
  return shaderBy(STEP_IN_SLICES, text, { module: functions, body });
}

/** Copies of narrow values, from the dispatch before and for the next one. */
function keptBetween({ words, slices }: SliceText, reserve: (count: number) => number) {
  const { size } = words;
  if (size === 0) return { load: "", store: "" };
  const first = words.of(reserve(size * slices.slices * slices.groups));
  const place = `${first} + i32(workgroup.y * workgroups.x + workgroup.x) * ${size} + item`;
  const each = (statement: string): string => `for (var item = lane; item < ${size}; item += LANES) { ${statement} }\n`;
  return {
    load: `${each(`narrow[item] = floats[${place}];`)}workgroupBarrier();\n`,
    store: `workgroupBarrier();\n${each(`floats[${place}] = narrow[item];`)}`,
  };
}

/** Values of each example that the first turn reads. */
function beforeLoop({ words }: SliceText): string {
  const copies = words.beforeLoop("row", "column").join("");
  if (copies === "") return "";
  return `for (var item = lane; item < rows * ${MOST_COLUMNS}; item += LANES) {
let row = firstRow + item / ${MOST_COLUMNS};
let column = item % ${MOST_COLUMNS};
${copies}}
workgroupBarrier();
`;
}

/** The slice's first unit, and the examples of its group. `firstRow` is for functions too. */
function placesOf({ slices, words }: SliceText): string {
  const rows = words.of(slices.rows);
  return `let first = i32(workgroup.x) * ${slices.each};
let begin = i32(workgroup.y) * ${rows};
firstRow = begin;
let rows = min(${rows}, ${words.of(slices.batch)} - begin);
`;
}

function shaderBy(
  name: string,
  { slices, words }: SliceText,
  { module, body }: { readonly module: string; readonly body: string },
): Shader {
  const narrow = words.size === 0 ? "" : `var<workgroup> narrow: array<f32, ${words.size}>;\n`;
  const memory = `var<private> firstRow: i32;
var<workgroup> staged: array<vec4<f32>, ${slices.staged / 4}>;
var<workgroup> partial: array<f32, ${slices.partial}>;
${narrow}`;
  const groups = [slices.slices, slices.groups, 1] as const;
  return shaderOf(name, slices.lanes, words, groups, { module: `${memory}${module}`, body });
}
