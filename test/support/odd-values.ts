// Wrong values of JavaScript, and functions that put them anywhere into right values.
import fc from "fast-check";

/** Made anew for each use, as some cannot be used twice. */
type Make = () => unknown;

function throwing(): object {
  const fail = (): never => {
    throw new Error("a trap");
  };
  return new Proxy([], { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

function cyclic(): unknown[] {
  const array: unknown[] = [];
  array.push(array);
  return array;
}

function withGetter(name: string): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => {
      throw new TypeError("a getter");
    },
  });
}

function holes(length: number): unknown[] {
  return Object.assign([], { length });
}

/** A proxy whose length is another at each look. */
function shifting(): object {
  let length = 0;
  return new Proxy([1, 2, 3], { get: (target, name) => (name === "length" ? length++ : Reflect.get(target, name)) });
}

function detached(): Float32Array {
  const array = new Float32Array(4);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

const ODD: readonly (readonly [string, Make])[] = [
  ["null", () => null],
  ["undefined", () => undefined],
  ["NaN", () => NaN],
  ["Infinity", () => Infinity],
  ["-1", () => -1],
  ["0", () => 0],
  ["0.5", () => 0.5],
  ["1e300", () => 1e300],
  ["a BigInt", () => 10n],
  ["a symbol", () => Symbol("s")],
  ["a function", () => () => 1],
  ["an empty text", () => ""],
  ["a text", () => "abc"],
  ["a long text", () => "ab".repeat(3000)],
  ["true", () => true],
  ["an empty array", () => []],
  ["a cyclic array", cyclic],
  ["nested arrays", () => [[[[1]]]]],
  ["holes", () => holes(3)],
  ["a large array of holes", () => holes(2 ** 31)],
  ["texts", () => ["a", "b"]],
  ["an array of null", () => [null, undefined]],
  ["BigInts", () => BigInt64Array.of(1n, 2n)],
  ["a Buffer", () => Buffer.from("abc")],
  ["a DataView", () => new DataView(new ArrayBuffer(8))],
  ["an ArrayBuffer", () => new ArrayBuffer(8)],
  ["a detached array", detached],
  ["an object", () => ({})],
  ["an object of unknown names", () => ({ zzz: 1 })],
  ["a name of Object's", () => ({ constructor: 1, toString: 2 })],
  ["JSON's __proto__", (): unknown => JSON.parse('{"__proto__": 1}')],
  ["an object without a prototype", () => Object.create(null)],
  ["a Map", () => new Map([[Symbol("s"), 1]])],
  ["a Set", () => new Set([1])],
  ["a Date", () => new Date(0)],
  ["a promise", () => Promise.resolve(1)],
  ["a class", () => class {}],
  ["a proxy that throws", throwing],
  ["a revoked proxy", revoked],
  ["a proxy that shifts", shifting],
  ...["x", "shape", "data", "length", "lengths", "target", "kind"].map(
    (name) => [`a getter ${name} that throws`, () => withGetter(name)] as const,
  ),
  ["a fractional shape", () => ({ shape: [1.5, 2], data: [1, 2, 3] })],
  ["a negative shape", () => ({ shape: [-1, -2], data: [1, 2] })],
  ["a huge shape", () => ({ shape: [2 ** 40, 2], data: { length: 2 ** 41 } })],
  ["a shape that is none", () => ({ shape: "ab", data: [1] })],
  ["data that are none", () => ({ shape: [1, 2], data: null })],
  ["data of texts", () => ({ shape: [2, 2], data: ["1", "2", "3", "4"] })],
  ["data with holes", () => ({ shape: [2, 2], data: { length: 4 } })],
  ["a tensor that throws", () => ({ shape: [1, 2], dataSync: withGetter, dtype: "float32" })],
  ["a tensor of nothing", () => ({ shape: [1, 2], dataSync: () => null })],
  ["a tensor without its function", () => ({ shape: [1, 2], dataSync: 3 })],
];

/** A value that may be put anywhere, at the share `at` of all places in what is right. */
export interface Change {
  readonly odd: readonly [string, Make];
  readonly at: number;
}

export const changes: fc.Arbitrary<Change> = fc.record({
  odd: fc.constantFrom(...ODD),
  at: fc.nat({ max: 9999 }).map((each) => each / 10_000),
});

/** Arguments with one value replaced: one of them, a member, an element; what stays is the same. */
export function replaced(right: readonly unknown[], { odd, at }: Change): readonly unknown[] {
  let left = Math.floor(at * (countOf(right) - 1));
  const walk = (value: unknown): unknown => {
    if (left-- === 0) return odd[1]();
    if (Array.isArray(value)) return value.map(walk);
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
  };
  return right.map(walk);
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function countOf(value: unknown): number {
  if (!Array.isArray(value) && !isPlain(value)) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + countOf(each), 1);
}
