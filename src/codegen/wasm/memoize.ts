// Caches generated functions by their parameters, since a module distinguishes functions by identity.

/** Returns `generate` with a cache. */
export function memoize<A extends readonly (string | number)[], V>(generate: (...key: A) => V): (...key: A) => V {
  const kept = new Map<string, V>();
  return (...key) => {
    const name = key.join(" ");
    const known = kept.get(name);
    if (known !== undefined) return known;
    const value = generate(...key);
    kept.set(name, value);
    return value;
  };
}
