// A map that makes what it lacks.
/** What `all` has under `key`; made and kept there where it has nothing yet. */
export function known<V>(all: Map<string, V>, key: string, make: () => V): V {
  const value = all.get(key) ?? make();
  all.set(key, value);
  return value;
}
