// A map as a cache.
/** The value of `all` under `key`. Created and kept if there is none yet. */
export function getOrCreate<V>(all: Map<string, V>, key: string, make: () => V): V {
  const value = all.get(key) ?? make();
  all.set(key, value);
  return value;
}
