// Matrix products in C, for any number of rows, columns and terms. Arguments as those of src/codegen/wasm/products.ts and small-product.ts.
import { range } from "../wasm/arithmetic.ts";

/**
 * Some rows of C [rows, PANEL] = start + A [rows, depth] * panel. Row i of A begins at a + i * a_row, and its terms are 4 bytes apart; or A
 * is a panel, whose rows are 4 bytes apart. Each sum adds its terms in order, so it has the same bits in every tile. All sums are written
 * out, so that they stay in registers however little a compiler is asked to do.
 */
function tile(name: string, rows: number, ofPanel = false): string {
  const row = (i: number): string => (ofPanel ? `a + ${4 * i}` : `a + ${i} * a_row`);
  const each = (indent: string, line: (i: number) => string): readonly string[] =>
    range(rows).map((i) => `${indent}${line(i)}`);
  return [
    `static __attribute__((noinline)) void ${name}(const char *a, long a_row, const char *panel, char *c, long c_row,`,
    "                                              const char *start, long start_row, long depth) {",
    `  vec ${range(rows)
      .map((i) => `s${i} = splat(0), r${i} = s${i}`)
      .join(", ")};`,
    "  if (start) {",
    ...each("    ", (i) => `s${i} = load(start), r${i} = load(start + BYTES), start += start_row;`),
    "  }",
    `  for (; depth > 0; depth--, a += ${ofPanel ? "PANEL * 4" : "4"}, panel += PANEL * 4) {`,
    "    vec x, b = load(panel), d = load(panel + BYTES);",
    ...each("    ", (i) => `x = splat(one(${row(i)})), s${i} = fused(x, b, s${i}), r${i} = fused(x, d, r${i});`),
    "  }",
    ...each("  ", (i) => `store(c, s${i}), store(c + BYTES, r${i}), c += c_row;`),
    "}",
  ].join("\n");
}

/** Sizes of tiles and panels. */
export const PANELS = String.raw`/* A panel is PANEL columns of a matrix: [depth][PANEL], dense; the last one of a matrix has zero columns. */
#define VECTORS 2
#define PANEL (VECTORS * W)
/* Rows of a tile, whose sums stay in registers: AVX-512 and NEON have 32 of them, others 16. */
#if defined(__AVX512F__) || defined(__aarch64__)
#define TILE_ROWS 8
#else
#define TILE_ROWS 6
#endif
/* Rows that are multiplied by all panels before the next rows. */
#define ROW_BLOCK (TILE_ROWS * 8)
/* Terms that are packed and summed at once. */
#define DEPTH_BLOCK 256
`;

/** The most rows at once (`TILE_ROWS`), and fewer for what is left. */
const TILES = [
  "#if TILE_ROWS == 8",
  tile("tile_most_of_rows", 8),
  tile("tile_most_of_panel", 8, true),
  "#else",
  tile("tile_most_of_rows", 6),
  tile("tile_most_of_panel", 6, true),
  "#endif",
  tile("tile4_of_rows", 4),
  tile("tile2_of_rows", 2),
  tile("tile1_of_rows", 1),
  tile("tile1_of_panel", 1, true),
].join("\n");

