// Bytes of a module: from base64 to what was packed.

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}

/** Unpacks what was packed with "deflate-raw". In Node the streams of the web would take 30 ms to load, and zlib takes one. */
export async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const zlib = builtin("node:zlib");
  if (zlib !== undefined) return new Uint8Array(zlib.inflateRawSync(bytes));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A module of Node, Deno or Bun; undefined in a browser. */
export function builtin<N extends "node:fs" | "node:zlib">(
  name: N,
): ReturnType<typeof process.getBuiltinModule<N>> | undefined {
  return globalThis.process?.getBuiltinModule?.(name);
}
