// Several shaders in one dispatch: each has workgroups of its own, and none waits for another. So small kernels that could run side by
// side cost one launch together. A table at the begin of the words says which workgroups belong to which part, so the text does not
// depend on the number of parts.
import { at } from "../../base/invariant.ts";
import { shaderFrom, spread, type Shader } from "./shader.ts";

/** The vectors of words of a part in the table: its workgroups, its first vector and its kernel; and its grid. */
const ROWS = 2;

/** Vectors of words that a device certainly lets a shader read: 64 kB. */
const MOST_VECTORS = 4096;

/**
 * `lists`: for each task, shaders that run one after the other. Tasks are independent, so those that are first can run together, and so
 * can those that are second.
 */
export function joinedShaders(lists: readonly (readonly Shader[])[]): readonly Shader[] {
  const longest = lists.reduce((most, list) => Math.max(most, list.length), 0);
  return Array.from({ length: longest }, (_, stage) => lists.flatMap((list) => list.slice(stage, stage + 1))).flatMap(
    (shaders) => alike(shaders).map((part) => (part.length === 1 ? at(part, 0, "wgsl") : joined(part))),
  );
}

/** Characters of a kernel that is so small that it is joined with any other such one. */
const SMALL = 400;

interface Joined {
  readonly shaders: Shader[];
  module: string;
  vectors: number;
}

/**
 * Shaders with workgroups of one size and one declaration of memory, which are small or have the same text. Larger ones of different
 * texts stay apart: programs with some kernels in common, such as those that train and evaluate, then compile them once.
 */
function alike(shaders: readonly Shader[]): readonly (readonly Shader[])[] {
  const found: Joined[] = [];
  for (const shader of shaders) {
    const vectors = ROWS + vectorsOf(shader);
    const fits = found.find((each) => each.vectors + vectors < MOST_VECTORS && isAlike(shader, each));
    if (fits === undefined) found.push({ shaders: [shader], module: shader.module, vectors });
    else {
      fits.shaders.push(shader);
      fits.vectors += vectors;
      if (fits.module === "") fits.module = shader.module;
    }
  }
  return found.map((each) => each.shaders);
}

function isAlike({ lanes, module, body, asVectors }: Shader, { shaders, module: own }: Joined): boolean {
  const first = at(shaders, 0, "wgsl");
  const isJoined = body === first.body || (body.length < SMALL && first.body.length < SMALL);
  const isBoundAlike = lanes === first.lanes && asVectors === first.asVectors;
  return isJoined && isBoundAlike && (module === own || module === "" || own === "");
}

function vectorsOf({ words }: Shader): number {
  return Math.ceil(words.length / 4);
}

function joined(parts: readonly Shader[]): Shader {
  const bodies = [...new Set(parts.map(({ body }) => body))];
  const table: number[] = [parts.length, 0, 0, 0];
  const words: number[] = [];
  const places: Shader["places"][number][] = [];
  let groups = 0;
  for (const part of parts) {
    const [x, y, z] = part.groups;
    const first = 1 + ROWS * parts.length + words.length / 4;
    table.push(groups + x * y * z, groups, first, bodies.indexOf(part.body), x, y, z, 0);
    groups += x * y * z;
    for (const { index, storage } of part.places) places.push({ index: 4 * first + index, storage });
    words.push(...part.words, ...Array.from({ length: 4 * vectorsOf(part) - part.words.length }, () => 0));
  }
  const { lanes, asVectors } = at(parts, 0, "wgsl");
  const kernels = bodies.map(
    (body, index) => `fn kernel${index}(firstWord: i32, workgroup: vec3<u32>, workgroups: vec3<u32>, lane: i32) {
${body.replaceAll("words[", "words[firstWord + ")}
}
`,
  );
  const cases = bodies.map((_, index) => `case ${index}: { kernel${index}(row.z, own, grid, lane); }\n`);
  return shaderFrom({
    name: [...new Set(parts.map(({ name }) => name))].join(", "),
    lanes,
    asVectors,
    words: padded([...table, ...words]),
    places,
    groups: spread(groups),
    module: `${parts.find(({ module }) => module !== "")?.module ?? ""}${kernels.join("")}`,
    body: `let group = i32(workgroup.y * workgroups.x + workgroup.x);
var part = 0;
while (part < words[0].x && group >= words[1 + ${ROWS} * part].x) { part++; }
if (part == words[0].x) { return; }
let row = words[1 + ${ROWS} * part];
let grid = vec3<u32>(words[2 + ${ROWS} * part].xyz);
let place = u32(group - row.y);
let own = vec3<u32>(place % grid.x, place / grid.x % grid.y, place / (grid.x * grid.y));
switch row.w {
${cases.join("")}default: {}
}`,
  });
}

/** With zeros up to one of few lengths, since the length is part of the text. */
function padded(words: readonly number[]): readonly number[] {
  const length = 2 ** Math.ceil(Math.log2(words.length));
  return [...words, ...Array.from({ length: length - words.length }, () => 0)];
}
