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
  const [of = "", every] = name.split(SIGN);
  return every === undefined ? undefined : { of, every: Number(every) };
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
  const { of, every } = thinned(name) ?? { of: name, every: 1 };
  const whole = sizes.get(of);
  return sizes.get(name) ?? (whole === undefined ? undefined : countThinned(whole, every));
}
