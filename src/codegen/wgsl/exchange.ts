// Words that workgroups of one dispatch send to each other. WGSL has no barrier between workgroups, and what stands beside a counter or
// a flag was measured to arrive wrong. So each word is its own flag: an atomic whose lowest bit, the lowest of a number's mantissa,
// says at which of two turns in four it was sent. A word has two places in turn. A slice sends turn t + 2 after it has read turn t + 1
// of all slices, and each of them sent that after it had read turn t: so no word is overwritten before it was read.
// Word 0 of `cell` is the status: not 0 if a wait has given up.
import type { Meeting } from "./meeting.ts";
import type { SliceLimits } from "./slices.ts";
import type { Words } from "./words.ts";

/** Words before the first that is sent: the status, and what aligns the rest. */
export const STATUS_WORDS = 4;

export const CELL = "@group(0) @binding(4) var<storage, read_write> cell: array<atomic<u32>>;\n";

/** At the begin of a turn: the lowest bit of its words. Memory of zeros holds no word of the first two turns. */
export const PARITY = "let parity = ((u32(turn) >> 1u) & 1u) ^ 1u;\n";

/** At the begin of a shader. After a wait has given up, nothing waits: what is computed is wrong, and is not used. */
export const DEAD = "var dead = atomicLoad(&cell[0]) != 0u;\n";

/**
 * Workgroups that wait for each other. A word loses its lowest bit as it is sent; the value in memory keeps it, because others may have
 * read it already, and a gradient may ask whether it is equal to what they made of it. `reserve` gives the first of some words.
 */
export function meetingByWaits(
  words: Words,
  { look, looks }: Pick<SliceLimits, "look" | "looks">,
  reserve: (count: number) => number,
): Meeting {
  const limit = words.of(looks);
  return {
    reserve: (count) => words.of(reserve(count)),
    send: (word, value) => `atomicStore(&cell[${word}], (bitcast<u32>(${value}) & 0xfffffffeu) | parity);\n`,
    receive: (asked) => receive(asked, limit, { look }),
    received: (index) => `bitcast<f32>(x${index} & 0xfffffffeu)`,
  };
}

/** Waits for the words at these places, and names them `x0`, `x1` … */
export function receive(words: readonly string[], limit: string, { look }: Pick<SliceLimits, "look">): string {
  const read = (index: number): string =>
    look === "atomicLoad" ? `atomicLoad(&cell[at${index}])` : `atomicOr(&cell[at${index}], 0u)`;
  const each = (text: (index: number) => string): string => words.map((_, index) => text(index)).join("");
  const missing = words.map((_, index) => `(x${index} ^ parity)`).join(" | ");
  return `${words.map((word, index) => `let at${index} = ${word};\nvar x${index} = ${read(index)};\n`).join("")}var looks = 0;
while (!dead && ((${missing}) & 1u) != 0u) {
${each((index) => `if (((x${index} ^ parity) & 1u) != 0u) { x${index} = ${read(index)}; }\n`)}looks++;
if (looks > ${limit}) {
atomicStore(&cell[0], 1u);
dead = true;
}
if (looks % 1024 == 0 && atomicLoad(&cell[0]) != 0u) { dead = true; }
}
`;
}

/** Returns unless a wait has given up; `GAVE_UP` declares what it needs. */
export const UNLESS_GIVEN_UP = `if (lane == 0) { gaveUp = atomicLoad(&cell[0]); }
if (workgroupUniformLoad(&gaveUp) == 0u) { return; }
`;
export const GAVE_UP = "var<workgroup> gaveUp: u32;\n";