/** Kernels: `pack`, `packTransposed`, `gemm`, `gemmTransposed`, `smallProductRows`, `smallProductDots`. */
export const PRODUCTS = String.raw`
typedef void tile(const char *a, long a_row, const char *panel, char *c, long c_row, const char *start, long start_row, long depth);

${TILES}

/* The same for a panel with fewer columns, through a buffer. */
static __attribute__((noinline)) void at_edge(tile *tile, long rows, const char *a, long a_row, const char *panel, char *c, long c_row,
                                              const char *start, long start_row, long columns, long depth) {
  float sums[TILE_ROWS][PANEL] = {0};
  for (long i = 0; start && i < rows; i++) memcpy(sums[i], start + i * start_row, columns * 4);
  tile(a, a_row, panel, (char *)sums, PANEL * 4, (char *)sums, PANEL * 4, depth);
  for (long i = 0; i < rows; i++) memcpy(c + i * c_row, sums[i], columns * 4);
}

INLINE void some_rows(tile *tile, long rows, const char *a, long a_row, const char *panel, char *c, long c_row, const char *start,
                      long start_row, long columns, long depth) {
  if (columns == PANEL) tile(a, a_row, panel, c, c_row, start, start_row, depth);
  else at_edge(tile, rows, a, a_row, panel, c, c_row, start, start_row, columns, depth);
}

INLINE void rows_by_panel(const char *a, long a_row, const char *panel, char *c, long c_row, const char *start, long start_row,
                          long rows, long columns, long depth) {
#define NEXT(count, tile) \
  some_rows(tile, count, a, a_row, panel, c, c_row, start, start_row, columns, depth); \
  a += count * a_row, c += count * c_row, start += count * start_row, rows -= count
  while (rows >= TILE_ROWS) { NEXT(TILE_ROWS, tile_most_of_rows); }
  if (rows >= 4) { NEXT(4, tile4_of_rows); }
  if (rows >= 2) { NEXT(2, tile2_of_rows); }
  if (rows >= 1) { NEXT(1, tile1_of_rows); }
#undef NEXT
}

static void gemm(char *memory, const int32_t *w) {
  const char *a = place(memory, w[0]), *b = place(memory, w[2]), *start = w[5] ? place(memory, w[5]) : 0;
  char *c = place(memory, w[3]);
  long a_row = w[1], c_row = w[4], start_row = w[6], rows = w[7], columns = w[8], depth = w[9];
  for (long row = 0; row < rows; row += ROW_BLOCK) {
    long block = rows - row < ROW_BLOCK ? rows - row : ROW_BLOCK;
    for (long column = 0; column < columns; column += PANEL)
      rows_by_panel(a + row * a_row, a_row, b + column * depth * 4, c + row * c_row + column * 4, c_row,
                    start ? start + row * start_row + column * 4 : 0, start_row, block,
                    columns - column < PANEL ? columns - column : PANEL, depth);
  }
}

/* One panel of columns of rows that are stride apart. */
INLINE void pack_panel(const char *from, long stride, char *to, long columns, long depth) {
  for (long k = 0; k < depth; k++, from += stride, to += PANEL * 4)
    if (columns == PANEL)
      for (long v = 0; v < VECTORS; v++) store(to + v * BYTES, load(from + v * BYTES));
    else
      for (long n = 0; n < PANEL; n++) *(number *)(to + 4 * n) = n < columns ? one(from + 4 * n) : 0;
}

static void pack(char *memory, const int32_t *w) {
  const char *from = place(memory, w[0]);
  char *to = place(memory, w[2]);
  long stride = w[1], columns = w[3], depth = w[4];
  for (; columns > 0; columns -= PANEL, from += PANEL * 4, to += depth * PANEL * 4)
    pack_panel(from, stride, to, columns < PANEL ? columns : PANEL, depth);
}

static void pack_transposed(char *memory, const int32_t *w) {
  const char *from = place(memory, w[0]);
  char *to = place(memory, w[2]);
  long stride = w[1], columns = w[3], depth = w[4];
  for (; columns > 0; columns -= PANEL, from += PANEL * stride, to += depth * PANEL * 4)
    for (long first = 0; first < depth; first += 16)
      for (long n = 0; n < PANEL; n++)
        for (long k = first; k < depth && k < first + 16; k++)
          *(number *)(to + (k * PANEL + n) * 4) = n < columns ? one(from + n * stride + 4 * k) : 0;
}

/* C [rows, columns] = transposed A [depth, rows] * B [depth, columns]. */
static void gemm_transposed(char *memory, const int32_t *w) {
  const char *a = place(memory, w[0]), *b = place(memory, w[2]);
  char *c = place(memory, w[4]), *panel = place(memory, w[11]);
  long a_row = w[1], b_row = w[3], c_row = w[5], rows = w[8], columns = w[9], depth = w[10];
  char *panels = panel + DEPTH_BLOCK * PANEL * 4;
  for (long first = 0; first < depth; first += DEPTH_BLOCK) {
    long terms = depth - first < DEPTH_BLOCK ? depth - first : DEPTH_BLOCK;
    for (long row = 0; row < rows; row += PANEL)
      pack_panel(a + first * a_row + row * 4, a_row, panels + row * terms * 4, rows - row < PANEL ? rows - row : PANEL, terms);
    for (long column = 0; column < columns; column += PANEL) {
      long width = columns - column < PANEL ? columns - column : PANEL;
      pack_panel(b + first * b_row + column * 4, b_row, panel, width, terms);
      for (long row = 0; row < rows; row += PANEL)
        for (long i = 0, left = rows - row < PANEL ? rows - row : PANEL; left > 0;) {
          const char *from = panels + row * terms * 4 + i * 4;
          char *to = c + (row + i) * c_row + column * 4;
          const char *start = first ? to : 0;
          if (left >= TILE_ROWS) {
            some_rows(tile_most_of_panel, TILE_ROWS, from, 0, panel, to, c_row, start, c_row, width, terms);
            i += TILE_ROWS, left -= TILE_ROWS;
          } else {
            some_rows(tile1_of_panel, 1, from, 0, panel, to, c_row, start, c_row, width, terms);
            i++, left--;
          }
        }
    }
  }
}

/* Batches of small products, without packing: each row of C as a sum of rows of B. */
static void small_product_rows(char *memory, const int32_t *w) {
  const char *a = place(memory, w[0]), *b = place(memory, w[1]);
  char *c = place(memory, w[2]);
  long m = w[4], n = w[5], depth = w[6];
  for (long batch = w[3]; batch > 0; batch--, a += w[7], b += w[10], c += w[13])
    for (long row = 0; row < m; row++) {
      const char *x = a + row * w[8];
      for (long column = 0; column < n; column += 4 * W) {
        const char *y = b + column * 4;
        char *goal = c + row * w[14] + column * 4;
        long left = n - column;
        if (left >= 4 * W) {
          vec s0 = splat(0), s1 = s0, s2 = s0, s3 = s0;
          for (long k = 0; k < depth; k++, y += w[11]) {
            vec factor = splat(one(x + k * w[9]));
            s0 = fused(factor, load(y), s0), s1 = fused(factor, load(y + BYTES), s1);
            s2 = fused(factor, load(y + 2 * BYTES), s2), s3 = fused(factor, load(y + 3 * BYTES), s3);
          }
          store(goal, s0), store(goal + BYTES, s1), store(goal + 2 * BYTES, s2), store(goal + 3 * BYTES, s3);
        } else
          for (; left > 0; left -= W, y += BYTES, goal += BYTES) {
            long count = left < W ? left : W;
            const char *from = y;
            vec s = splat(0);
            for (long k = 0; k < depth; k++, from += w[11])
              s = fused(splat(one(x + k * w[9])), count == W ? load(from) : load_part(from, count, 0), s);
            if (count == W) store(goal, s);
            else store_part(goal, s, count);
          }
      }
    }
}

/* Each element of C as the product of a row of A and a column of B, both contiguous. A term's place decides its sum and lane. */
static void small_product_dots(char *memory, const int32_t *w) {
  const char *a = place(memory, w[0]), *b = place(memory, w[1]);
  char *c = place(memory, w[2]);
  long m = w[4], n = w[5], depth = w[6];
  for (long batch = w[3]; batch > 0; batch--, a += w[7], b += w[10], c += w[13])
    for (long row = 0; row < m; row++)
      for (long column = 0; column < n; column++) {
        const char *x = a + row * w[8], *y = b + column * w[12];
        vec s0 = splat(0), s1 = s0;
        long left = depth;
        for (; left >= 2 * W; left -= 2 * W, x += 2 * BYTES, y += 2 * BYTES)
          s0 = fused(load(x), load(y), s0), s1 = fused(load(x + BYTES), load(y + BYTES), s1);
        if (left >= W) {
          s0 = fused(load(x), load(y), s0), x += BYTES, y += BYTES, left -= W;
          if (left) s1 = fused(load_part(x, left, 0), load_part(y, left, 0), s1);
        } else if (left) s0 = fused(load_part(x, left, 0), load_part(y, left, 0), s0);
        *(number *)(c + row * w[14] + column * w[15]) = sum_of(s0 + s1);
      }
}
`;
