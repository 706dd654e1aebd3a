// The host: modules of Node, and globals of a page. Nothing is imported, so a bundle for pages contains nothing of Node.

/** A built-in module of Node, or undefined in a page. */
export function ofNode<K extends "node:v8" | "node:os" | "node:worker_threads">(
  name: K,
): ReturnType<typeof process.getBuiltinModule<K>> | undefined {
  return typeof process === "object" && typeof process.getBuiltinModule === "function"
    ? process.getBuiltinModule(name)
    : undefined;
}

/** Globals of a page, which Node's types do not declare. */
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
