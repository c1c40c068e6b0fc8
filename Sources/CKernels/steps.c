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
  ck_rms_norm(s->norm.x, s->norm.weight, s->norm.y, s->norm.statistics, s->norm.rows, s->norm.n, s->norm.epsilon);
}
void ck_step_norm(ck_step *s, const float *x, const float *weight, float *y, float *inverse, long rows, long n,
                  float epsilon) {
  *s = (ck_step){.run = run_norm, .norm = {x, weight, NULL, y, inverse, rows, n, epsilon}};
}

static void run_layer_norm(const ck_step *s) {
  ck_layer_norm(s->norm.x, s->norm.weight, s->norm.bias, s->norm.y, s->norm.statistics, s->norm.rows, s->norm.n,
                s->norm.epsilon);
}
void ck_step_layer_norm(ck_step *s, const float *x, const float *weight, const float *bias, float *y,
                        float *statistics, long rows, long n, float epsilon) {
  *s = (ck_step){.run = run_layer_norm, .norm = {x, weight, bias, y, statistics, rows, n, epsilon}};
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
  ck_rope(s->rope.x, s->rope.cosines, s->rope.sines, s->rope.y, s->rope.rows, s->rope.heads, s->rope.size,
          s->rope.turned, 1, 0);
}
void ck_step_rope(ck_step *s, const float *x, const float *cosines, const float *sines, float *y, long rows,
                  long heads, long size, long turned) {
  *s = (ck_step){.run = run_rope, .rope = {x, cosines, sines, y, rows, heads, size, turned}};
}

static void run_bias(const ck_step *s) { ck_add_bias(s->bias.y, s->bias.bias, s->bias.y, s->bias.rows, s->bias.n); }
void ck_step_bias(ck_step *s, const float *bias, float *y, long rows, long n) {
  *s = (ck_step){.run = run_bias, .bias = {bias, y, rows, n}};
}

static void run_gelu(const ck_step *s) { ck_gelu(s->gelu.x, s->gelu.up, s->gelu.y, s->gelu.n, s->gelu.exact); }
void ck_step_gelu(ck_step *s, const float *x, const float *up, float *y, long n, int exact) {
  *s = (ck_step){.run = run_gelu, .gelu = {x, up, y, n, exact}};
}

static void run_scale(const ck_step *s) {
  for (long i = 0; i < s->elements.n; i++) s->elements.y[i] = s->elements.x[i] * s->elements.factor;
}
void ck_step_scale(ck_step *s, const float *x, float factor, float *y, long n) {
  *s = (ck_step){.run = run_scale, .elements = {x, y, factor, n}};
}

static void run_soft_cap(const ck_step *s) {
  ck_soft_cap(s->elements.x, s->elements.y, s->elements.n, s->elements.factor);
}
void ck_step_soft_cap(ck_step *s, const float *x, float cap, float *y, long n) {
  *s = (ck_step){.run = run_soft_cap, .elements = {x, y, cap, n}};
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
