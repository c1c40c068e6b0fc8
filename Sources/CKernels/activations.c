// The activations behind their public names, split over flat blocks.
#include "rows.h"

static void swiglu_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, i, m);
  j->t->swiglu(j->a + i, j->b + i, j->y + i, m);
}
void ck_swiglu(const float *gate, const float *up, float *y, long n) {
  ck_rows_job j = {.a = gate, .b = up, .y = y};
  ck_rows_spread(&j, n, 1, swiglu_unit);
}
static void swiglu_backward_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, i, m);
  j->t->swiglu_backward(j->a + i, j->b + i, j->c + i, j->x + i, j->y + i, m);
}
void ck_swiglu_backward(const float *gate, const float *up, const float *dy, float *dgate, float *dup, long n) {
  ck_rows_job j = {.a = gate, .b = up, .c = dy, .x = dgate, .y = dup};
  ck_rows_spread(&j, n, 1, swiglu_backward_unit);
}

static void gelu_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, i, m);
  j->t->gelu(j->a + i, j->b ? j->b + i : NULL, j->y + i, m, j->exact);
}
void ck_gelu(const float *x, const float *up, float *y, long n, int exact) {
  ck_rows_job j = {.a = x, .b = up, .y = y, .exact = exact};
  ck_rows_spread(&j, n, 1, gelu_unit);
}
static void gelu_backward_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, i, m);
  j->t->gelu_backward(j->a + i, j->b ? j->b + i : NULL, j->c + i, j->x + i, j->y ? j->y + i : NULL, m, j->exact);
}
void ck_gelu_backward(const float *x, const float *up, const float *dy, float *dx, float *dup, long n, int exact) {
  ck_rows_job j = {.a = x, .b = up, .c = dy, .x = dx, .y = dup, .exact = exact};
  ck_rows_spread(&j, n, 1, gelu_backward_unit);
}
