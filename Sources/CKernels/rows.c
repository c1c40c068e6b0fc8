// The row kernels behind their public names, split over rows (or columns, or flat blocks) when there is enough to do.
#include "table.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 16384 }; // floats of one unit: about 10 µs of work, so that tickets cost little

typedef struct {
  const ck_rows_table *t;
  long rows, n, rows_per_unit, heads, size;
  const float *a, *b, *c, *d;
  float *x, *y, *z;
  const int32_t *targets;
  int accumulate;
  float f[8];
} job;

static long rows_per_unit(long width) { return width >= BLOCK ? 1 : BLOCK / (width > 0 ? width : 1); }
static long units_of(long rows, long width) { return (rows + rows_per_unit(width) - 1) / rows_per_unit(width); }

static void spread(job *j, long rows, long width, void (*body)(void *, int)) {
  j->t = ck_active()->rows;
  j->rows = rows;
  j->n = width;
  j->rows_per_unit = rows_per_unit(width);
  int units = (int)units_of(rows, width);
  if (units < 2)
    for (int u = 0; u < units; u++) body(j, u);
  else ck_parallel(units, body, j);
}

#define ROWS(j, unit, from, count)                                                                                     \
  long from = (long)(unit) * (j)->rows_per_unit;                                                                       \
  long count = (j)->rows - from < (j)->rows_per_unit ? (j)->rows - from : (j)->rows_per_unit

float ck_dot(const float *a, const float *b, long n) { return ck_active()->rows->dot(a, b, n); }

static void add_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, i, m);
  j->t->add(j->a + i, j->b + i, j->y + i, m);
}
void ck_add(const float *a, const float *b, float *y, long n) {
  job j = {.a = a, .b = b, .y = y};
  spread(&j, n, 1, add_unit);
}
void ck_accumulate(const float *x, float *y, long n) { ck_add(x, y, y, n); }

static void scale_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, i, m);
  j->t->scale(j->x + i, j->f[0], m);
}
long ck_first_above(const float *x, long from, long n, float threshold) {
  return ck_active()->rows->first_above(x, from, n, threshold);
}

void ck_scale(float *x, float factor, long n) {
  job j = {.x = x, .f = {factor}};
  spread(&j, n, 1, scale_unit);
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

static void norm_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, r, m);
  j->t->rms_norm(j->a + r * j->n, j->b, j->y + r * j->n, j->z + r, m, j->n, j->f[0]);
}
void ck_rms_norm(const float *x, const float *weight, float *y, float *inverse, long rows, long n, float epsilon) {
  job j = {.a = x, .b = weight, .y = y, .z = inverse, .f = {epsilon}};
  spread(&j, rows, n, norm_unit);
}

static void norm_backward_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, r, m);
  float *sums = j->y ? j->y + u * j->n : NULL;
  if (sums) memset(sums, 0, (size_t)j->n * sizeof(float));
  j->t->rms_norm_backward(j->a + r * j->n, j->b, j->c + r, j->d + r * j->n, j->x ? j->x + r * j->n : NULL, j->accumulate,
                          sums, m, j->n);
}
// Each unit sums dweight over its own rows; the units' sums are added in their order.
void ck_rms_norm_backward(const float *x, const float *weight, const float *inverse, const float *dy, float *dx,
                          int accumulate, float *dweight, long rows, long n) {
  job j = {.a = x, .b = weight, .c = inverse, .d = dy, .x = dx, .accumulate = accumulate};
  if (dweight) j.y = ck_scratch(CK_SCRATCH_NORM, (size_t)(units_of(rows, n) * n));
  spread(&j, rows, n, norm_backward_unit);
  for (long u = 0; dweight && u < units_of(rows, n); u++) j.t->add(dweight, j.y + u * n, dweight, n);
}

static void rope_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, r, m);
  j->t->rope(j->a + r * j->n, j->b + r * (j->size / 2), j->c + r * (j->size / 2), j->y + r * j->n, m, j->heads, j->size,
             j->f[0], j->accumulate);
}
void ck_rope(const float *x, const float *cosines, const float *sines, float *y, long rows, long heads, long size,
             float direction, int accumulate) {
  job j = {.a = x, .b = cosines, .c = sines, .y = y, .heads = heads, .size = size, .accumulate = accumulate, .f = {direction}};
  spread(&j, rows, heads * size, rope_unit);
}

static void swiglu_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, i, m);
  j->t->swiglu(j->a + i, j->b + i, j->y + i, m);
}
void ck_swiglu(const float *gate, const float *up, float *y, long n) {
  job j = {.a = gate, .b = up, .y = y};
  spread(&j, n, 1, swiglu_unit);
}
static void swiglu_backward_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, i, m);
  j->t->swiglu_backward(j->a + i, j->b + i, j->c + i, j->x + i, j->y + i, m);
}
void ck_swiglu_backward(const float *gate, const float *up, const float *dy, float *dgate, float *dup, long n) {
  job j = {.a = gate, .b = up, .c = dy, .x = dgate, .y = dup};
  spread(&j, n, 1, swiglu_backward_unit);
}

static void softmax_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, r, m);
  for (long i = r; i < r + m; i++) j->t->softmax(j->a + i * j->n, j->y + i * j->n, j->n);
}
void ck_softmax(const float *x, float *y, long rows, long n) {
  job j = {.a = x, .y = y};
  spread(&j, rows, n, softmax_unit);
}
static void softmax_backward_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, r, m);
  for (long i = r; i < r + m; i++) j->t->softmax_backward(j->a + i * j->n, j->b + i * j->n, j->y + i * j->n, j->accumulate, j->n);
}
void ck_softmax_backward(const float *y, const float *dy, float *dx, int accumulate, long rows, long n) {
  job j = {.a = y, .b = dy, .y = dx, .accumulate = accumulate};
  spread(&j, rows, n, softmax_backward_unit);
}

static void cross_entropy_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, r, m);
  for (long i = r; i < r + m; i++) j->y[i] = j->t->cross_entropy(j->x + i * j->n, j->targets[i], j->a[i], j->n);
}
void ck_cross_entropy(float *logits, const int32_t *targets, const float *weights, float *loss, long rows, long n) {
  job j = {.x = logits, .a = weights, .y = loss, .targets = targets};
  spread(&j, rows, n, cross_entropy_unit);
}

static void adamw_unit(void *context, int u) {
  job *j = context;
  ROWS(j, u, i, m);
  j->t->adamw(j->x + i, j->a + i, j->y + i, j->z + i, m, j->f[0], j->f[1], j->f[2], j->f[3], j->f[4], j->f[5], j->f[6], j->f[7]);
}
void ck_adamw(float *weight, const float *gradient, float *mean, float *variance, long n, float rate, float beta1,
              float beta2, float epsilon, float decay, float correction1, float correction2, float gradient_scale) {
  job j = {.x = weight, .a = gradient, .y = mean, .z = variance,
           .f = {rate, beta1, beta2, epsilon, decay, correction1, correction2, gradient_scale}};
  spread(&j, n, 1, adamw_unit);
}
