// Kernels in C along lines of numbers, and those of tokens. Arguments as those of src/codegen/wasm/softmax.ts, argmax.ts and token.ts.

/** Kernels: `softmax`, `logsoftmax`, `argmax`, `gather`, `onehot`. */
export const LINES = String.raw`
/* Softmax of a line of -infinity is 0. */
INLINE void softmax_lines(char *memory, const int32_t *w, int is_log) {
  const char *from = place(memory, w[0]);
  char *to = place(memory, w[2]);
  const float lowest = -__builtin_inff();
  long n = w[4];
  for (long rows = w[5]; rows > 0; rows--, from += w[1], to += w[3]) {
#define EACH_VECTOR(source, body) \
  for (long k = 0; k < n; k += W) { \
    long count = n - k < W ? n - k : W; \
    vec x = count == W ? load(source + 4 * k) : load_part(source + 4 * k, count, lowest); \
    body \
    if (changes) { if (count == W) store(to + 4 * k, x); else store_part(to + 4 * k, x, count); } \
  }
    int changes = 0;
    vec most = splat(lowest);
    EACH_VECTOR(from, most = max_(most, x);)
    vec top = splat(largest_of(most)), total = splat(0);
    changes = 1;
    if (is_log) {
      EACH_VECTOR(from, x -= top; total += exp_(x);)
      vec shift = log_(splat(sum_of(total)));
      EACH_VECTOR(to, x -= shift;)
    } else {
      EACH_VECTOR(from, x = exp_(x - top); total += x;)
      vec share = splat(1) / splat(sum_of(total));
      ints empty = top == splat(lowest);
      EACH_VECTOR(to, x = (vec)((ints)(x * share) & ~empty);)
    }
  }
}
static void softmax(char *memory, const int32_t *w) { softmax_lines(memory, w, 0); }
static void logsoftmax(char *memory, const int32_t *w) { softmax_lines(memory, w, 1); }

/* The first place of the greatest along the middle axis of [outer, n, inner]. */
static void argmax(char *memory, const int32_t *w) {
  const char *from = place(memory, w[0]);
  char *to = place(memory, w[1]);
  long n = w[3], inner = w[4];
  for (long outer = w[2]; outer > 0; outer--, from += 4 * n * inner)
    for (long line = 0; line < inner; line++, to += 4) {
      int32_t best = 0;
      for (long k = 1; k < n; k++)
        if (one(from + 4 * (k * inner + line)) > one(from + 4 * (best * inner + line))) best = k;
      memcpy(to, &best, 4);
    }
}

/* Rows of a table by integers, and zeros for an integer that is not a row. */
static void gather(char *memory, const int32_t *w) {
  const char *table = place(memory, w[0]), *from = place(memory, w[2]);
  char *to = place(memory, w[3]);
  long bytes = 4 * (long)w[5];
  for (long rows = w[6]; rows > 0; rows--, from += 4, to += w[4]) {
    uint32_t index;
    memcpy(&index, from, 4);
    if (index < (uint32_t)w[7]) memcpy(to, table + (long)index * w[1], bytes);
    else memset(to, 0, bytes);
  }
}

/* Rows of zeros with a 1 at the integer, if it is within the row. */
static void onehot(char *memory, const int32_t *w) {
  const char *from = place(memory, w[0]);
  char *to = place(memory, w[1]);
  long n = w[2];
  for (long rows = w[3]; rows > 0; rows--, from += 4, to += 4 * n) {
    uint32_t token;
    memcpy(&token, from, 4);
    memset(to, 0, 4 * n);
    if (token < (uint32_t)n) *(number *)(to + 4 * (long)token) = 1;
  }
}

/* Rows added to those of a table by integers, in their order; an integer that is not a row of the table adds nothing. */
static void scatter(char *memory, const int32_t *w) {
  const char *from = place(memory, w[0]), *row = place(memory, w[1]);
  char *table = place(memory, w[3]);
  long n = w[5];
  for (long k = 0; k < w[7]; k++) memset(table + k * w[4], 0, 4 * n);
  for (long rows = w[6]; rows > 0; rows--, from += 4, row += w[2]) {
    uint32_t index;
    memcpy(&index, from, 4);
    if (index >= (uint32_t)w[7]) continue;
    char *to = table + (long)index * w[4];
    long k = 0;
    for (; k + W <= n; k += W) store(to + 4 * k, load(to + 4 * k) + load(row + 4 * k));
    for (; k < n; k++) *(number *)(to + 4 * k) += one(row + 4 * k);
  }
}
`;
