// Causal grouped-query attention over spans. A unit of work is one key-value head of one span with its query heads in
// order, so that every gradient of a key or value is summed by one thread in one order.
#include "table.h"
#include <math.h>
#include <string.h>

typedef struct {
  const ck_attention *a;
  const ck_attention_table *t;
  const float *q, *k, *v, *p, *dz, *ds;
  float *out, *out2, *dq, *dk, *dv;
  int aq, ak, av;
} job;

static void run(job *j, void (*body)(void *, int)) {
  j->t = ck_active()->attention;
  int units = (int)(j->a->span_count * j->a->kv_heads);
  double work = 0;
  for (long s = 0; s < j->a->span_count; s++)
    work += (double)j->a->spans[s].query_count * (double)j->a->spans[s].key_count;
  if (work * (double)(j->a->heads * j->a->size) < 100000)
    for (int u = 0; u < units; u++) body(j, u);
  else ck_parallel(units, body, j);
}

// Where one query head of one unit lies.
#define UNIT(j, unit)                                                                                                  \
  const ck_attention *at = (j)->a;                                                                                     \
  const ck_span *s = at->spans + (unit) / at->kv_heads;                                                                \
  long kvh = (unit) % at->kv_heads, group = at->heads / at->kv_heads, size = at->size;                                 \
  long qs = at->heads * size, ks = at->kv_heads * size, qn = s->query_count, kn = s->key_count, past = kn - qn;        \
  (void)past, (void)ks, (void)qs
#define Q(x, h) ((x) + s->query_start * qs + (h) * size)
#define K(x) ((x) + s->key_start * ks + kvh * size)
#define S(x, h) ((x) + s->offset + (h) * qn * kn)

// [rows][size] with a stride → [size][rows]
static const float *transposed(const float *x, long stride, long rows, long size, int slot) {
  float *t = ck_scratch(slot, (size_t)(rows * size));
  for (long r = 0; r < rows; r++)
    for (long d = 0; d < size; d++) t[d * rows + r] = x[r * stride + d];
  return t;
}

static void scores_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  const float *kt = transposed(K(j->k), ks, kn, size, 2);
  for (long h = kvh * group; h < (kvh + 1) * group; h++) j->t->outer(Q(j->q, h), qs, qn, kt, kn, size, at->scale, S(j->out, h), kn);
}
void ck_attention_scores(const ck_attention *a, const float *q, const float *k, float *scores) {
  job j = {.a = a, .q = q, .k = k, .out = scores};
  run(&j, scores_unit);
}

static void zero_keys(float *x, const ck_span *s, long stride, long kvh, long size) {
  for (long c = 0; c < s->key_count; c++) memset(x + (s->key_start + c) * stride + kvh * size, 0, (size_t)size * sizeof(float));
}

static void scores_backward_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  if (j->dk && !j->ak) zero_keys(j->dk, s, ks, kvh, size);
  for (long h = kvh * group; h < (kvh + 1) * group; h++) {
    if (j->dq) j->t->mix(S(j->ds, h), kn, qn, kn, K(j->k), ks, size, at->scale, Q(j->dq, h), qs, j->aq);
    if (j->dk) j->t->mix_transposed(S(j->ds, h), kn, qn, kn, Q(j->q, h), qs, size, at->scale, K(j->dk), ks);
  }
}
void ck_attention_scores_backward(const ck_attention *a, const float *q, const float *k, const float *dscores, float *dq,
                                  int accumulate_q, float *dk, int accumulate_k) {
  job j = {.a = a, .q = q, .k = k, .ds = dscores, .dq = dq, .dk = dk, .aq = accumulate_q, .ak = accumulate_k};
  run(&j, scores_backward_unit);
}

static void mask_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  for (long h = kvh * group; h < (kvh + 1) * group; h++)
    for (long i = 0; i < qn; i++) {
      const float *x = S(j->p, h) + i * kn;
      float *y = S(j->out, h) + i * kn;
      for (long c = 0; c < kn; c++) y[c] = c <= past + i ? x[c] : -INFINITY;
    }
}
void ck_attention_mask(const ck_attention *a, const float *scores, float *masked) {
  job j = {.a = a, .p = scores, .out = masked};
  run(&j, mask_unit);
}

static void softmax_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  for (long h = kvh * group; h < (kvh + 1) * group; h++)
    for (long i = 0; i < qn; i++) j->t->softmax(S(j->p, h) + i * kn, S(j->out, h) + i * kn, kn);
}
void ck_attention_softmax(const ck_attention *a, const float *masked, float *pattern) {
  job j = {.a = a, .p = masked, .out = pattern};
  run(&j, softmax_unit);
}

static void softmax_backward_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  for (long h = kvh * group; h < (kvh + 1) * group; h++)
    for (long i = 0; i < qn; i++)
      j->t->softmax_backward(S(j->p, h) + i * kn, S(j->ds, h) + i * kn, S(j->out, h) + i * kn, j->ak, kn);
}
void ck_attention_softmax_backward(const ck_attention *a, const float *pattern, const float *dpattern, float *dmasked,
                                   int accumulate) {
  job j = {.a = a, .p = pattern, .ds = dpattern, .out = dmasked, .ak = accumulate};
  run(&j, softmax_backward_unit);
}

