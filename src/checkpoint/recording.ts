// A loader of specs that records what it loads, so that a checkpoint can hold it.
import type { Loader } from "../lang/scope.ts";
import type { Description } from "./checkpoint.ts";

/** A loader that remembers what it gave, so that a checkpoint can hold it. */
export function recording(load: Loader): { readonly load: Loader; readonly used: () => Description["sources"] } {
  const used = new Map<string, Description["sources"][number]>();
  return {
    load: (path, from, root) => {
      const sources = load(path, from, root);
      // Two files may name one by different paths, and different ones by the same path.
      for (const { name, text } of sources)
        used.set(JSON.stringify([from.name, path, name]), { name, asked: path, from: from.name, text });
      return sources;
    },
    used: () => [...used.values()],
  };
}
