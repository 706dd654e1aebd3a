// Random numbers by counter: each is a function of (seed, stream, index), so targets, threads and resumed runs agree.
// Philox 4x32-10 (Salmon et al. 2011), checked against its published test vectors. Normal numbers go through Math.log and
// Math.cos, whose last digit may differ between engines.

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The upper 32 bits of a product, by halves of 16 bits: each sum below stays within 32 bits without a sign. */
function multiplyHigh(a: number, b: number): number {
  const [al, ah, bl, bh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = (Math.imul(ah, bl) + (Math.imul(al, bl) >>> 16)) | 0;
  const low = ((middle & 0xffff) + Math.imul(al, bh)) | 0;
  return (Math.imul(ah, bh) + (middle >>> 16) + (low >>> 16)) | 0;
}

/** The result of `draw`: four words. Arrays have up to some hundred million numbers, so nothing is allocated for each. */
const drawn = new Uint32Array(4);

/** Four words of 32 bits from a counter (a, b, c, d) and a key (k0, k1). */
function draw(a: number, b: number, c: number, d: number, k0: number, k1: number): void {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(M0, a);
    const high1 = multiplyHigh(M1, c);
    const [low0, low1] = [Math.imul(M0, a), Math.imul(M1, c)];
    a = high1 ^ b ^ k0;
    b = low1;
    c = high0 ^ d ^ k1;
    d = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  drawn[0] = a;
  drawn[1] = b;
  drawn[2] = c;
  drawn[3] = d;
}

/** Four words of 32 bits from a counter of four and a key of two. */
export function philox(counter: readonly number[], key: readonly number[]): readonly [number, number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = counter;
  const [k0 = 0, k1 = 0] = key;
  draw(a, b, c, d, k0, k1);
  return [word(0), word(1), word(2), word(3)];
}

function word(index: number): number {
  return drawn[index] ?? 0;
}

/** 32 bits of a stream's name (FNV-1a); a number is itself. */
function streamKey(stream: number | string): number {
  if (typeof stream === "number") return stream >>> 0;
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(stream)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function drawBlock(seed: number, key: number, block: number): void {
  draw(block >>> 0, Math.floor(block / 2 ** 32), 0, 0, seed >>> 0, key);
}

function unit(bits: number): number {
  return (bits >>> 8) * 2 ** -24;
}

/** A number in [0, 1) with 24 bits, exact in float32. */
export function uniformAt(seed: number, stream: number | string, index: number): number {
  drawBlock(seed, streamKey(stream), Math.floor(index / 4));
  return unit(word(index % 4));
}

/** Standard normal numbers (Box–Muller), each a function of its index. */
export function fillNormal(out: Float64Array, seed: number, stream: number | string): void {
  const key = streamKey(stream);
  for (let i = 0; i < out.length; i++) {
    drawBlock(seed, key, i);
    out[i] = Math.sqrt(-2 * Math.log((word(0) + 1) * 2 ** -32)) * Math.cos(2 * Math.PI * word(1) * 2 ** -32);
  }
}

/** `out[i] = uniformAt(seed, stream, offset + i)`. */
export function fillUniform(
  out: Float32Array | Float64Array,
  seed: number,
  stream: number | string,
  offset: number,
): void {
  const key = streamKey(stream);
  for (let i = 0; i < out.length; i++) {
    const index = offset + i;
    if (i === 0 || index % 4 === 0) drawBlock(seed, key, Math.floor(index / 4));
    out[i] = unit(word(index % 4));
  }
}

/** 0 … n - 1 in a random order (Fisher–Yates). */
export function permutation(n: number, seed: number, stream: number | string): Int32Array {
  const order = Int32Array.from({ length: n }, (_, index) => index);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniformAt(seed, stream, i) * (i + 1));
    const [x = 0, y = 0] = [order[i], order[j]];
    [order[i], order[j]] = [y, x];
  }
  return order;
}
