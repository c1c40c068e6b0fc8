// y = x·Wᵀ for weights of every stored kind: hands runs of one family to its kernels. Not here: the kernels.
#include "table.h"
#include <string.h>

enum { RUN = 3 }; // weights that read one input: q, k, v

static int family(const ck_weight *w) { return w->kind >= CK_Q8_0 ? 2 : w->kind == CK_BF16; }

// bf16 weights read their input rounded to bf16, for many rows as for one: a token decoded alone sees what it sees in a prompt.
static const float *rounded(const float *x, long n) {
  float *out = ck_scratch(CK_SCRATCH_ACTIVATIONS, (size_t)n);
  for (long i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, 4);
    uint32_t even = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000u;
    bits = (bits & 0x7FFFFFFF) > 0x7F800000 ? bits | 0x400000 : even;
    memcpy(out + i, &bits, 4);
  }
  return out;
}

static void dense(const ck_weight *w, int count, long m, const float *x, float *const *y, int precision) {
  long columns = w->columns;
  ck_product products[RUN];
  if (w->kind == CK_BF16) {
    if (m <= CK_FEW_ROWS) x = rounded(x, m * columns);
    else precision = CK_BF16_PRODUCTS;
  }
  for (int i = 0; i < count; i++)
    products[i] = (ck_product){.m = m, .n = w[i].rows, .k = columns, .a = x, .ars = columns, .acs = 1, .b = w[i].data,
                               .kind = w[i].kind, .brs = 1, .bcs = columns, .c = y[i], .ldc = w[i].rows};
  ck_gemm_group(products, count, precision);
}

void ck_linear(const ck_weight *w, int count, long m, const float *x, float *const *y, int precision) {
  for (int i = 0, next; i < count; i = next) {
    for (next = i + 1; next < count && family(&w[next]) == family(&w[i]) && next - i < RUN; next++) {}
    if (family(&w[i]) == 2) ck_quantized_products(w + i, next - i, m, x, y + i);
    else dense(w + i, next - i, m, x, y + i, precision);
  }
}

void ck_weight_row(const ck_weight *w, long row, float *out) {
  if (family(w) == 2) {
    ck_quantized_row(w, row, out);
  } else if (w->kind == CK_F32) {
    memcpy(out, (const float *)w->data + row * w->columns, (size_t)w->columns * sizeof(float));
  } else {
    const uint16_t *from = (const uint16_t *)w->data + row * w->columns;
    for (long c = 0; c < w->columns; c++) {
      uint32_t bits = (uint32_t)from[c] << 16;
      if (w->kind == CK_F16) out[c] = ck_half_to_float(from[c]);
      else memcpy(out + c, &bits, 4);
    }
  }
}
