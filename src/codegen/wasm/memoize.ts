// Generated functions are kept by what they were generated for, since a module tells functions apart by identity.

/** The same function, which computes each value once. */
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
