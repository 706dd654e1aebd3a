// The text of a shader around its statements: its bindings, and the functions that it calls.
import { functionsOf } from "./functions.ts";
import type { PlaceWord, Words } from "./words.ts";

export interface Shader {
  /** What computes it, in a word or two. */
  readonly name: string;
  readonly text: string;
  /** Invocations of a workgroup. */
  readonly lanes: number;
  /** Declarations besides those that every shader has, and the statements of an invocation. */
  readonly module: string;
  readonly body: string;
  /** Whether the memory for numbers is bound as vectors of four. */
  readonly asVectors: boolean;
  readonly words: readonly number[];
  /** The words that are offsets in storages, which may be moved. */
  readonly places: readonly PlaceWord[];
  /** Workgroups along x, y and z. */
  readonly groups: readonly [number, number, number];
}

/** The bindings of every shader: memory for numbers and integers. Its words and the turn of a loop that the host runs follow. */
const bindings = (
  number: "f32" | "vec4<f32>",
): string => `@group(0) @binding(0) var<storage, read_write> floats: array<${number}>;
@group(0) @binding(1) var<storage, read_write> integers: array<i32>;`;

export function shaderOf(
  name: string,
  lanes: number,
  words: Words,
  groups: Shader["groups"],
  parts: { readonly module?: string; readonly body: string; readonly asVectors?: boolean },
): Shader {
  const { module = "", body, asVectors = false } = parts;
  return shaderFrom({ name, lanes, module, body, asVectors, words: words.values, places: words.places, groups });
}

/** A shader of these parts, with its text. */
export function shaderFrom(parts: Omit<Shader, "text">): Shader {
  const { lanes, module, body, asVectors, words } = parts;
  const count = Math.max(1, Math.ceil(words.length / 4));
  const functions = functionsOf(module + body);
  const text = `${bindings(asVectors ? "vec4<f32>" : "f32")}
@group(0) @binding(2) var<uniform> words: array<vec4<i32>, ${count}>;
@group(0) @binding(3) var<uniform> turns: vec4<i32>;
const LANES = ${lanes};
${module}${functions === "" ? "" : `${functions}\n`}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>, @builtin(local_invocation_index) lane_: u32) {
let lane = i32(lane_);
${body}
}
`;
  return { ...parts, text: indented(text) };
}

/** Computes the item of an invocation if the whole device divides the items; returns if there is none. */
export function itemOverDevice(count: string): string {
  return `let item = (i32(workgroup.y) * i32(workgroups.x) + i32(workgroup.x)) * LANES + lane;
if (item >= ${count}) { return; }
`;
}

/** `count` workgroups along x and y, since a device limits the workgroups along one axis. */
export function spread(count: number): Shader["groups"] {
  const MOST = 65535;
  const y = Math.ceil(count / MOST);
  return [Math.ceil(count / Math.max(1, y)), Math.max(1, y), 1];
}

/** Two spaces for each open brace. */
function indented(text: string): string {
  let depth = 0;
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const closing = line.startsWith("}") ? 1 : 0;
      const result = "  ".repeat(Math.max(0, depth - closing)) + line;
      depth += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length;
      return result;
    })
    .join("\n")
    .concat("\n");
}
