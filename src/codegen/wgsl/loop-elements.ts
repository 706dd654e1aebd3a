// A loop whose body is a single group in which every element depends on itself only (classes A and B): an invocation runs all turns
// of an element, with its states in registers. If the states are linear (class A) and there are too few elements to keep a device
// busy, the turns are cut into chunks that run in parallel: first each from zeros, for a factor and an offset, then with the states
// that the chunks before it result in.
import { fail } from "../../base/invariant.ts";
import { nodesOf, shapeOfGroup } from "../../kernel/expression.ts";
import type { GroupTask, LoopTask } from "../../kernel/task.ts";
import { rootOf, type View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import type { PlaceOf, ShaderContext } from "./shader-context.ts";
import { type Carried, type GroupItems, itemsOfGroup, placeWithin } from "./elements.ts";
import { factorOf } from "./linear.ts";
import { itemOverDevice, shaderOf, spread, type Shader } from "./shader.ts";
import { Words } from "./words.ts";

const LANES = 64;

export interface Lone {
  readonly group: GroupTask;
  readonly carried: Carried;
}

/** The group of a loop whose elements depend on themselves only, with the values carried to the next turn; or undefined. */
export function loneGroup(loop: LoopTask): Lone | undefined {
  const [group, ...others] = loop.body;
  if (group?.kind !== "group" || others.length > 0) return undefined;
  const reads = new Map<View, string>();
  const writes = new Map<View, string>();
  const written = new Set(group.writes.map(({ storage }) => rootOf(storage).storage));
  for (const read of group.reads) {
    if (!written.has(rootOf(read.storage).storage)) continue;
    const write = group.writes.find((each) => isAtNextTurn(read, each));
    if (write === undefined) return undefined;
    const name = writes.get(write) ?? `carried${writes.size}`;
    reads.set(read, name);
    writes.set(write, name);
  }
  return { group, carried: { reads, writes } };
}

/** Whether one view reads at each turn what the other wrote at the turn before, element by element. */
function isAtNextTurn(read: View, write: View): boolean {
  const [from, to] = [rootOf(read.storage), rootOf(write.storage)];
  return (
    from.storage === to.storage &&
    read.step === write.step &&
    read.offset + from.offset + read.step === write.offset + to.offset &&
    read.shape.every(
      (size, axis) => size === write.shape[axis] && (size === 1 || read.strides[axis] === write.strides[axis]),
    )
  );
}

export function loopByElements(loop: LoopTask, lone: Lone, placeOf: PlaceOf): Shader {
  const words = new Words(placeOf);
  const items = itemsOfGroup(lone.group, words, lone.carried);
  const elements = elementsOf(lone);
  const [all, times] = [words.of(elements), words.of(loop.times)];
  const body = `${itemOverDevice(all)}${placeWithin("item", items, words)}${firstOf(lone, items)}for (var turn = 0; turn < ${times}; turn++) {
${items.code}
}`;
  return shaderOf("loop by elements", LANES, words, spread(Math.ceil(elements / LANES)), { body });
}

/** The carried values before the first turn. */
function firstOf({ carried }: Lone, { element }: GroupItems): string {
  return [...carried.reads]
    .map(([read, name]) => {
      const type = read.storage.kind === "int32" ? "i32" : "f32";
      return `var ${name}: ${type};\n{\nlet turn = 0;\n${name} = ${element(read)};\n}\n`;
    })
    .join("");
}

/** Invocations that keep a large GPU busy, and the fewest turns of a chunk that pay for its start. */
const MANY = 131_072;
const LEAST_TURNS = 8;

/** The number of chunks of a loop; 1 if its states are not linear, or chunks would not be faster. */
export function chunksOf(loop: LoopTask, lone: Lone): number {
  if (factorsOf(lone) === undefined) return 1;
  const chunks = Math.min(Math.floor(MANY / elementsOf(lone)), Math.floor(loop.times / LEAST_TURNS));
  return chunks < 4 ? 1 : chunks;
}

function elementsOf({ group }: Lone): number {
  return countOf(shapeOfGroup(group));
}

interface State {
  readonly name: string;
  readonly statements: string;
  readonly factor: string;
  /** The node of its value after a turn. */
  readonly next: number;
}

function factorsOf({ group, carried }: Lone): readonly State[] | undefined {
  const nodes = nodesOf(group);
  const nodeOfRead = (read: View): number =>
    nodes.list.findIndex((node) => node.kind === "input" && group.reads[node.input] === read);
  const inputs = [...carried.reads.keys()].map(nodeOfRead);
  const states: State[] = [];
  for (const [read, name] of carried.reads) {
    const write = [...carried.writes].find(([, each]) => each === name)?.[0] ?? fail("wgsl", "nothing is carried");
    const own = nodeOfRead(read);
    const next = nodes.of(write);
    const others = inputs.filter((each) => each !== own);
    const found = read.storage.kind === "float32" ? factorOf(nodes.list, own, others, next, `${name}_`) : undefined;
    if (found === undefined) return undefined;
    states.push({ name, statements: found.statements, factor: found.name, next });
  }
  return states.length === 0 ? undefined : states;
}

/** The first shader writes a factor and an offset for each state, chunk and element at `room`; the second reads them. */
export function loopInChunks(
  loop: LoopTask,
  lone: Lone,
  chunks: number,
  { placeOf, room, grow }: ShaderContext,
): readonly Shader[] {
  const length = Math.ceil(loop.times / chunks);
  const states = factorsOf(lone) ?? fail("wgsl", "a loop in chunks is not linear");
  const total = elementsOf(lone) * chunks;
  grow(2 * states.length * total);
  const shader = (name: string, bodyOf: (items: GroupItems, parts: Parts) => string): Shader => {
    const words = new Words(placeOf);
    const items = itemsOfGroup(lone.group, words, lone.carried);
    const elements = words.of(elementsOf(lone));
    const place = (chunk: string, state: number): string =>
      `${words.of(room)} + (${chunk} * ${elements} + element) * ${2 * states.length} + ${2 * state}`;
    const [long, times] = [words.of(length), words.of(loop.times)];
    const turns = `for (var turn = chunk * ${long}; turn < min(${times}, (chunk + 1) * ${long}); turn++)`;
    const head = `${itemOverDevice(words.of(total))}let element = item % ${elements};
let chunk = item / ${elements};
${placeWithin("element", items, words)}`;
    const body = `${head}${bodyOf(items, { place, turns })}`;
    return shaderOf(name, LANES, words, spread(Math.ceil(total / LANES)), { body });
  };
  return [
    shader("loop in chunks, from zeros", ({ values }, { place, turns }) => {
      const each = (text: (state: State, index: number) => string): string => states.map(text).join("\n");
      return `${each(({ name }) => `var ${name} = 0.0f;\nvar factor_${name} = 1.0f;`)}
${turns} {
${values}
${each(({ statements }) => statements)}
${each(({ name, factor, next }) => `factor_${name} = ${factor} * factor_${name};\n${name} = v${next};`)}
}
${each(({ name }, index) => `floats[${place("chunk", index)}] = factor_${name};\nfloats[${place("chunk", index)} + 1] = ${name};`)}`;
    }),
    shader("loop in chunks", (items, { place, turns }) => {
      const before = states.map(
        ({ name }, index) =>
          `${name} = fma(floats[${place("before", index)}], ${name}, floats[${place("before", index)} + 1]);`,
      );
      return `${firstOf(lone, items)}for (var before = 0; before < chunk; before++) {
${before.join("\n")}
}
${turns} {
${items.code}
}`;
    }),
  ];
}

interface Parts {
  readonly place: (chunk: string, state: number) => string;
  readonly turns: string;
}
