// Two WebAssembly modules that differ in few instructions, in one text: pieces of them in turn, so that deflate, which looks 32 KiB back, finds
// the second one's in the first one's.

/** Visits the pieces in the order in which they stand. Both modules have as many, so that counterparts stand side by side to the end. */
export function eachPiece<M extends { readonly length: number }>(
  modules: readonly [M, M],
  visit: (module: M, from: number, end: number) => void,
): void {
  const count = Math.ceil((modules[0].length + modules[1].length) / 32768);
  for (let piece = 0; piece < count; piece++) {
    for (const each of modules) {
      const at = (index: number): number => Math.floor((each.length * index) / count);
      visit(each, at(piece), at(piece + 1));
    }
  }
}
