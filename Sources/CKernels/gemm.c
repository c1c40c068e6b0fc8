// The matrix product around the register tile: pack both operands into panels once, then fill the output tile by tile.
#include "table.h"
#include <string.h>

enum { KC = 256 }; // depth of one pass: a panel of A (12 x 256) and of B (256 x 32) stay near the core

typedef struct {
  const ck_product_table *t;
  long m, n, k, ars, acs, brs, bcs, ldc, a_panels, b_panels, rows_per_unit, columns_per_unit, column_units;
  const float *a, *b;
  float *c, *pa, *pb;
  int accumulate, pack_a_units;
} product;

enum { PANELS_PER_PACK = 4 };

static void pack_unit(void *context, int unit) {
  product *g = context;
  int mr = g->t->mr, nr = g->t->nr;
  if (unit < g->pack_a_units) {
    for (long p = (long)unit * PANELS_PER_PACK; p < g->a_panels && p < (long)(unit + 1) * PANELS_PER_PACK; p++) {
      long rows = g->m - p * mr < mr ? g->m - p * mr : mr;
      g->t->pack(g->a + p * mr * g->ars, g->ars, g->acs, rows, g->k, g->pa + p * mr * g->k, mr);
    }
  } else {
    unit -= g->pack_a_units;
    for (long p = (long)unit * PANELS_PER_PACK; p < g->b_panels && p < (long)(unit + 1) * PANELS_PER_PACK; p++) {
      long columns = g->n - p * nr < nr ? g->n - p * nr : nr;
      g->t->pack(g->b + p * nr * g->bcs, g->bcs, g->brs, columns, g->k, g->pb + p * nr * g->k, nr);
    }
  }
}

static void product_unit(void *context, int unit) {
  product *g = context;
  int mr = g->t->mr, nr = g->t->nr;
  long i0 = (unit / g->column_units) * g->rows_per_unit, j0 = (unit % g->column_units) * g->columns_per_unit;
  long i1 = i0 + g->rows_per_unit < g->a_panels ? i0 + g->rows_per_unit : g->a_panels;
  long j1 = j0 + g->columns_per_unit < g->b_panels ? j0 + g->columns_per_unit : g->b_panels;
  for (long p = 0; p < g->k; p += KC) {
    long depth = g->k - p < KC ? g->k - p : KC;
    int accumulate = g->accumulate || p > 0;
    for (long j = j0; j < j1; j++) {
      long columns = g->n - j * nr < nr ? g->n - j * nr : nr;
      for (long i = i0; i < i1; i++) {
        long rows = g->m - i * mr < mr ? g->m - i * mr : mr;
        g->t->tile(depth, g->pa + (i * g->k + p) * mr, g->pb + (j * g->k + p) * nr, g->c + i * mr * g->ldc + j * nr, g->ldc,
                   rows, columns, accumulate);
      }
    }
  }
}

// Few rows against weights stored row by row: dot products, no packing. One unit is 64 outputs of all rows.
static void dot_unit(void *context, int unit) {
  product *g = context;
  long j1 = (long)(unit + 1) * 64 < g->n ? (long)(unit + 1) * 64 : g->n;
  for (long j = (long)unit * 64; j < j1; j++)
    for (long i = 0; i < g->m; i++) {
      float s = g->t->dot(g->a + i * g->ars, g->b + j * g->bcs, g->k);
      float *c = g->c + i * g->ldc + j;
      *c = g->accumulate ? *c + s : s;
    }
}

static long ceiling(long a, long b) { return (a + b - 1) / b; }

void ck_gemm(long m, long n, long k, const float *a, long ars, long acs, const float *b, long brs, long bcs, float *c,
             long ldc, int accumulate) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {
    if (!accumulate)
      for (long i = 0; i < m; i++) memset(c + i * ldc, 0, (size_t)n * sizeof(float));
    return;
  }
  const ck_product_table *t = ck_active()->product;
  product g = {.t = t, .m = m, .n = n, .k = k, .ars = ars, .acs = acs, .brs = brs, .bcs = bcs, .ldc = ldc, .a = a,
               .b = b, .c = c, .accumulate = accumulate};
  if (m <= 4 && acs == 1 && brs == 1) {
    int units = (int)ceiling(n, 64);
    // Below a quarter million products a second thread costs more than it brings.
    if (m * n * k < 250000) for (int u = 0; u < units; u++) dot_unit(&g, u);
    else ck_parallel(units, dot_unit, &g);
    return;
  }
  g.a_panels = ceiling(m, t->mr);
  g.b_panels = ceiling(n, t->nr);
  g.pa = ck_scratch(0, (size_t)(g.a_panels * t->mr * k));
  g.pb = ck_scratch(1, (size_t)(g.b_panels * t->nr * k));
  g.pack_a_units = (int)ceiling(g.a_panels, PANELS_PER_PACK);
  g.rows_per_unit = 16;
  g.columns_per_unit = 8;
  g.column_units = ceiling(g.b_panels, g.columns_per_unit);
  int packs = g.pack_a_units + (int)ceiling(g.b_panels, PANELS_PER_PACK);
  int units = (int)(g.column_units * ceiling(g.a_panels, g.rows_per_unit));
  if (m * n * k < 250000) {
    for (int u = 0; u < packs; u++) pack_unit(&g, u);
    for (int u = 0; u < units; u++) product_unit(&g, u);
  } else {
    ck_parallel(packs, pack_unit, &g);
    ck_parallel(units, product_unit, &g);
  }
}
