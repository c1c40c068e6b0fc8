// The table of one instruction set's kernels, and the scratch memory they share. Private to CKernels.
#ifndef CK_TABLE_H
#define CK_TABLE_H
#include "CKernels.h"

// Matrix product (product*.inc). Packed operands are made of 32-bit elements along k, called steps: an f32, or a pair of bf16.
typedef void (*ck_tile)(long steps, const float *a, long stride, const float *b, float *c, long ldc, long columns, int accumulate);
typedef struct {
  int mr, nr, depth; // register tile; factors of one step
  // Packed values are rounded to bf16 when `rounds`. B in panels [step][nr], A in rows `stride` apart or in panels [step][mr];
  // panels are `size` elements apart.
  void (*pack_b)(const void *b, int kind, long brs, long bcs, long columns, long k, float *out, long size, int rounds);
  void (*pack_rows)(const float *a, long ars, long rows, long k, float *out, long stride, int rounds);
  void (*pack_panels)(const float *a, long ars, long acs, long rows, long k, float *out, long size, int rounds);
  ck_tile rows[12], panel[12]; // for 1…mr rows of A, in either form
  void (*few)(int kind, long m, long k, const float *a, long ars, const void *b, long bcs, long n, float *c,
              long ldc, int accumulate);
} ck_product_table;
#if defined(__x86_64__)
extern const ck_product_table ck_product_table_avx512bf16; // without `few`
#endif
// Products whose A has few rows and whose B is stored row by row; 0 when these are not.
int ck_few_rows(const ck_product *products, int count, int precision);

// Rows (rows.inc)
typedef struct {
  float (*dot)(const float *, const float *, long);
  void (*add)(const float *, const float *, float *, long);
  void (*scale)(float *, float, long);
  double (*sum_of_squares)(const float *, long);
  void (*rms_norm)(const float *, const float *, float *, float *, long, long, float);
  void (*rms_norm_backward)(const float *, const float *, const float *, const float *, float *, int, float *, long,
                            long);
  void (*layer_norm)(const float *, const float *, const float *, float *, float *, long, long, float);
  void (*layer_norm_backward)(const float *, const float *, const float *, const float *, float *, int, float *, float *,
                              long, long);
  void (*rope)(const float *, const float *, const float *, float *, long, long, long, long, float, int);
  void (*swiglu)(const float *, const float *, float *, long);
  void (*swiglu_backward)(const float *, const float *, const float *, float *, float *, long);
  void (*gelu)(const float *, const float *, float *, long, int);
  void (*gelu_backward)(const float *, const float *, const float *, float *, float *, long, int);
  void (*add_bias)(const float *, const float *, float *, long, long);
  void (*soft_cap)(const float *, float *, long, float);
  void (*softmax)(const float *, float *, long);
  void (*softmax_backward)(const float *, const float *, float *, int, long);
  float (*cross_entropy)(float *, int32_t, float, long);
  void (*adamw)(float *, const float *, float *, float *, long, float, float, float, float, float, float, float, float);
  long (*first_above)(const float *, long, long, float);
} ck_rows_table;

// Attention (attention.inc); a "group" is CK_CACHE_GROUP keys, [size][CK_CACHE_GROUP]
typedef struct {
  void (*add)(const float *, const float *, float *, long);
  void (*soft_cap)(const float *, float *, long, float);
  // Softmax over the first `seen` entries; zeros from there to `end`.
  void (*softmax)(const float *x, long seen, float *y, long end, float *statistics);
  void (*softmax_backward)(const float *y, const float *dy, long seen, float *dx, long end, int accumulate);
  // Scores and gradient of the pattern → pattern and gradient of the scores, in place
  void (*softmax_again_backward)(float *s, float *d, long seen, long end, const float *statistics);
  // The length of a row without the entries equal to `value` at its end
  long (*trimmed)(const float *x, long n, float value);
  // out[r][c] = factor * sum_d q[r][d] * key c[d], keys in groups; reads whole groups, writes `columns`
  void (*scores)(const float *q, long ldq, long rows, const float *keys, long columns, long size, float factor,
                 float *out, long ldo);
  // out[r][:] (+)= factor * sum_c p[r][c] * v[c][:]
  void (*mix)(const float *p, long ldp, long rows, long columns, const float *v, long ldv, long size, float factor,
              float *out, long ldo, int accumulate);
  // sum[c][:] += sum_r p[r][c] * x[r][:] over the rows that see key c: row r sees keys 0..<seen+r. Tiles of keys from
  // `fresh_from` on begin at zero. p must hold zeros for unseen keys as far as the next multiple of CK_CACHE_GROUP.
  void (*gather)(const float *p, long ldp, long rows, long columns, long seen, const float *x, long ldx, long size,
                 float *sum, long fresh_from);
  // 16 rows → one group
  void (*pack_group)(const float *x, long ldx, long size, float *group);
} ck_attention_table;

// Quantized weights (quantized.inc)
typedef struct { // rows of activations as `ck_quantize_rows` makes them
  long rows, blocks;
  const int8_t *q;
  const float *scales;
  const int32_t *sums;
  const float *moves; // scale · sum: of a block, of its halves; what mins are multiplied by
} ck_codes;
typedef struct {
  void (*quantize)(const float *x, long columns, int8_t *q, float *scales, int32_t *sums);
  // y[r][0..<valid] of one panel
  void (*panel)(int kind, const uint8_t *w, ck_codes x, float *y, long ldy, long valid);
  // A panel of a kind that `ck_unpacks`, and the same product of what it becomes
  void (*unpack)(int kind, const uint8_t *w, long blocks, uint8_t *out);
  void (*unpacked)(const uint8_t *w, ck_codes x, float *y, long ldy, long valid);
} ck_quantized_table;

static inline float ck_half_to_float(uint16_t h) {
  uint32_t sign = (uint32_t)(h >> 15) << 31, exponent = h >> 10 & 31, fraction = h & 1023;
  float f = exponent == 0 ? (float)fraction * 0x1p-24f : 0;
  uint32_t bits = exponent == 31 ? 0x7F800000u | fraction << 13 : (exponent + 112) << 23 | fraction << 13;
  if (exponent == 0) __builtin_memcpy(&bits, &f, 4);
  bits |= sign;
  __builtin_memcpy(&f, &bits, 4);
  return f;
}

typedef struct {
  const ck_product_table *product;
  const ck_rows_table *rows;
  const ck_attention_table *attention;
  const ck_quantized_table *quantized;
} ck_table;

extern const ck_table ck_table_portable;
#if defined(__x86_64__)
extern const ck_table ck_table_avx2, ck_table_avx512;
#endif
const ck_table *ck_active(void);

// Products of quantized weights and one of their rows (quantized.c); all of the matrices are of quantized kinds.
void ck_quantized_products(const ck_weight *w, int count, long m, const float *x, float *const *y);
void ck_quantized_row(const ck_weight *w, long row, float *out);

// A scratch block that only the calling thread uses, grown on demand and kept: 0 and 1 the product, 2…5 attention.
enum { CK_SCRATCH_PANEL = 6, CK_SCRATCH_ACTIVATIONS = 7, CK_SCRATCH_NORM = 8, CK_SCRATCH_COUNT = 9 };
float *ck_scratch(int slot, size_t floats);

#endif