static void mix_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  for (long h = kvh * group; h < (kvh + 1) * group; h++)
    j->t->mix(S(j->p, h), kn, qn, kn, K(j->v), ks, size, 1, Q(j->out, h), qs, 0);
}
void ck_attention_mix(const ck_attention *a, const float *pattern, const float *v, float *z) {
  job j = {.a = a, .p = pattern, .v = v, .out = z};
  run(&j, mix_unit);
}

static void mix_backward_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  const float *vt = transposed(K(j->v), ks, kn, size, 2);
  if (j->dv && !j->av) zero_keys(j->dv, s, ks, kvh, size);
  for (long h = kvh * group; h < (kvh + 1) * group; h++) {
    if (j->out) {
      float *target = j->ak ? ck_scratch(3, (size_t)(qn * kn)) : S(j->out, h);
      j->t->outer(Q(j->dz, h), qs, qn, vt, kn, size, 1, target, kn);
      if (j->ak) j->t->add(target, S(j->out, h), S(j->out, h), qn * kn);
    }
    if (j->dv) j->t->mix_transposed(S(j->p, h), kn, qn, kn, Q(j->dz, h), qs, size, 1, K(j->dv), ks);
  }
}
void ck_attention_mix_backward(const ck_attention *a, const float *pattern, const float *v, const float *dz,
                               float *dpattern, int accumulate_p, float *dv, int accumulate_v) {
  job j = {.a = a, .p = pattern, .v = v, .dz = dz, .out = dpattern, .ak = accumulate_p, .dv = dv, .av = accumulate_v};
  run(&j, mix_backward_unit);
}

// `mix` runs on blocks of four rows, over only as many keys as the block's last row sees.
enum { ROWS = 4 };

static void forward_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  const float *kt = transposed(K(j->k), ks, kn, size, 2);
  // Scores are computed for all keys and those after the query overwritten; only the mix below stops at the causal limit.
  for (long h = kvh * group; h < (kvh + 1) * group; h++) {
    float *p = S(j->out, h);
    j->t->outer(Q(j->q, h), qs, qn, kt, kn, size, at->scale, p, kn);
    for (long i = 0; i < qn; i++) {
      long seen = past + i + 1;
      for (long c = seen; c < kn; c++) p[i * kn + c] = -INFINITY;
      j->t->softmax(p + i * kn, p + i * kn, kn);
    }
    for (long i = 0; i < qn; i += ROWS) {
      long rows = qn - i < ROWS ? qn - i : ROWS, seen = past + i + rows;
      j->t->mix(p + i * kn, kn, rows, seen, K(j->v), ks, size, 1, Q(j->out2, h) + i * qs, qs, 0);
    }
  }
}
void ck_attention_forward(const ck_attention *a, const float *q, const float *k, const float *v, float *pattern, float *z) {
  job j = {.a = a, .q = q, .k = k, .v = v, .out = pattern, .out2 = z};
  run(&j, forward_unit);
}

static void backward_unit(void *context, int unit) {
  job *j = context;
  UNIT(j, unit);
  const float *vt = transposed(K(j->v), ks, kn, size, 2);
  if (!j->ak) zero_keys(j->dk, s, ks, kvh, size);
  if (!j->av) zero_keys(j->dv, s, ks, kvh, size);
  float *ds = ck_scratch(3, (size_t)(qn * kn));
  for (long h = kvh * group; h < (kvh + 1) * group; h++) {
    const float *p = S(j->p, h);
    j->t->outer(Q(j->dz, h), qs, qn, vt, kn, size, 1, ds, kn);
    for (long i = 0; i < qn; i++) j->t->softmax_backward(p + i * kn, ds + i * kn, ds + i * kn, 0, kn);
    for (long i = 0; i < qn; i += ROWS) {
      long rows = qn - i < ROWS ? qn - i : ROWS, seen = past + i + rows;
      j->t->mix(ds + i * kn, kn, rows, seen, K(j->k), ks, size, at->scale, Q(j->dq, h) + i * qs, qs, j->aq);
    }
    j->t->mix_transposed(ds, kn, qn, kn, Q(j->q, h), qs, size, at->scale, K(j->dk), ks);
    j->t->mix_transposed(p, kn, qn, kn, Q(j->dz, h), qs, size, 1, K(j->dv), ks);
  }
}
void ck_attention_backward(const ck_attention *a, const float *q, const float *k, const float *v, const float *pattern,
                           const float *dz, float *dq, int accumulate_q, float *dk, int accumulate_k, float *dv,
                           int accumulate_v) {
  job j = {.a = a, .q = q, .k = k, .v = v, .p = pattern, .dz = dz, .dq = dq, .dk = dk, .dv = dv,
           .aq = accumulate_q, .ak = accumulate_k, .av = accumulate_v};
  run(&j, backward_unit);
}
