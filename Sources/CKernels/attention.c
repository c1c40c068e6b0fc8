// Grouped-query attention in one pass, causal or in both directions, and how attention's work is split. Not here: its steps, gradients, cache.
#include "attention.h"
#include <math.h>

enum {
  TILE = 6,         // query rows that share a pass over the keys
  BLOCK = 4 * TILE, // queries of one unit
  WORTH = 100000    // multiply-adds below which a second thread costs more than it saves
};

void ck_attention_run(ck_attention_job *j, void (*body)(void *, int), int split) {
  j->t = ck_active()->attention;
  const ck_attention *a = j->a;
  j->blocks = split && a->span_count == 1 ? (a->spans->query_count + BLOCK - 1) / BLOCK : 1;
  int units = (int)(a->span_count * a->kv_heads * j->blocks);
  double work = 0;
  for (long s = 0; s < a->span_count; s++) work += (double)a->spans[s].query_count * (double)a->spans[s].key_count;
  if (work * (double)(a->heads * a->size) < WORTH)
    for (int u = 0; u < units; u++) body(j, u);
  else ck_parallel(units, body, j);
}

ck_attention_unit ck_attention_unit_at(const ck_attention_job *j, int unit) {
  const ck_attention *a = j->a;
  long block = j->blocks - 1 - unit / (a->span_count * a->kv_heads), rest = unit % (a->span_count * a->kv_heads);
  const ck_span *s = a->spans + rest / a->kv_heads;
  int whole = j->blocks == 1;
  long from = whole ? 0 : block * BLOCK, to = whole || from + BLOCK > s->query_count ? s->query_count : from + BLOCK;
  ck_attention_unit u = {.span = s, .kv_head = rest % a->kv_heads, .group = a->heads / a->kv_heads, .size = a->size};
  u.q_stride = a->heads * a->size;
  u.k_stride = a->kv_heads * a->size;
  u.queries = s->query_count;
  u.keys = s->key_count;
  u.past = u.keys - u.queries;
  u.from = from;
  u.to = to;
  return u;
}

void ck_attention_pack(const ck_attention_table *t, const float *x, long stride, long n, long size, float *groups) {
  long c = 0;
  for (; c + CK_CACHE_GROUP <= n; c += CK_CACHE_GROUP) t->pack_group(x + c * stride, stride, size, groups + c * size);
  if (c == n) return;
  for (long d = 0; d < size; d++)
    for (long r = 0; r < CK_CACHE_GROUP; r++)
      groups[c * size + d * CK_CACHE_GROUP + r] = c + r < n ? x[(c + r) * stride + d] : 0;
}

static void prepare_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  float *groups = (float *)j->packed + u.kv_head * ck_grouped(u.keys) * u.size;
  ck_attention_pack(j->t, CK_K(j->k, u), u.k_stride, u.keys, u.size, groups);
}
void ck_attention_prepare(ck_attention_job *j) {
  const ck_attention *a = j->a;
  if (a->cache_keys || a->span_count > 1) return;
  j->packed = ck_scratch(CK_SCRATCH_KEYS, (size_t)(a->kv_heads * ck_grouped(a->spans->key_count) * a->size));
  ck_attention_run(j, prepare_unit, 0);
}

const float *ck_attention_keys(const ck_attention_job *j, const ck_attention_unit *u) {
  if (j->a->cache_keys) return j->a->cache_keys + u->kv_head * j->a->cache_capacity * u->size;
  if (j->packed) return j->packed + u->kv_head * ck_grouped(u->keys) * u->size;
  float *groups = ck_scratch(CK_SCRATCH_KEYS, (size_t)(ck_grouped(u->keys) * u->size));
  ck_attention_pack(j->t, CK_K(j->k, *u), u->k_stride, u->keys, u->size, groups);
  return groups;
}

const float *ck_attention_values(const ck_attention_job *j, const ck_attention_unit *u, long *stride) {
  *stride = j->a->cache_values ? u->size : u->k_stride;
  return j->a->cache_values ? j->a->cache_values + u->kv_head * j->a->cache_capacity * u->size : CK_K(j->v, *u);
}

static void forward_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  const ck_attention_table *t = j->t;
  long v_stride, wide = ck_grouped(ck_seen(j->a, &u, u.to - 1));
  const float *keys = ck_attention_keys(j, &u), *v = ck_attention_values(j, &u, &v_stride);
  // Padded, so that the rows of a tile do not fall on the same lines of the first cache.
  long ld = wide + CK_CACHE_GROUP;
  float *p = ck_scratch(CK_SCRATCH_ROWS, (size_t)(TILE * ld));
  // The rows of a tile are queries of one head, or heads of one query where those are more.
  int by_head = u.to - u.from >= u.group;
  long outer = by_head ? u.group : u.to - u.from, inner = by_head ? u.to - u.from : u.group, step = by_head ? 1 : 0;
  long stride = by_head ? u.q_stride : u.size;
  for (long o = 0; o < outer; o++)
    for (long r = 0; r < inner; r += TILE) {
      long rows = inner - r < TILE ? inner - r : TILE;
      long h = u.kv_head * u.group + (by_head ? o : r), i = u.from + (by_head ? r : o);
      // Keys before the window of every row are left out in whole groups, so that lanes and chains stay where they are.
      long from = ck_first(j->a, &u, i) / CK_CACHE_GROUP * CK_CACHE_GROUP;
      long last = ck_seen(j->a, &u, i + (rows - 1) * step) - from, whole = ck_grouped(last);
      t->scores(CK_Q(j->q, u, h) + i * u.q_stride, stride, rows, keys + from * u.size, whole, u.size, j->a->scale, p, ld);
      if (j->a->soft_cap > 0)
        for (long x = 0; x < rows; x++) t->soft_cap(p + x * ld, p + x * ld, whole, j->a->soft_cap);
      for (long x = 0; x < rows; x++) {
        long query = i + x * step;
        for (long c = from; c < ck_first(j->a, &u, query); c++) p[x * ld + c - from] = -INFINITY;
        float *statistics = j->out ? CK_STATISTICS(j->out, j->a, u, h + (by_head ? 0 : x), query) : NULL;
        t->softmax(p + x * ld, ck_seen(j->a, &u, query) - from, p + x * ld, whole, statistics);
      }
      t->mix(p, ld, rows, last, v + from * v_stride, v_stride, u.size, 1, CK_Q(j->out2, u, h) + i * u.q_stride, stride, 0);
    }
}
void ck_attention_forward(const ck_attention *a, const float *q, const float *k, const float *v, float *statistics,
                          float *z) {
  ck_attention_job j = {.a = a, .q = q, .k = k, .v = v, .out = statistics, .out2 = z};
  ck_attention_prepare(&j);
  ck_attention_run(&j, forward_unit, 1);
}
