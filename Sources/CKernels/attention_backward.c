// Gradients of attention, fused and step by step. Not here: the forward pass (attention.c, attention_steps.c).
//
// A unit is one key-value head of one span with all its query heads, so that one thread sums every gradient of a key or
// value in one order: head by head, query by query.
#include "attention.h"
#include <limits.h>

// At most BLOCK queries have their pattern and its gradient in the cache at once.
enum { TILE = 6, BLOCK = 11 * TILE };

// Sums of keys or values, [keys][size], times factor into their rows.
static void put(const ck_attention_unit *u, const float *sum, float factor, float *x, int accumulate) {
  for (long c = 0; c < u->keys; c++, sum += u->size, x += u->k_stride)
    for (long d = 0; d < u->size; d++) {
      float g = sum[d] * factor;
      x[d] = accumulate ? x[d] + g : g;
    }
}

static void scores_backward_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  float *sum = ck_scratch(CK_SCRATCH_SUMS, (size_t)(u.keys * u.size));
  CK_HEADS (u, h) {
    const float *ds = CK_S(j->ds, u, h);
    if (j->dq)
      j->t->mix(ds, u.keys, u.queries, u.keys, CK_K(j->k, u), u.k_stride, u.size, j->a->scale, CK_Q(j->dq, u, h),
                u.q_stride, j->aq);
    if (j->dk)
      j->t->gather(ds, u.keys, u.queries, u.keys, u.keys, CK_Q(j->q, u, h), u.q_stride, u.size, sum,
                   h == u.kv_head * u.group ? 0 : LONG_MAX);
  }
  if (j->dk) put(&u, sum, j->a->scale, CK_K(j->dk, u), j->ak);
}
void ck_attention_scores_backward(const ck_attention *a, const float *q, const float *k, const float *dscores,
                                  float *dq, int accumulate_q, float *dk, int accumulate_k) {
  ck_attention_job j = {
      .a = a, .q = q, .k = k, .ds = dscores, .dq = dq, .dk = dk, .aq = accumulate_q, .ak = accumulate_k};
  ck_attention_run(&j, scores_backward_unit, 0);
}

static void softmax_backward_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  CK_HEADS (u, h)
    for (long i = 0; i < u.queries; i++)
      j->t->softmax_backward(CK_S(j->p, u, h) + i * u.keys, CK_S(j->ds, u, h) + i * u.keys, u.keys,
                             CK_S(j->out, u, h) + i * u.keys, u.keys, j->ak);
}
void ck_attention_softmax_backward(const ck_attention *a, const float *pattern, const float *dpattern, float *dmasked,
                                   int accumulate) {
  ck_attention_job j = {.a = a, .p = pattern, .ds = dpattern, .out = dmasked, .ak = accumulate};
  ck_attention_run(&j, softmax_backward_unit, 0);
}

static const float *packed_values(const ck_attention_job *j, const ck_attention_unit *u) {
  float *groups = ck_scratch(CK_SCRATCH_VALUES, (size_t)(ck_grouped(u->keys) * u->size));
  ck_attention_pack(j->t, CK_K(j->v, *u), u->k_stride, u->keys, u->size, groups);
  return groups;
}

static void mix_backward_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  const float *values = packed_values(j, &u);
  float *sum = ck_scratch(CK_SCRATCH_SUMS, (size_t)(u.keys * u.size)),
        *rows = ck_scratch(CK_SCRATCH_ROWS, (size_t)(TILE * u.keys));
  CK_HEADS (u, h) {
    for (long i = 0; j->out && i < u.queries; i += TILE) {
      long n = u.queries - i < TILE ? u.queries - i : TILE;
      float *dp = CK_S(j->out, u, h) + i * u.keys;
      j->t->scores(CK_Q(j->dz, u, h) + i * u.q_stride, u.q_stride, n, values, u.keys, u.size, 1, j->ak ? rows : dp,
                   u.keys);
      if (j->ak) j->t->add(rows, dp, dp, n * u.keys);
    }
    if (j->dv)
      j->t->gather(CK_S(j->p, u, h), u.keys, u.queries, u.keys, u.keys, CK_Q(j->dz, u, h), u.q_stride, u.size, sum,
                   h == u.kv_head * u.group ? 0 : LONG_MAX);
  }
  if (j->dv) put(&u, sum, 1, CK_K(j->dv, u), j->av);
}
void ck_attention_mix_backward(const ck_attention *a, const float *pattern, const float *v, const float *dz,
                               float *dpattern, int accumulate_p, float *dv, int accumulate_v) {
  ck_attention_job j = {
      .a = a, .p = pattern, .v = v, .dz = dz, .out = dpattern, .ak = accumulate_p, .dv = dv, .av = accumulate_v};
  ck_attention_run(&j, mix_backward_unit, 0);
}

