// The row kernels behind their public names, split over rows (or columns, or flat blocks) when there is enough to do.
#include "rows.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 16384 }; // floats of one unit: about 10 µs of work, so that tickets cost little

static long rows_per_unit(long width) { return width >= BLOCK ? 1 : BLOCK / (width > 0 ? width : 1); }
long ck_rows_units(long rows, long width) { return (rows + rows_per_unit(width) - 1) / rows_per_unit(width); }

void ck_rows_spread(ck_rows_job *j, long rows, long width, void (*body)(void *, int)) {
  j->t = ck_active()->rows;
  j->rows = rows;
  j->n = width;
  j->rows_per_unit = rows_per_unit(width);
  int units = (int)ck_rows_units(rows, width);
  if (units < 2)
    for (int u = 0; u < units; u++) body(j, u);
  else ck_parallel(units, body, j);
}

float ck_dot(const float *a, const float *b, long n) { return ck_active()->rows->dot(a, b, n); }

static void add_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, i, m);
  j->t->add(j->a + i, j->b + i, j->y + i, m);
}
void ck_add(const float *a, const float *b, float *y, long n) {
  ck_rows_job j = {.a = a, .b = b, .y = y};
  ck_rows_spread(&j, n, 1, add_unit);
}
void ck_accumulate(const float *x, float *y, long n) { ck_add(x, y, y, n); }

static void scale_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, i, m);
  j->t->scale(j->x + i, j->f[0], m);
}
long ck_first_above(const float *x, long from, long n, float threshold) {
  return ck_active()->rows->first_above(x, from, n, threshold);
}

void ck_scale(float *x, float factor, long n) {
  ck_rows_job j = {.x = x, .f = {factor}};
  ck_rows_spread(&j, n, 1, scale_unit);
}

// Parts whose bounds depend on n alone, each with its own sum: the threads share them, and their order stays.
enum { PARTS = 32 };
typedef struct {
  const ck_rows_table *t;
  const float *x;
  long n, part;
  double sums[PARTS];
} squares;
static void squares_unit(void *context, int u) {
  squares *s = context;
  long from = u * s->part, left = s->n - from;
  s->sums[u] = s->t->sum_of_squares(s->x + from, left < s->part ? left : s->part);
}
double ck_sum_of_squares(const float *x, long n) {
  squares s = {.t = ck_active()->rows, .x = x, .n = n, .part = n / PARTS < BLOCK ? BLOCK : n / PARTS + 1};
  int parts = (int)((n + s.part - 1) / s.part);
  ck_parallel(parts, squares_unit, &s);
  double sum = 0;
  for (int u = 0; u < parts; u++) sum += s.sums[u];
  return sum;
}

int ck_all_finite(const float *x, long n) {
  for (long i = 0; i < n; i++)
    if (!isfinite(x[i])) return 0;
  return 1;
}

static void rope_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  j->t->rope(j->a + r * j->n, j->b + r * (j->turned / 2), j->c + r * (j->turned / 2), j->y + r * j->n, m, j->heads,
             j->size, j->turned, j->f[0], j->accumulate);
}
void ck_rope(const float *x, const float *cosines, const float *sines, float *y, long rows, long heads, long size,
             long turned, float direction, int accumulate) {
  ck_rows_job j = {.a = x, .b = cosines, .c = sines, .y = y, .heads = heads, .size = size, .turned = turned,
                   .accumulate = accumulate, .f = {direction}};
  ck_rows_spread(&j, rows, heads * size, rope_unit);
}

static void bias_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  j->t->add_bias(j->a + r * j->n, j->b, j->y + r * j->n, m, j->n);
}
void ck_add_bias(const float *x, const float *bias, float *y, long rows, long n) {
  ck_rows_job j = {.a = x, .b = bias, .y = y};
  ck_rows_spread(&j, rows, n, bias_unit);
}
// One thread, one order: biases are short.
void ck_sum_rows(const float *x, float *sum, long rows, long n) {
  for (long r = 0; r < rows; r++) ck_active()->rows->add(sum, x + r * n, sum, n);
}

static void cap_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, i, m);
  j->t->soft_cap(j->a + i, j->y + i, m, j->f[0]);
}
void ck_soft_cap(const float *x, float *y, long n, float cap) {
  ck_rows_job j = {.a = x, .y = y, .f = {cap}};
  ck_rows_spread(&j, n, 1, cap_unit);
}

static void softmax_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  for (long i = r; i < r + m; i++) j->t->softmax(j->a + i * j->n, j->y + i * j->n, j->n);
}
void ck_softmax(const float *x, float *y, long rows, long n) {
  ck_rows_job j = {.a = x, .y = y};
  ck_rows_spread(&j, rows, n, softmax_unit);
}
static void softmax_backward_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  for (long i = r; i < r + m; i++) j->t->softmax_backward(j->a + i * j->n, j->b + i * j->n, j->y + i * j->n, j->accumulate, j->n);
}
void ck_softmax_backward(const float *y, const float *dy, float *dx, int accumulate, long rows, long n) {
  ck_rows_job j = {.a = y, .b = dy, .y = dx, .accumulate = accumulate};
  ck_rows_spread(&j, rows, n, softmax_backward_unit);
}

static void cross_entropy_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, r, m);
  for (long i = r; i < r + m; i++) j->y[i] = j->t->cross_entropy(j->x + i * j->n, j->targets[i], j->a[i], j->n);
}
void ck_cross_entropy(float *logits, const int32_t *targets, const float *weights, float *loss, long rows, long n) {
  ck_rows_job j = {.x = logits, .a = weights, .y = loss, .targets = targets};
  ck_rows_spread(&j, rows, n, cross_entropy_unit);
}

static void adamw_unit(void *context, int u) {
  ck_rows_job *j = context;
  CK_ROWS(j, u, i, m);
  j->t->adamw(j->x + i, j->a + i, j->y + i, j->z + i, m, j->f[0], j->f[1], j->f[2], j->f[3], j->f[4], j->f[5], j->f[6], j->f[7]);
}
void ck_adamw(float *weight, const float *gradient, float *mean, float *variance, long n, float rate, float beta1,
              float beta2, float epsilon, float decay, float correction1, float correction2, float gradient_scale) {
  ck_rows_job j = {.x = weight, .a = gradient, .y = mean, .z = variance,
           .f = {rate, beta1, beta2, epsilon, decay, correction1, correction2, gradient_scale}};
  ck_rows_spread(&j, n, 1, adamw_unit);
}
