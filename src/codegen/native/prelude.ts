// What all kernels in C begin with: vectors of the machine's width, and functions of them. The text uses the vector extensions that GCC
// and Clang share, and no intrinsics (but `upper`). Constants and bounds of errors are those of src/codegen/wasm/math.ts.

/**
 * A comparison gives a mask: all bits set, or none. `choose` takes the place of `?:`, which C does not have for vectors. Integers travel in
 * float vectors as they are.
 */
export const PRELUDE = String.raw`#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define BYTES 64
#define LANES (ints){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
#elif defined(__AVX2__) && defined(__FMA__)
#define BYTES 32
#define LANES (ints){0, 1, 2, 3, 4, 5, 6, 7}
#else
#define BYTES 16
#define LANES (ints){0, 1, 2, 3}
#endif
#define W ((long)(BYTES / sizeof(float)))
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(BYTES)));
typedef int32_t ints __attribute__((vector_size(BYTES)));
typedef float unaligned __attribute__((vector_size(BYTES), aligned(4), may_alias));
typedef float number __attribute__((may_alias));
typedef void kernel(char *memory, const int32_t *words);

INLINE vec splat(float x) { return x - (vec){0}; }
INLINE ints whole(int32_t x) { return x - (ints){0}; }
INLINE vec load(const char *from) { return *(const unaligned *)from; }
INLINE void store(char *to, vec x) { *(unaligned *)to = x; }
INLINE float one(const char *from) { return *(const number *)from; }
INLINE char *place(char *memory, int32_t word) { return memory + (uint32_t)word; }

/* The first count elements, and the same value in all other lanes. */
INLINE vec load_part(const char *from, long count, float other) {
  vec x = splat(other);
  memcpy(&x, from, count * sizeof(float));
  return x;
}
INLINE void store_part(char *to, vec x, long count) { memcpy(to, &x, count * sizeof(float)); }

/* Elements that lie apart, to and from a buffer. */
static __attribute__((noinline, unused)) void gather_part(char *to, const char *from, long stride, long count) {
  for (long k = 0; k < count; k++) memcpy(to + 4 * k, from + k * stride, 4);
}
static __attribute__((noinline, unused)) void scatter_part(char *to, const char *from, long stride, long count) {
  for (long k = 0; k < count; k++) memcpy(to + k * stride, from + 4 * k, 4);
}

INLINE vec choose(ints mask, vec a, vec b) { return (vec)((mask & (ints)a) | (~mask & (ints)b)); }
INLINE vec flag(ints mask) { return (vec)(mask & (ints)splat(1)); }
INLINE vec at_least(vec x, float low) { return choose(x < splat(low), splat(low), x); }
INLINE vec at_most(vec x, float high) { return choose(x > splat(high), splat(high), x); }
INLINE vec within(vec x, float low, float high) { return at_most(at_least(x, low), high); }

/* NaN where an operand is NaN; -0 is below 0. */
INLINE vec min_(vec a, vec b) {
  vec equal = (vec)((ints)a | (ints)b);
  vec least = choose(a < b, a, choose(b < a, b, equal));
  return choose(a != a, a, choose(b != b, b, least));
}
INLINE vec max_(vec a, vec b) {
  vec equal = (vec)((ints)a & (ints)b);
  vec most = choose(a > b, a, choose(b > a, b, equal));
  return choose(a != a, a, choose(b != b, b, most));
}

/* Lanes half and above, in the place of those below. */
INLINE vec upper(vec x, long half) {
#if defined(__clang__)
  vec moved = x;
  for (long k = 0; k < half; k++) moved[k] = x[k + half];
  return moved;
#else
  return __builtin_shuffle(x, (LANES + whole((int32_t)half)) & whole(W - 1));
#endif
}
INLINE vec plus_(vec a, vec b) { return a + b; }
#define ACROSS(x, combine) \
  if (W > 8) x = combine(x, upper(x, 8)); \
  if (W > 4) x = combine(x, upper(x, 4)); \
  x = combine(x, upper(x, 2)); \
  x = combine(x, upper(x, 1)); \
  return x[0];
INLINE float sum_of(vec x) { ACROSS(x, plus_) }
INLINE float largest_of(vec x) { ACROSS(x, max_) }
INLINE float smallest_of(vec x) { ACROSS(x, min_) }

/*
 * a * b + c, rounded once where the machine can. The compiler contracts nothing by itself: which product of a sum it takes would be its
 * choice, and another one where the same elements are computed by another kernel.
 */
INLINE vec fused(vec a, vec b, vec c) {
#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
  __asm__("vfmadd231ps %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
  return c;
#elif defined(__aarch64__)
  __asm__("fmla %0.4s, %1.4s, %2.4s" : "+w"(c) : "w"(a), "w"(b));
  return c;
#else
  return a * b + c;
#endif
}

INLINE vec neg_(vec x) { return (vec)((ints)x ^ whole(INT32_MIN)); }
INLINE vec abs_(vec x) { return (vec)((ints)x & whole(INT32_MAX)); }
INLINE vec floor_(vec x) {
  for (long k = 0; k < W; k++) x[k] = __builtin_floorf(x[k]);
  return x;
}
INLINE vec ceil_(vec x) {
  for (long k = 0; k < W; k++) x[k] = __builtin_ceilf(x[k]);
  return x;
}
INLINE vec sqrt_(vec x) {
  for (long k = 0; k < W; k++) x[k] = __builtin_sqrtf(x[k]);
  return x;
}
INLINE vec sign_(vec x) { return choose(x != x, x, flag(x > splat(0)) - flag(x < splat(0))); }
INLINE vec mod_(vec a, vec b) { return a - b * floor_(a / b); }
INLINE vec to_float(vec x) { return __builtin_convertvector((ints)x, vec); }
/* Truncated; 0 for NaN, and the nearest integer for what is out of range. */
INLINE vec to_int(vec x) {
  vec inside = choose(x != x, splat(0), within(x, -2147483648.0f, 2147483520.0f));
  ints cut = __builtin_convertvector(inside, ints);
  return choose(x >= splat(2147483648.0f), (vec)whole(INT32_MAX), (vec)cut);
}

/* 2 to the power k + more, of an integer k in the low nine bits. */
INLINE vec power(ints k, int32_t more) { return (vec)((k << 23) + whole((127 + more) * (1 << 23))); }

struct split { ints rounded; vec q; };
/* n, in the low bits of rounded, and q = e^multiple / 2^n - 1, where multiple = factor * x. */
INLINE struct split expm1_(vec x, vec multiple, float factor) {
  vec rounded = fused(x, splat(factor * 1.4426950408889634f), splat(12582912.0f));
  vec n = rounded - splat(12582912.0f);
  vec r = fused(n, splat(-0.693359375f), multiple);
  r = fused(n, splat(2.12194440055e-4f), r);
  vec p = splat(0.001381459865f);
  p = fused(p, r, splat(0.00836871688f));
  p = fused(p, r, splat(0.04166838805f));
  p = fused(p, r, splat(0.1666652063f));
  p = fused(p, r, splat(0.4999999345f));
  return (struct split){(ints)rounded, fused(r * r, p, r)};
}
INLINE vec exp_(vec x) {
  x = within(x, -104.0f, 89.0f);
  struct split s = expm1_(x, x, 1);
  ints half = (s.rounded - whole(0x4b400000)) >> 1;
  return ((s.q + splat(1)) * power(half, 0)) * power(s.rounded - half, 0);
}
INLINE vec sigmoid_(vec x) {
  x = within(x, -89.0f, 87.0f);
  struct split s = expm1_(x, neg_(x), -1);
  vec scale = power(s.rounded, -1);
  vec half = fused(s.q, scale, scale);
  return splat(1) / fused(half, splat(2), splat(1));
}
INLINE vec tanh_(vec x) {
  x = within(x, -10.0f, 10.0f);
  struct split s = expm1_(x, x + x, 2);
  vec scale = power(s.rounded, 0);
  vec q = fused(s.q, scale, scale - splat(1));
  return (vec)((ints)(q / (q + splat(2))) | ((ints)x & whole(INT32_MIN)));
}
INLINE vec log_(vec x) {
  ints small = x < splat(1.1754943508222875e-38f);
  ints y = (ints)choose(small, x * splat(8388608.0f), x);
  ints exponent = (y - whole(0x3f3504f3)) >> 23;
  vec r = (vec)(y - (exponent << 23)) - splat(1);
  vec n = __builtin_convertvector(exponent, vec) + (vec)(small & (ints)splat(-23));
  vec p = splat(7.0376836292e-2f);
  p = fused(p, r, splat(-1.151461031e-1f));
  p = fused(p, r, splat(1.167699874e-1f));
  p = fused(p, r, splat(-1.242014084e-1f));
  p = fused(p, r, splat(1.4249322787e-1f));
  p = fused(p, r, splat(-1.6668057665e-1f));
  p = fused(p, r, splat(2.0000714765e-1f));
  p = fused(p, r, splat(-2.4999993993e-1f));
  p = fused(p, r, splat(3.3333331174e-1f));
  vec squared = r * r;
  vec low = fused(squared * r, p, n * splat(-2.12194440055e-4f));
  vec value = fused(n, splat(0.693359375f), fused(squared, splat(-0.5f), low) + r);
  value = choose(x < splat(__builtin_inff()), value, x);
  value = choose(x == splat(0), splat(-__builtin_inff()), value);
  return (vec)((ints)value | (x < splat(0)));
}
/* log(u) x / (u - 1) with u = 1 + x rounded: the factor corrects the rounding of u. */
INLINE vec log1p_(vec x) {
  vec u = x + splat(1);
  vec factor = choose(u == splat(__builtin_inff()), splat(1), x / (u - splat(1)));
  return choose(u == splat(1), x, log_(u) * factor);
}
INLINE vec erf_(vec x) {
  x = within(x, -4.0f, 4.0f);
  vec z = x * x;
  vec above = splat(1.986745982e-6f);
  above = fused(above, z, splat(2.845671276e-4f));
  above = fused(above, z, splat(3.883451389e-3f));
  above = fused(above, z, splat(0.05310207092f));
  above = fused(above, z, splat(0.1935477259f));
  above = fused(above, z, splat(1.128379139f));
  vec below = splat(3.741986289e-5f);
  below = fused(below, z, splat(1.185595016e-3f));
  below = fused(below, z, splat(0.0152074663f));
  below = fused(below, z, splat(0.1153510766f));
  below = fused(below, z, splat(0.5048597612f));
  below = fused(below, z, splat(1));
  return within((x * above) / below, -1.0f, 1.0f);
}

/* Rare functions, lane by lane in float64. */
#define EACH_LANE(name, call) \
  INLINE vec name(vec x) { for (long k = 0; k < W; k++) x[k] = (float)call((double)x[k]); return x; }
EACH_LANE(sin_, __builtin_sin)
EACH_LANE(cos_, __builtin_cos)
EACH_LANE(tan_, __builtin_tan)
EACH_LANE(asin_, __builtin_asin)
EACH_LANE(acos_, __builtin_acos)
EACH_LANE(atan_, __builtin_atan)
EACH_LANE(sinh_, __builtin_sinh)
EACH_LANE(cosh_, __builtin_cosh)
#define EACH_PAIR(name, call) \
  INLINE vec name(vec a, vec b) { for (long k = 0; k < W; k++) a[k] = (float)call((double)a[k], (double)b[k]); return a; }
EACH_PAIR(atan2_, __builtin_atan2)
EACH_PAIR(hypot_, __builtin_hypot)
/* As JavaScript: NaN where the exponent is NaN, and of 1 or -1 to an infinite power. */
INLINE double pow_of(double a, double b) {
  return b != b || ((a == 1 || a == -1) && __builtin_isinf(b)) ? __builtin_nan("") : __builtin_pow(a, b);
}
EACH_PAIR(pow_, pow_of)
`;
