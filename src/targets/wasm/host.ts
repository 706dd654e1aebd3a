// Where the target runs: what Node has beside the language, and what a page has. Nothing is imported, so that bundles for pages
// hold nothing of Node.

/** A module of Node's own, or undefined in a page. */
export function ofNode<K extends "node:v8" | "node:os" | "node:worker_threads">(
  name: K,
): ReturnType<typeof process.getBuiltinModule<K>> | undefined {
  return typeof process === "object" && typeof process.getBuiltinModule === "function"
    ? process.getBuiltinModule(name)
    : undefined;
}

/** What a page has, of which the types of Node say nothing. */
interface Page {
  readonly crossOriginIsolated: boolean | undefined;
  readonly navigator: { readonly hardwareConcurrency: number };
  readonly Worker: new (url: string) => {
    postMessage(value: unknown): void;
    terminate(): void;
    onmessage: (() => void) | null;
    onerror: (() => void) | null;
  };
}

export function ofPage<K extends keyof Page>(name: K): Page[K] {
  return Reflect.get(globalThis, name);
}
