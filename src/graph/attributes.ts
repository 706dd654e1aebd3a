// Attributes as text and back: `left=bi right=ji axes=[-1] name="length T"`. Words have no quotes; all else is JSON, without spaces outside strings.
import { fail } from "../base/invariant.ts";
import { parseDim, printDim, symbolsOf, type Dim } from "../shape/dim.ts";
import { parseType, printType, type Type } from "../shape/type.ts";
import type { Attribute, Attributes, Node } from "./node.ts";

const WORD = /^[\p{L}_][\p{L}\p{N}_.]*$/u;

/** Words that are values, and so need quotes as text. */
const VALUES: ReadonlyMap<string, Attribute> = new Map<string, Attribute>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
]);

/** A cache: most passes keep a node's attributes, and each pass compares nodes. */
const printed = new WeakMap<Attributes, string>();

export function printAttributes(attributes: Attributes): string {
  const known = printed.get(attributes);
  if (known !== undefined) return known;
  let text = "";
  for (const key in attributes) text += `${text === "" ? "" : " "}${key}=${printValue(attributes[key] ?? null)}`;
  printed.set(attributes, text);
  return text;
}

/** As in a printed graph: a size or a type as its text. */
export function printValue(value: Attribute): string {
  if (isDim(value)) return printValue(printDim(value));
  if (isType(value)) return printValue(printType(value));
  if (Array.isArray(value)) return JSON.stringify(value.map((each) => (isDim(each) ? printDim(each) : each)));
  if (typeof value === "string") return WORD.test(value) && !VALUES.has(value) ? value : JSON.stringify(value);
  for (const [word, each] of VALUES) if (Object.is(each, value)) return word;
  return JSON.stringify(value);
}

const ATTRIBUTE = /(\w+)=("(?:[^"\\]|\\.)*"|[[{](?:[^\s"]|"(?:[^"\\]|\\.)*")*|[^\s"[{]\S*)(?: |$)/gy;

export function readAttributes(text: string): Attributes {
  const found = [...text.matchAll(ATTRIBUTE)];
  const length = found.reduce((sum, [whole]) => sum + whole.length, 0);
  if (length !== text.length) fail("graph reader", `no attributes: ${text}`);
  return Object.fromEntries(found.map(([, key = "", value = ""]) => [key, typed(key, readValue(value))]));
}

function readValue(text: string): Attribute {
  const known = VALUES.get(text);
  if (known !== undefined) return known;
  if (WORD.test(text)) return text;
  const value: unknown = JSON.parse(text);
  return isAttribute(value) ? value : fail("graph reader", `no attribute: ${text}`);
}

/** `dims` and the `time` of a scan hold sizes, `type` holds a type. */
function typed(key: string, value: Attribute): Attribute {
  if (key === "dims" && Array.isArray(value)) return value.map((size) => parseDim(String(size)));
  if (key === "time") return parseDim(String(value));
  return key === "type" ? parseType(String(value)) : value;
}

export function isDim(value: Attribute): value is Dim {
  return typeof value === "object" && value !== null && "terms" in value;
}

export function isType(value: Attribute): value is Type {
  return typeof value === "object" && value !== null && "axes" in value;
}

function isAttribute(value: unknown): value is Attribute {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return true;
  return Array.isArray(value) && value.every(isAttribute);
}

/** Names of the sizes that a node's type and its attributes mention. */
export function sizeNamesOf({ type, attributes }: Pick<Node, "type" | "attributes">): readonly string[] {
  const { dims, time } = attributes;
  const sizes = [...(Array.isArray(dims) ? dims : []), time ?? null].filter(isDim);
  return [...type.axes.map(({ size }) => size), ...sizes].flatMap(symbolsOf);
}
