// `T÷2`: the number of steps that are left of T if each second one is taken, from the first on. It is a name like that of any size, so that a
// polynomial may have it; a program that knows T knows it too.

const SIGN = "÷";

/** The size that is left of `name` if each k-th element is taken. Of what is left already, as `T÷2`, it is `T÷4`. */
export function thinnedName(name: string, every: number): string {
  const known = thinned(name);
  return known === undefined ? `${name}${SIGN}${every}` : `${known.of}${SIGN}${known.every * every}`;
}

/** What a name such as `T÷2` is made of; undefined for any other. */
export function thinned(name: string): { readonly of: string; readonly every: number } | undefined {
  const place = name.lastIndexOf(SIGN);
  return place < 0 ? undefined : { of: name.slice(0, place), every: Number(name.slice(place + 1)) };
}

/** The size that a name follows from: T of `T÷2`, otherwise the name itself. */
export function wholeName(name: string): string {
  return thinned(name)?.of ?? name;
}

export function countThinned(size: number, every: number): number {
  return Math.ceil(size / every);
}

/** A size by its name, computed if it is only known what it is made of. */
export function sizeNamed(name: string, sizes: ReadonlyMap<string, number>): number | undefined {
  const size = sizes.get(name);
  if (size !== undefined) return size;
  const parts = thinned(name);
  const whole = parts === undefined ? undefined : sizes.get(parts.of);
  return parts === undefined || whole === undefined ? undefined : countThinned(whole, parts.every);
}
