// The memory of the KV cache: writing rows into it and reading them back. Not here: which positions are in use.
#include "attention.h"
#include <string.h>

void ck_cache_store(float *keys, float *values, long capacity, long kv_heads, long size, long position, long n,
                    const float *k, const float *v) {
  const ck_attention_table *t = ck_active()->attention;
  long stride = kv_heads * size;
  for (long h = 0; h < kv_heads; h++) {
    float *groups = keys + h * capacity * size, *rows = values + h * capacity * size;
    for (long i = 0; i < n; i++)
      memcpy(rows + (position + i) * size, v + i * stride + h * size, (size_t)size * sizeof(float));
    for (long i = 0; i < n;) {
      long at = position + i, lane = at % CK_CACHE_GROUP;
      const float *x = k + i * stride + h * size;
      float *group = groups + (at - lane) * size;
      if (lane == 0 && n - i >= CK_CACHE_GROUP) {
        t->pack_group(x, stride, size, group);
        i += CK_CACHE_GROUP;
      } else {
        for (long d = 0; d < size; d++) group[d * CK_CACHE_GROUP + lane] = x[d];
        i++;
      }
    }
  }
}

void ck_cache_read(const float *keys, const float *values, long capacity, long kv_heads, long size, long position,
                   long n, float *k, float *v) {
  for (long i = 0; i < n; i++)
    for (long h = 0; h < kv_heads; h++, k += size, v += size) {
      long at = position + i, lane = at % CK_CACHE_GROUP;
      const float *group = keys + h * capacity * size + (at - lane) * size;
      for (long d = 0; d < size; d++) k[d] = group[d * CK_CACHE_GROUP + lane];
      memcpy(v, values + (h * capacity + at) * size, (size_t)size * sizeof(float));
    }
}
