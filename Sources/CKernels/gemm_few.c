// Matrix products of few rows: dot products with weights as they are stored. One unit of work is a stretch of weights.
#include "table.h"

enum {
  SERIAL = 250000,     // multiplications below which a second thread costs more than it brings
  UNIT_FLOATS = 65536, // weights of one unit, about
};

typedef struct {
  const ck_product_table *t;
  const ck_product *products;
  int count, units[CK_PRODUCTS_MAX];
} job;

static void few_unit(void *context, int unit) {
  const job *g = context;
  int i = 0;
  for (; unit >= g->units[i]; i++) unit -= g->units[i];
  const ck_product *p = &g->products[i];
  // Shares of whole vectors of outputs.
  long blocks = (p->n + 15) / 16, first = unit * blocks / g->units[i] * 16,
       end = (unit + 1) * blocks / g->units[i] * 16;
  if (end > p->n) end = p->n;
  long at = first * p->bcs;
  const void *b =
      p->kind == CK_F32 ? (const void *)((const float *)p->b + at) : (const void *)((const uint16_t *)p->b + at);
  if (first < end)
    g->t->few(p->kind, p->m, p->k, p->a, p->ars, b, p->bcs, end - first, p->c + first, p->ldc, p->accumulate);
}

int ck_few_rows(const ck_product *products, int count, int precision) {
  job g = {.t = ck_active()->product, .products = products, .count = count};
  double work = 0;
  int units = 0;
  for (int i = 0; i < count; i++) {
    const ck_product *p = &products[i];
    int is_dense = p->kind == CK_F32;
    if (p->m <= 0 || p->k <= 0 || p->m > CK_FEW_ROWS || p->acs != 1 || p->brs != 1) return 0;
    if (is_dense && precision != CK_F32_PRODUCTS) return 0;
    long blocks = (p->n + 15) / 16, share = p->n * p->k / UNIT_FLOATS + 1;
    g.units[i] = (int)(share < blocks ? share : blocks);
    units += g.units[i];
    work += (double)p->m * (double)p->n * (double)p->k;
  }
  if (work < SERIAL)
    for (int u = 0; u < units; u++) few_unit(&g, u);
  else ck_parallel(units, few_unit, &g);
  return 1;
}