static void backward_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  const ck_attention_table *t = j->t;
  const float *keys = ck_attention_keys(j, &u), *values = packed_values(j, &u);
  float *sum_k = ck_scratch(CK_SCRATCH_SUMS, (size_t)(2 * u.keys * u.size)), *sum_v = sum_k + u.keys * u.size;
  long ld = ck_grouped(u.keys) + CK_CACHE_GROUP;
  float *p = ck_scratch(CK_SCRATCH_ROWS, (size_t)(2 * BLOCK * ld)), *ds = p + BLOCK * ld;
  // Blocks of equal height: a short last one would pass over the sums for little.
  long blocks = (u.queries + BLOCK - 1) / BLOCK, block = (u.queries + blocks * TILE - 1) / (blocks * TILE) * TILE;
  CK_HEADS (u, h)
    for (long from = 0; from < u.queries; from += block) {
      long n = u.queries - from < block ? u.queries - from : block, seen = u.past + from + 1, s = u.q_stride;
      const float *q = CK_Q(j->q, u, h) + from * s, *dz = CK_Q(j->dz, u, h) + from * s;
      float *dq = CK_Q(j->dq, u, h) + from * s;
      for (long i = 0; i < n; i += TILE) {
        long rows = n - i < TILE ? n - i : TILE, last = seen + i + rows - 1, whole = ck_grouped(last);
        t->scores(q + i * s, s, rows, keys, whole, u.size, j->a->scale, p + i * ld, ld);
        t->scores(dz + i * s, s, rows, values, whole, u.size, 1, ds + i * ld, ld);
        for (long r = i; r < i + rows; r++)
          t->softmax_again_backward(p + r * ld, ds + r * ld, seen + r, whole,
                                    CK_STATISTICS(j->p, j->a, u, h, from + r));
        t->mix(ds + i * ld, ld, rows, last, CK_K(j->k, u), u.k_stride, u.size, j->a->scale, dq + i * s, s, j->aq);
      }
      // Keys that no earlier query saw begin their sums here.
      long fresh = h > u.kv_head * u.group ? LONG_MAX : from == 0 ? 0 : seen - 1;
      // Whole groups, so that every block cuts the keys into the same tiles.
      long last = ck_grouped(seen + n - 1), some = last < u.keys ? last : u.keys;
      t->gather(ds, ld, n, some, seen, q, s, u.size, sum_k, fresh);
      t->gather(p, ld, n, some, seen, dz, s, u.size, sum_v, fresh);
    }
  put(&u, sum_k, j->a->scale, CK_K(j->dk, u), j->ak);
  put(&u, sum_v, 1, CK_K(j->dv, u), j->av);
}
void ck_attention_backward(const ck_attention *a, const float *q, const float *k, const float *v,
                           const float *statistics, const float *dz, float *dq, int accumulate_q, float *dk,
                           int accumulate_k, float *dv, int accumulate_v) {
  ck_attention_job j = {.a = a,
                        .q = q,
                        .k = k,
                        .v = v,
                        .p = statistics,
                        .dz = dz,
                        .dq = dq,
                        .dk = dk,
                        .dv = dv,
                        .aq = accumulate_q,
                        .ak = accumulate_k,
                        .av = accumulate_v};
  ck_attention_run(&j, backward_unit, 0);
}
