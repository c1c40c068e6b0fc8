// The table of one instruction set's kernels, and the scratch memory they share. Private to CKernels.
#ifndef CK_TABLE_H
#define CK_TABLE_H
#include "CKernels.h"

// Matrix product (product.inc)
typedef struct {
  int mr, nr; // register tile
  void (*pack)(const float *src, long rs, long cs, long rows, long k, float *dst, int tile);
  void (*tile)(long k, const float *a, const float *b, float *c, long ldc, long rows, long columns, int accumulate);
  float (*dot)(const float *, const float *, long);
} ck_product_table;

// Rows (rows.inc)
typedef struct {
  float (*dot)(const float *, const float *, long);
  void (*add)(const float *, const float *, float *, long);
  void (*scale)(float *, float, long);
  double (*sum_of_squares)(const float *, long);
  void (*rms_norm)(const float *, const float *, float *, float *, long, long, float);
  void (*rms_norm_backward)(const float *, const float *, const float *, const float *, float *, int, long, long);
  void (*rms_norm_weight_backward)(const float *, const float *, const float *, float *, long, long, long, long);
  void (*rope)(const float *, const float *, const float *, float *, long, long, long, float, int);
  void (*swiglu)(const float *, const float *, float *, long);
  void (*swiglu_backward)(const float *, const float *, const float *, float *, float *, long);
  void (*softmax)(const float *, float *, long);
  void (*softmax_backward)(const float *, const float *, float *, int, long);
  float (*cross_entropy)(float *, int32_t, float, long);
  void (*adamw)(float *, const float *, float *, float *, long, float, float, float, float, float, float, float, float);
} ck_rows_table;

// Attention (attention.inc)
typedef struct {
  void (*add)(const float *, const float *, float *, long);
  void (*softmax)(const float *, float *, long);
  void (*softmax_backward)(const float *, const float *, float *, int, long);
  // rows of a (stride ars) against the columns of bt [size][columns]: out[r][c] = factor * sum_d a[r][d]*bt[d][c]
  void (*outer)(const float *a, long ars, long rows, const float *bt, long columns, long size, float factor, float *out,
                long ldo);
  // out[r][:] (+)= factor * sum_c p[r][c] * b[c][:], b rows of stride brs
  void (*mix)(const float *p, long ldp, long rows, long columns, const float *b, long brs, long size, float factor,
              float *out, long ors, int accumulate);
  // out[c][:] += factor * sum_r p[r][c] * b[r][:]
  void (*mix_transposed)(const float *p, long ldp, long rows, long columns, const float *b, long brs, long size,
                         float factor, float *out, long ors);
} ck_attention_table;

typedef struct {
  const ck_product_table *product;
  const ck_rows_table *rows;
  const ck_attention_table *attention;
} ck_table;

extern const ck_table ck_table_portable;
#if defined(__x86_64__)
extern const ck_table ck_table_avx2, ck_table_avx512;
#endif
const ck_table *ck_active(void);

// A scratch block that only the calling thread uses, grown on demand and kept; slot 0…3.
float *ck_scratch(int slot, size_t floats);

#endif
