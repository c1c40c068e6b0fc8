// The matrix product around the register tile: pack B into panels once, then fill the outputs tile by tile, unit by
// unit. Products that share an operand share its packing. Not here: the tile, and how operands are packed
// (product*.inc).
#include "table.h"
#include <string.h>

enum {
  STEPS = 256,    // of one pass over k: 12 rows of A stay in the first cache, 512 columns of B in the second
  ROW_PANELS = 8, // of one unit at most
  COLUMN_PANELS = 16,
  PANELS_PER_PACK = 4,
  PACKED_FLOATS = 1 << 20, // of B at a time: more would leave the caches before it is used
  SERIAL = 250000,         // multiplications below which a second thread costs more than it brings
};

// One product and its packed columns of this round.
typedef struct {
  const ck_product *p;
  float *packed;
  int is_shared;            // an earlier part packs these columns
  long first, columns;      // columns of this round
  long panels, first_panel; // and their place among the band's panels
} part;

// Neighbouring products with the same A: their columns stand side by side.
typedef struct {
  const part *parts;
  int count;
  long panels, row_panels, row_units, column_units;
} band;

typedef struct {
  const ck_product_table *t;
  int rounds, part_count, band_count;
  part parts[CK_PRODUCTS_MAX];
  band bands[CK_PRODUCTS_MAX];
} job;

static long ceiling(long a, long b) { return (a + b - 1) / b; }
static long smaller(long a, long b) { return a < b ? a : b; }

static int pack_units(const part *p) { return p->is_shared ? 0 : (int)ceiling(p->panels, PANELS_PER_PACK); }

static void pack_unit(void *context, int unit) {
  const job *g = context;
  const part *s = g->parts;
  for (; unit >= pack_units(s); s++) unit -= pack_units(s);
  const ck_product *p = s->p;
  long nr = g->t->nr, size = ceiling(p->k, g->t->depth) * nr, first = (long)unit * PANELS_PER_PACK;
  long columns = smaller(PANELS_PER_PACK * nr, s->columns - first * nr), at = (s->first + first * nr) * p->bcs;
  const void *b =
      p->kind == CK_F32 ? (const void *)((const float *)p->b + at) : (const void *)((const uint16_t *)p->b + at);
  g->t->pack_b(b, p->kind, p->brs, p->bcs, columns, p->k, s->packed + first * size, size, g->rounds);
}

// Rows of A for one pass over k, as the tiles read them: `stride` apart, or in panels.
typedef struct {
  const float *a;
  long stride;
  int by_rows;
} chunk;

// From one panel of A to the next, with room for a whole vector at its end.
static long panel_size(const ck_product_table *t) { return STEPS * t->mr + 16; }

static chunk read_a(const job *g, const ck_product *p, long row, long rows, long from, long steps) {
  const ck_product_table *t = g->t;
  const float *a = p->a + row * p->ars + from * t->depth * p->acs;
  long depth = smaller(steps * t->depth, p->k - from * t->depth);
  // In place, unless all rows of a tile would fall on the same lines of the first cache.
  if (p->acs == 1 && t->depth == 1 && !g->rounds && (p->ars % 1024 || rows == 1)) return (chunk){a, p->ars, 1};
  if (p->acs == 1) {
    float *out = ck_scratch(0, (size_t)((rows + 1) * (STEPS + 16)));
    t->pack_rows(a, p->ars, rows, depth, out, STEPS + 16, g->rounds);
    return (chunk){out, STEPS + 16, 1};
  }
  long size = panel_size(t);
  float *out = ck_scratch(0, (size_t)(ceiling(rows, t->mr) * size));
  t->pack_panels(a, p->ars, p->acs, rows, depth, out, size, g->rounds);
  return (chunk){out, t->mr, 0};
}

// One strip of rows of C: the tiles of a part's panels from…to, steps p… of the sums.
static void strip(const ck_product_table *t, const part *s, ck_tile tile, const float *a, long stride, long row,
                  long from, long to, long p, long steps) {
  const ck_product *q = s->p;
  long size = ceiling(q->k, t->depth) * t->nr;
  for (long n = from; n < to; n++)
    tile(steps, a, stride, s->packed + n * size + p * t->nr, q->c + row * q->ldc + s->first + n * t->nr, q->ldc,
         smaller(t->nr, s->columns - n * t->nr), q->accumulate || p > 0);
}

static void product_unit(void *context, int unit) {
  const job *g = context;
  const ck_product_table *t = g->t;
  const band *b = g->bands;
  for (; unit >= b->row_units * b->column_units; b++) unit -= (int)(b->row_units * b->column_units);
  const ck_product *q = b->parts->p;
  // Units that follow each other read the same columns.
  long i = unit % b->row_units, j = unit / b->row_units;
  long row = i * b->row_panels / b->row_units * t->mr;
  long end = smaller((i + 1) * b->row_panels / b->row_units * t->mr, q->m);
  long first = j * b->panels / b->column_units, last = (j + 1) * b->panels / b->column_units;
  for (long p = 0, all = ceiling(q->k, t->depth); p < all; p += STEPS) {
    long steps = smaller(STEPS, all - p);
    chunk c = read_a(g, q, row, end - row, p, steps);
    for (long r = row, height; r < end; r += height) {
      height = smaller(t->mr, end - r);
      const float *a = c.by_rows ? c.a + (r - row) * c.stride : c.a + (r - row) / t->mr * panel_size(t);
      ck_tile tile = (c.by_rows ? t->rows : t->panel)[height - 1];
      for (const part *s = b->parts; s < b->parts + b->count; s++) {
        long from = first > s->first_panel ? first - s->first_panel : 0;
        strip(t, s, tile, a, c.stride, r, from, smaller(s->panels, last - s->first_panel), p, steps);
      }
    }
  }
}

