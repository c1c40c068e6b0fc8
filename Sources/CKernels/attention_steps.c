// Attention one step at a time: scores, mask, softmax, mix. Not here: their gradients (attention_backward.c).
//
// Each step covers whole rectangles of queries and keys, with the kernels of the fused pass.
#include "attention.h"
#include <math.h>
#include <string.h>

static void scores_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  const float *keys = ck_attention_keys(j, &u);
  CK_HEADS (u, h)
    j->t->scores(CK_Q(j->q, u, h) + u.from * u.q_stride, u.q_stride, u.to - u.from, keys, u.keys, u.size, j->a->scale,
                 CK_S(j->out, u, h) + u.from * u.keys, u.keys);
}
void ck_attention_scores(const ck_attention *a, const float *q, const float *k, float *scores) {
  ck_attention_job j = {.a = a, .q = q, .k = k, .out = scores};
  ck_attention_prepare(&j);
  ck_attention_run(&j, scores_unit, 1);
}

static void mask_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  CK_HEADS (u, h)
    for (long i = u.from; i < u.to; i++) {
      float *y = CK_S(j->out, u, h) + i * u.keys;
      const float *x = CK_S(j->p, u, h) + i * u.keys;
      long first = ck_first(j->a, &u, i), seen = ck_seen(j->a, &u, i);
      for (long c = 0; c < first; c++) y[c] = -INFINITY;
      memcpy(y + first, x + first, (size_t)(seen - first) * sizeof(float));
      for (long c = seen; c < u.keys; c++) y[c] = -INFINITY;
    }
}
void ck_attention_mask(const ck_attention *a, const float *scores, float *masked) {
  ck_attention_job j = {.a = a, .p = scores, .out = masked};
  ck_attention_run(&j, mask_unit, 1);
}

// Any entry may be -inf; those at the end of a row are passed over, which makes the causal case as fast as the fused
// pass.
static void softmax_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  CK_HEADS (u, h)
    for (long i = u.from; i < u.to; i++) {
      const float *x = CK_S(j->p, u, h) + i * u.keys;
      long seen = j->causal ? ck_seen(j->a, &u, i) : j->t->trimmed(x, u.keys, -INFINITY);
      j->t->softmax(x, seen, CK_S(j->out, u, h) + i * u.keys, u.keys, NULL);
    }
}
void ck_attention_softmax(const ck_attention *a, const float *masked, float *pattern) {
  ck_attention_job j = {.a = a, .p = masked, .out = pattern};
  ck_attention_run(&j, softmax_unit, 1);
}

void ck_attention_causal_softmax(const ck_attention *a, const float *scores, float *pattern) {
  ck_attention_job j = {.a = a, .p = scores, .out = pattern, .causal = 1};
  ck_attention_run(&j, softmax_unit, 1);
}

enum { TILE = 6 };

static void mix_unit(void *context, int unit) {
  ck_attention_job *j = context;
  ck_attention_unit u = ck_attention_unit_at(j, unit);
  long v_stride;
  const float *v = ck_attention_values(j, &u, &v_stride);
  CK_HEADS (u, h)
    for (long i = u.from; i < u.to; i += TILE) {
      long rows = u.to - i < TILE ? u.to - i : TILE, last = 0;
      const float *p = CK_S(j->p, u, h) + i * u.keys;
      for (long r = 0; r < rows; r++) {
        long n = j->t->trimmed(p + r * u.keys, u.keys, 0);
        if (n > last) last = n;
      }
      j->t->mix(p, u.keys, rows, last, v, v_stride, u.size, 1, CK_Q(j->out, u, h) + i * u.q_stride, u.q_stride, 0);
    }
}
void ck_attention_mix(const ck_attention *a, const float *pattern, const float *v, float *z) {
  ck_attention_job j = {.a = a, .p = pattern, .v = v, .out = z};
  ck_attention_run(&j, mix_unit, 1);
}
