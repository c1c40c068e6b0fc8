// How row kernels are split over threads. Private to CKernels.
#ifndef CK_ROWS_H
#define CK_ROWS_H
#include "table.h"

typedef struct {
  const ck_rows_table *t;
  long rows, n, rows_per_unit, heads, size, turned;
  const float *a, *b, *c, *d;
  float *x, *y, *z;
  const int32_t *targets;
  int accumulate, exact;
  float f[8];
} ck_rows_job;

// Calls `body` for units of rows of `width` elements, on several threads where there is enough to do; a flat array is rows of 1.
void ck_rows_spread(ck_rows_job *j, long rows, long width, void (*body)(void *, int));
// Units that `ck_rows_spread` makes.
long ck_rows_units(long rows, long width);

#define CK_ROWS(j, unit, from, count)                                                                                  \
  long from = (long)(unit) * (j)->rows_per_unit;                                                                       \
  long count = (j)->rows - from < (j)->rows_per_unit ? (j)->rows - from : (j)->rows_per_unit

#endif
