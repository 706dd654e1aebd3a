// A map as a cache.
/** The value of `all` under `key`. Created and kept if there is none yet. */
export function getOrCreate<K, V>(all: Map<K, V>, key: K, make: () => V): V {
  const value = all.get(key) ?? make();
  all.set(key, value);
  return value;
}
