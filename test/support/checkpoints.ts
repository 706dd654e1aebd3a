// Checkpoints that were tampered with: bytes that are changed, cut, put in or left out; and headers, read as JSON down to the settings in
// them, of which values are replaced, removed or exchanged.
import fc from "fast-check";

/** A change, as plain data, so that a failing test can shrink it; places are shares of the whole. */
export interface Tampering {
  readonly kind: "flip" | "cut" | "insert" | "remove" | "header" | "settings";
  readonly at: number;
  readonly to: number;
  readonly odd: number;
}

const share = fc.nat({ max: 9999 }).map((each) => each / 10_000);

export const tamperings: fc.Arbitrary<readonly Tampering[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      "flip",
      "cut",
      "insert",
      "remove",
      "header",
      "header",
      "settings",
      "settings",
      "settings",
      "settings",
    ),
    at: share,
    to: share,
    odd: fc.nat({ max: 9999 }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** What no checkpoint holds in most places. */
const ODD: readonly unknown[] = [
  null,
  true,
  "",
  "x",
  "__proto__",
  "constructor",
  -1,
  0,
  1,
  0.5,
  3,
  1e6,
  1e9,
  2 ** 31,
  2 ** 53,
  1e300,
  [],
  {},
  [1, 2],
  { a: 1 },
  ["a"],
  [[]],
  "cell A { state h: []; h = h }",
  "a".repeat(5000),
];

/** The bytes after a change. Those whose header is not to be read any more are changed as bytes only. */
export function tampered(bytes: Uint8Array, { kind, at, to, odd }: Tampering): Uint8Array {
  const place = Math.floor(at * bytes.length);
  switch (kind) {
    case "flip":
      return bytes.map((byte, index) => (index === place ? byte ^ (1 << (odd % 8)) : byte));
    case "cut":
      return bytes.slice(0, place);
    case "insert":
      return Uint8Array.from([...bytes.slice(0, place), odd % 256, ...bytes.slice(place)]);
    case "remove":
      return Uint8Array.from([...bytes.slice(0, place), ...bytes.slice(place + 1 + Math.floor(to * 20))]);
    case "header":
      return withHeader(bytes, (header) => changed(header, { at, to, odd }));
    case "settings":
      return withHeader(bytes, (header) => inside(header, (settings) => changed(settings, { at, to, odd })));
  }
}

function withHeader(bytes: Uint8Array, change: (header: unknown) => unknown): Uint8Array {
  if (bytes.length < 8) return bytes;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = parsed(new TextDecoder().decode(bytes.slice(8, 8 + length)));
  if (header === undefined) return bytes;
  const text = new TextEncoder().encode(JSON.stringify(change(header)) ?? "");
  const begin = new Uint8Array(8);
  new DataView(begin.buffer).setBigUint64(0, BigInt(text.length), true);
  return Uint8Array.from([...begin, ...text, ...bytes.slice(8 + length)]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Changes what stands as text in the header's metadata. */
function inside(header: unknown, change: (settings: unknown) => unknown): unknown {
  const { __metadata__: metadata, ...rest }: { readonly __metadata__?: { readonly recurra?: string } } = Object(header);
  const settings = parsed(metadata?.recurra ?? "");
  if (settings === undefined) return header;
  return { __metadata__: { ...metadata, recurra: JSON.stringify(change(settings)) }, ...rest };
}

type Where = Pick<Tampering, "at" | "to" | "odd">;

/** One of all the values inside, at the share `at`, replaced, removed or put elsewhere. */
function changed(value: unknown, where: Where): unknown {
  let left = Math.floor(where.at * countOf(value));
  const other = ODD[where.odd % ODD.length];
  const walk = (each: unknown): unknown => {
    if (left-- === 0) return typeof each === "string" && where.to < 0.5 ? changedText(each, where) : other;
    if (Array.isArray(each)) return each.map(walk).filter((item) => item !== undefined);
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(
      Object.entries(each).flatMap(([name, inner]): [string, unknown][] => {
        const isIt = left === 0;
        if (isIt && where.to > 0.85) {
          left--;
          return where.odd % 2 === 0 ? [] : [[`${name}x`, inner]];
        }
        return [[name, walk(inner)]];
      }),
    );
  };
  return walk(value);
}

function changedText(text: string, { to, odd }: Where): string {
  const place = Math.floor(to * 2 * text.length);
  const piece = ["", "0", "-", "[", "}", "9999", " H ", "\n"][odd % 8] ?? "";
  return text.slice(0, place) + piece + text.slice(place + (odd % 3));
}

function countOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + countOf(each), 1);
}
