// The scalar table's functions in WGSL, of one float32, if they are more than an expression. WGSL guarantees too little accuracy for
// its own exp, log, tanh and sin, and nothing for infinities and NaN. So all are made of sums, products and bit operations. The
// formulas are those of ../wasm/math.ts, whose errors are measured; the last bit or two differ if a device fuses or reorders.
import { fail } from "../../base/invariant.ts";
import { SCALARS, type ScalarRow } from "../../scalar/table.ts";

/** Functions by name, each with those that it calls. */
const SOURCES: Readonly<Record<string, string>> = {
  isNan: `fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  // A constant expression must not be an infinity: these bits are read when the shader runs.
  infinity: `var<private> infinityBits: u32 = 0x7f800000u;
fn infinity() -> f32 { return bitcast<f32>(infinityBits); }`,
  nan: `var<private> nanBits: u32 = 0x7fc00000u;
fn nan() -> f32 { return bitcast<f32>(nanBits); }`,
  zeroBelow: `var<private> negativeZeroBits: u32 = 0x80000000u;
fn zeroBelow() -> f32 { return bitcast<f32>(negativeZeroBits); }`,
  withSign: `fn withSign(x: f32, y: f32) -> f32 { return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(y) & 0x80000000u)); }`,
  twoTo: `fn twoTo(n: i32) -> f32 { return bitcast<f32>((n + 127) << 23u); }`,
  least: `fn least(a: f32, b: f32) -> f32 { return select(select(b, a, a < b), select(b, a, isNan(a)), isNan(a) || isNan(b)); }`,
  greatest: `fn greatest(a: f32, b: f32) -> f32 { return select(select(b, a, a > b), select(b, a, isNan(a)), isNan(a) || isNan(b)); }`,
  // e^x = 2^n (1 + q): returns q and n.
  exponential: `fn exponential(x: f32) -> vec2<f32> {
  let n = round(x * 1.4426950408889634);
  let r = fma(n, 2.12194440055e-4, fma(n, -0.693359375, x));
  let p = fma(fma(fma(fma(0.001381459865, r, 0.00836871688), r, 0.04166838805), r, 0.1666652063), r, 0.4999999345);
  return vec2<f32>(fma(r * r, p, r), n);
}`,
  exp_: `fn exp_(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (x > 88.73) { return infinity(); }
  let q = exponential(max(x, -104.0));
  let n = i32(q.y);
  let first = n / 2;
  return (q.x + 1.0) * twoTo(first) * twoTo(n - first);
}`,
  sigmoid: `fn sigmoid(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let q = exponential(clamp(-x, -87.0, 88.0));
  let scale = twoTo(i32(q.y) - 1);
  return 1.0 / fma(fma(q.x, scale, scale), 2.0, 1.0);
}`,
  tanh_: `fn tanh_(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let y = clamp(x, -10.0, 10.0);
  let q = exponential(y + y);
  let scale = twoTo(i32(q.y));
  let e = fma(q.x, scale, scale - 1.0);
  return withSign(e / (e + 2.0), x);
}`,
  log_: `fn log_(x: f32) -> f32 {
  if (isNan(x) || x < 0.0) { return nan(); }
  if (x == 0.0) { return -infinity(); }
  if (bitcast<u32>(x) == 0x7f800000u) { return x; }
  let isSmall = x < 1.17549435e-38;
  let bits = bitcast<i32>(select(x, x * 8388608.0, isSmall));
  let exponent = (bits - 0x3f3504f3) >> 23u;
  let n = f32(exponent) - select(0.0, 23.0, isSmall);
  let r = bitcast<f32>(bits - (exponent << 23u)) - 1.0;
  var p = 7.0376836292e-2;
  p = fma(p, r, -1.151461031e-1);
  p = fma(p, r, 1.167699874e-1);
  p = fma(p, r, -1.242014084e-1);
  p = fma(p, r, 1.4249322787e-1);
  p = fma(p, r, -1.6668057665e-1);
  p = fma(p, r, 2.0000714765e-1);
  p = fma(p, r, -2.4999993993e-1);
  p = fma(p, r, 3.3333331174e-1);
  let square = r * r;
  let low = fma(square * r, p, n * -2.12194440055e-4);
  return ((low - square * 0.5) + r) + n * 0.693359375;
}`,
  // log(u) x / (u - 1) with u = 1 + x rounded: the factor corrects the rounding of u.
  log1p: `fn log1p(x: f32) -> f32 {
  let u = 1.0 + x;
  if (u == 1.0 || isNan(x)) { return x; }
  if (abs(x) > 1e8) { return log_(u); }
  let rounded = bitcast<f32>(bitcast<u32>(u));
  return select(log_(u) * (x / (rounded - 1.0)), log_(u), u <= 0.0);
}`,
  erf: `fn erf(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let y = clamp(x, -4.0, 4.0);
  let s = y * y;
  let above = fma(fma(fma(fma(fma(1.986745982e-6, s, 2.845671276e-4), s, 3.883451389e-3), s, 0.05310207092), s, 0.1935477259), s, 1.128379139);
  let below = fma(fma(fma(fma(fma(3.741986289e-5, s, 1.185595016e-3), s, 0.0152074663), s, 0.1153510766), s, 0.5048597612), s, 1.0);
  return clamp(y * above / below, -1.0, 1.0);
}`,
  // Turns by π/2 are taken off in three parts, exactly up to some thousands; the rest by Cephes' sinf and cosf, of S. Moshier.
  turned: `fn turned(x: f32, ahead: i32) -> f32 {
  if (isNan(x) || abs(x) > 3.3e38) { return nan(); }
  let turns = round(x * 0.6366197723675814);
  let r = fma(turns, -7.54978995489188216e-8, fma(turns, -4.837512969970703125e-4, fma(turns, -1.5703125, x)));
  let square = r * r;
  let sine = fma(square * r, fma(fma(-1.9515295891e-4, square, 8.3321608736e-3), square, -1.6666654611e-1), r);
  let cosine = fma(square * square, fma(fma(2.443315711809948e-5, square, -1.388731625493765e-3), square, 4.166664568298827e-2), 1.0 - 0.5 * square);
  let quarter = (i32(turns) + ahead) & 3;
  let value = select(sine, cosine, (quarter & 1) == 1);
  return select(value, -value, quarter > 1);
}`,
  power: `fn power(a: f32, b: f32) -> f32 {
  if (b == 0.0 || a == 1.0) { return select(1.0, nan(), b != 0.0 && isNan(b)); }
  if (isNan(a) || isNan(b)) { return nan(); }
  let isWhole = floor(b) == b;
  let isOdd = isWhole && abs(b) < 16777216.0 && (i32(b) & 1) == 1;
  let size = abs(a);
  if (abs(b) <= 64.0 && isWhole) {
    var result = 1.0;
    var factor = size;
    for (var left = i32(abs(b)); left > 0; left = left >> 1u) {
      if ((left & 1) == 1) { result = result * factor; }
      factor = factor * factor;
    }
    let value = select(result, 1.0 / result, b < 0.0);
    return select(value, -value, isOdd && bitcast<u32>(a) >= 0x80000000u);
  }
  if (bitcast<u32>(a) >= 0x80000000u && !isWhole && size != 0.0 && size < infinity()) { return nan(); }
  let value = exp_(b * log_(size));
  return select(value, -value, isOdd && bitcast<u32>(a) >= 0x80000000u);
}`,
  toInteger: `fn toInteger(x: f32) -> i32 {
  if (isNan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x < -2147483648.0) { return -2147483647 - 1; }
  return i32(x);
}`,
};

/** The functions above and those that rows of the scalar table define, by name. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map([...Object.entries(SOURCES), ...ofRows()]);

function ofRows(): readonly (readonly [string, string])[] {
  return Object.values(SCALARS).flatMap((row: ScalarRow) => {
    const source = row.targets?.wgsl.source;
    const [, name] = /^fn (\w+)/.exec(source ?? "") ?? [];
    return source === undefined || name === undefined ? [] : [[name, source] as const];
  });
}

/** The functions that a text calls, and those that they call, callees first. */
export function functionsOf(text: string): string {
  const found = new Map<string, string>();
  const visit = (source: string): void => {
    for (const [, name = ""] of source.matchAll(/\b([A-Za-z_0-9]+)\(/g)) {
      const own = FUNCTIONS.get(name);
      if (own === undefined || own === source || found.has(name)) continue;
      visit(own);
      found.set(name, own);
    }
  };
  visit(text);
  return [...found.values()].join("\n");
}

/** A float32 exactly, as an expression. */
export function floatOf(value: number): string {
  if (Number.isNaN(value)) return "nan()";
  if (!Number.isFinite(value)) return value > 0 ? "infinity()" : "(-infinity())";
  if (Object.is(value, -0)) return "zeroBelow()";
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) return fail("wgsl", `${value} is no float32`);
  const text = rounded.toString();
  return rounded < 0 ? `(${text}f)` : `${text}f`;
}
