// A strict reader of XML, as far as pictures use it: what is not well-formed fails the test, with its place.
import { expect } from "vitest";

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (Element | string)[];
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Prologue, comments and doctypes are skipped; then a tag, or text up to the next one. */
const TOKEN = /<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^>]*>|<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;

export function readXml(text: string): Element {
  const root = open("", "");
  const path = [root];
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const [whole, end, name, attributes = "", isClosed, content] =
      TOKEN.exec(text) ?? expect.fail(`not well-formed at ${at}: ${text.slice(at, at + 80)}`);
    at += whole.length;
    const parent = path.at(-1) ?? root;
    if (content !== undefined) parent.children.push(plain(content));
    else if (name === undefined) continue;
    else if (end === "/") expect(path.pop()?.name, `what ends at ${at}`).toBe(name);
    else {
      const element = open(name, attributes);
      parent.children.push(element);
      if (isClosed !== "/") path.push(element);
    }
  }
  expect(
    path.map(({ name }) => name),
    "elements that never end",
  ).toEqual([""]);
  const elements = root.children.filter((each) => typeof each !== "string");
  expect(elements).toHaveLength(1);
  return elements[0] ?? expect.fail("no element");
}

interface Draft extends Element {
  readonly children: (Element | string)[];
}

function open(name: string, attributes: string): Draft {
  const map = new Map<string, string>();
  for (const [, key = "", value = ""] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    expect(map.has(key), `${key} of ${name} is given twice`).toBe(false);
    map.set(key, plain(value));
  }
  return { name, attributes: map, children: [] };
}

function plain(text: string): string {
  return text.replace(/&(#x?[\da-fA-F]+|\w+)?;?/g, (whole, name: string | undefined) => {
    if (name === undefined || !whole.endsWith(";")) return expect.fail(`a bare & in ${text}`);
    if (name.startsWith("#x")) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES.get(name) ?? expect.fail(`an unknown entity ${whole}`);
  });
}

/** The element and all inside it, in the order of the file. */
export function within(element: Element): readonly Element[] {
  return [element, ...element.children.flatMap((each) => (typeof each === "string" ? [] : within(each)))];
}

/** All text inside. */
export function textOf(element: Element): string {
  return element.children.map((each) => (typeof each === "string" ? each : textOf(each))).join("");
}