static void run(int units, int serial, void (*body)(void *, int), void *context) {
  if (serial)
    for (int u = 0; u < units; u++) body(context, u);
  else ck_parallel(units, body, context);
}

static int same_a(const ck_product *x, const ck_product *y) {
  return x->a == y->a && x->ars == y->ars && x->acs == y->acs && x->m == y->m && x->k == y->k;
}
static int same_b(const ck_product *x, const ck_product *y) {
  return x->b == y->b && x->kind == y->kind && x->brs == y->brs && x->bcs == y->bcs && x->n == y->n && x->k == y->k;
}

// Even shares, in numbers that the threads can divide.
static void split(band *b, long mr) {
  long threads = ck_thread_count();
  b->row_panels = ceiling(b->parts->p->m, mr);
  b->row_units = ceiling(b->row_panels, ROW_PANELS);
  b->column_units = ceiling(b->panels, COLUMN_PANELS);
  while (b->row_units * b->column_units < 8 * threads && b->row_units * b->column_units % threads &&
         b->row_units < b->row_panels)
    b->row_units++;
}

// All products' columns from `share` × round on, `share` of each at most.
static int gather(job *g, const ck_product *products, int count, long round, long budget) {
  *g = (job){.t = g->t, .rounds = g->rounds};
  long nr = g->t->nr, used = 0;
  for (int i = 0; i < count; i++) {
    const ck_product *p = &products[i];
    if (p->m <= 0 || p->k <= 0) continue;
    long steps = ceiling(p->k, g->t->depth), share = budget / count / steps / nr * nr;
    if (share < nr) share = nr;
    long first = round * share;
    if (first >= p->n) continue;
    part *s = &g->parts[g->part_count++];
    *s = (part){.p = p, .first = first, .columns = smaller(share, p->n - first)};
    s->panels = ceiling(s->columns, nr);
    s->is_shared = s > g->parts && same_b(s[-1].p, p);
    if (!s->is_shared) used += s->panels * nr * steps;
    if (s == g->parts || !same_a(s[-1].p, p)) g->bands[g->band_count++] = (band){.parts = s};
    band *b = &g->bands[g->band_count - 1];
    s->first_panel = b->panels;
    b->panels += s->panels;
    b->count++;
  }
  float *packed = ck_scratch(1, (size_t)used);
  for (part *s = g->parts; s < g->parts + g->part_count; s++) {
    s->packed = s->is_shared ? s[-1].packed : packed;
    if (!s->is_shared) packed += s->panels * nr * ceiling(s->p->k, g->t->depth);
  }
  for (int i = 0; i < g->band_count; i++) split(&g->bands[i], g->t->mr);
  return g->part_count > 0;
}

static void clear(const ck_product *p) {
  for (long i = 0; i < p->m && !p->accumulate && p->n > 0; i++)
    memset(p->c + i * p->ldc, 0, (size_t)p->n * sizeof(float));
}

// The kernels of bf16 pairs, where the machine has them and a test did not choose a lesser set.
static const ck_product_table *pairs(void) {
#if defined(__x86_64__)
  if (ck_isa_current() == CK_AVX512 && __builtin_cpu_supports("avx512bf16")) return &ck_product_table_avx512bf16;
#endif
  return NULL;
}

void ck_gemm_group(const ck_product *products, int count, int precision) {
  if (ck_few_rows(products, count, precision)) return;
  job g = {.t = ck_active()->product, .rounds = precision == CK_BF16_PRODUCTS};
  if (g.rounds && pairs()) {
    g.t = pairs();
    g.rounds = 0;
  }
  double work = 0;
  for (int i = 0; i < count; i++) {
    if (products[i].k <= 0) clear(&products[i]);
    work += (double)products[i].m * (double)products[i].n * (double)products[i].k;
  }
  for (long round = 0; gather(&g, products, count, round, PACKED_FLOATS); round++) {
    int packs = 0, units = 0;
    for (int i = 0; i < g.part_count; i++) packs += pack_units(&g.parts[i]);
    for (int i = 0; i < g.band_count; i++) units += (int)(g.bands[i].row_units * g.bands[i].column_units);
    run(packs, work < SERIAL, pack_unit, &g);
    run(units, work < SERIAL, product_unit, &g);
  }
}

void ck_gemm(long m, long n, long k, const float *a, long ars, long acs, const float *b, long brs, long bcs, float *c,
             long ldc, int accumulate) {
  ck_product p = {m, n, k, a, ars, acs, b, CK_F32, brs, bcs, c, ldc, accumulate};
  ck_gemm_group(&p, 1, CK_F32_PRODUCTS);
}
