// The norms behind their public names, split over rows.
#include "rows.h"
#include <string.h>

static void norm_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  j->t->rms_norm(j->a + r * j->n, j->b, j->y + r * j->n, j->z + r, m, j->n, j->f[0]);
}
void ck_rms_norm(const float *x, const float *weight, float *y, float *inverse, long rows, long n, float epsilon) {
  ck_rows_job j = {.a = x, .b = weight, .y = y, .z = inverse, .f = {epsilon}};
  ck_rows_spread(&j, rows, n, norm_unit);
}

static void norm_backward_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  float *sums = j->y ? j->y + u * j->n : NULL;
  if (sums) memset(sums, 0, (size_t)j->n * sizeof(float));
  j->t->rms_norm_backward(j->a + r * j->n, j->b, j->c + r, j->d + r * j->n, j->x ? j->x + r * j->n : NULL, j->accumulate,
                          sums, m, j->n);
}
// Each unit sums dweight over its own rows; the units' sums are added in their order.
void ck_rms_norm_backward(const float *x, const float *weight, const float *inverse, const float *dy, float *dx,
                          int accumulate, float *dweight, long rows, long n) {
  ck_rows_job j = {.a = x, .b = weight, .c = inverse, .d = dy, .x = dx, .accumulate = accumulate};
  if (dweight) j.y = ck_scratch(CK_SCRATCH_NORM, (size_t)(ck_rows_units(rows, n) * n));
  ck_rows_spread(&j, rows, n, norm_backward_unit);
  for (long u = 0; dweight && u < ck_rows_units(rows, n); u++) j.t->add(dweight, j.y + u * n, dweight, n);
}

static void layer_norm_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  j->t->layer_norm(j->a + r * j->n, j->b, j->c, j->y + r * j->n, j->z + 2 * r, m, j->n, j->f[0]);
}
void ck_layer_norm(const float *x, const float *weight, const float *bias, float *y, float *statistics, long rows,
                   long n, float epsilon) {
  ck_rows_job j = {.a = x, .b = weight, .c = bias, .y = y, .z = statistics, .f = {epsilon}};
  ck_rows_spread(&j, rows, n, layer_norm_unit);
}

static void layer_norm_backward_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  float *sums = j->y ? j->y + 2 * u * j->n : NULL;
  if (sums) memset(sums, 0, (size_t)(2 * j->n) * sizeof(float));
  j->t->layer_norm_backward(j->a + r * j->n, j->b, j->c + 2 * r, j->d + r * j->n, j->x ? j->x + r * j->n : NULL,
                            j->accumulate, sums, sums ? sums + j->n : NULL, m, j->n);
}
// As in RMSNorm: each unit sums over its own rows, and the units' sums are added in their order.
void ck_layer_norm_backward(const float *x, const float *weight, const float *statistics, const float *dy, float *dx,
                            int accumulate, float *dweight, float *dbias, long rows, long n) {
  ck_rows_job j = {.a = x, .b = weight, .c = statistics, .d = dy, .x = dx, .accumulate = accumulate};
  if (dweight || dbias) j.y = ck_scratch(CK_SCRATCH_NORM, (size_t)(2 * ck_rows_units(rows, n) * n));
  ck_rows_spread(&j, rows, n, layer_norm_backward_unit);
  for (long u = 0; j.y && u < ck_rows_units(rows, n); u++) {
    if (dweight) j.t->add(dweight, j.y + 2 * u * n, dweight, n);
    if (dbias) j.t->add(dbias, j.y + (2 * u + 1) * n, dbias, n);
  }
}
