// Steps: kernel calls as data, so that a pass can run again. Not here: which steps make a pass (Models).
#include "CKernels.h"

static void run_embedding(const ck_step *s) {
  const ck_weight *table = &s->embedding.table;
  for (long i = 0; i < s->embedding.n; i++)
    ck_weight_row(table, s->embedding.ids[i], s->embedding.y + i * table->columns);
}
void ck_step_embedding(ck_step *s, ck_weight table, const int32_t *ids, long n, float *y) {
  *s = (ck_step){.run = run_embedding, .embedding = {table, ids, n, y}};
}

static void run_norm(const ck_step *s) {
  ck_rms_norm(s->norm.x, s->norm.weight, s->norm.y, s->norm.inverse, s->norm.rows, s->norm.n, s->norm.epsilon);
}
void ck_step_norm(ck_step *s, const float *x, const float *weight, float *y, float *inverse, long rows, long n,
                  float epsilon) {
  *s = (ck_step){.run = run_norm, .norm = {x, weight, y, inverse, rows, n, epsilon}};
}

static void run_linear(const ck_step *s) {
  ck_linear(s->linear.weights, s->linear.count, s->linear.m, s->linear.x, s->linear.y, s->linear.precision);
}
void ck_step_linear(ck_step *s, const ck_weight *weights, int count, long m, const float *x, float *const *y,
                    int precision) {
  *s = (ck_step){.run = run_linear, .linear = {.count = count, .precision = precision, .m = m, .x = x}};
  for (int i = 0; i < count && i < 3; i++) {
    s->linear.weights[i] = weights[i];
    s->linear.y[i] = y[i];
  }
}

static void run_rope(const ck_step *s) {
  ck_rope(s->rope.x, s->rope.cosines, s->rope.sines, s->rope.y, s->rope.rows, s->rope.heads, s->rope.size, 1, 0);
}
void ck_step_rope(ck_step *s, const float *x, const float *cosines, const float *sines, float *y, long rows,
                  long heads, long size) {
  *s = (ck_step){.run = run_rope, .rope = {x, cosines, sines, y, rows, heads, size}};
}

static void run_add(const ck_step *s) { ck_add(s->pair.a, s->pair.b, s->pair.y, s->pair.n); }
void ck_step_add(ck_step *s, const float *a, const float *b, float *y, long n) {
  *s = (ck_step){.run = run_add, .pair = {a, b, y, n}};
}

static void run_swiglu(const ck_step *s) { ck_swiglu(s->pair.a, s->pair.b, s->pair.y, s->pair.n); }
void ck_step_swiglu(ck_step *s, const float *gate, const float *up, float *y, long n) {
  *s = (ck_step){.run = run_swiglu, .pair = {gate, up, y, n}};
}

static void run_store(const ck_step *s) {
  const ck_span *span = s->store.span;
  ck_cache_store(s->store.keys, s->store.values, s->store.capacity, s->store.kv_heads, s->store.size,
                 span->key_count - span->query_count, span->query_count, s->store.k, s->store.v);
}
void ck_step_store(ck_step *s, const ck_span *span, float *keys, float *values, const float *k, const float *v,
                   long capacity, long kv_heads, long size) {
  *s = (ck_step){.run = run_store, .store = {span, keys, values, k, v, capacity, kv_heads, size}};
}

static void run_attention(const ck_step *s) {
  ck_attention_forward(&s->attention.layout, s->attention.q, s->attention.k, s->attention.v, s->attention.statistics,
                       s->attention.z);
}
void ck_step_attention(ck_step *s, const ck_attention *layout, const float *q, const float *k, const float *v,
                       float *statistics, float *z) {
  *s = (ck_step){.run = run_attention, .attention = {*layout, q, k, v, statistics, z}};
}

void ck_run(const ck_step *steps, long count) {
  for (long i = 0; i < count; i++) steps[i].run(&steps[i]);
}
