// CKernels: products of stored weights, attention, row kernels and their gradients, with run-time dispatch; the thread
// pool; passes as lists of steps. Not here: shapes, gradients' bookkeeping, models.
//
// Conventions: matrices are row-major; sizes are element counts; pointers need no alignment. Every kernel gives the same
// bits for any number of threads, because work is split over outputs only and every sum has one fixed order per
// instruction set. Different instruction sets may differ in the last bits (lane count, fused multiply-add).
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdint.h>
#include <stddef.h>

// ---- dispatch ----
enum { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2, CK_ISA_COUNT = 3 };
int ck_isa_supported(int isa);
int ck_isa_current(void);
// Tests compare instruction sets with this; returns 0 when the machine lacks it. It holds for kernels that the calling
// thread starts, so that tests beside it keep theirs.
int ck_isa_select(int isa);
const char *ck_isa_name(int isa);

// ---- threads ----
int ck_thread_count(void);
// 1…64, for the whole process; takes effect at the next parallel kernel.
void ck_set_thread_count(int count);
// Calls body(context, i) for i in 0..<count, on the caller and the pool's threads, and returns when all are done.
// Not reentrant: bodies must not start parallel work.
void ck_parallel(int count, void (*body)(void *context, int index), void *context);

// ---- matrix product ----
// C[m,n] = A[m,k]·B[k,n] (+ C when accumulate). A(i,p) = a[i*ars + p*acs], B(p,j) = b[p*brs + j*bcs], C row stride ldc.
void ck_gemm(long m, long n, long k, const float *a, long ars, long acs, const float *b, long brs, long bcs, float *c,
             long ldc, int accumulate);
// How factors are multiplied: as f32, or both rounded to bf16 (nearest, ties to even); sums are f32. Few rows against 16-bit
// weights keep A as it is.
enum { CK_F32_PRODUCTS = 0, CK_BF16_PRODUCTS = 1 };
typedef struct {
  long m, n, k;
  const float *a;
  long ars, acs;
  const void *b; // of a dense kind: CK_F32, CK_F16 or CK_BF16
  int kind;
  long brs, bcs;
  float *c;
  long ldc;
  int accumulate;
} ck_product;
enum { CK_PRODUCTS_MAX = 4, CK_FEW_ROWS = 16 };
// One to four products that do not depend on each other. An operand that stands in neighbours is packed once.
void ck_gemm_group(const ck_product *products, int count, int precision);

// ---- memory of weights ----
// A map of at least `bytes` from `ck_memory_start` on; null when there is no memory. Unmap with the same size.
void *ck_memory_map(size_t bytes);
void *ck_memory_start(void *map);
void ck_memory_unmap(void *map, size_t bytes);

// ---- weights ----
// A matrix [rows][columns] as it is stored: dense row by row, or quantized in blocks of 32 (K kinds 256) columns and repacked
// for the products (quantized.h). `data` is 64-byte aligned. The quantized kinds are ggml's.
enum {
  CK_F32 = 0, CK_F16 = 1, CK_BF16 = 2, CK_Q8_0 = 3, CK_Q4_0 = 4, CK_Q4_1 = 5, CK_Q5_0 = 6, CK_Q5_1 = 7, CK_Q2_K = 8, CK_Q3_K = 9,
  CK_Q4_K = 10, CK_Q5_K = 11, CK_Q6_K = 12, CK_IQ4_NL = 13, CK_KIND_COUNT = 14
};
typedef struct {
  int kind;
  long rows, columns;
  const void *data;
} ck_weight;
// y[i][m, rows_i] = x[m, columns] · w[i]ᵀ for matrices of equal columns. Kinds of less than f32 decide themselves how x is
// read (bf16, 8 bits); `precision` is that of products of f32 weights.
void ck_linear(const ck_weight *w, int count, long m, const float *x, float *const *y, int precision);
// The f32 values of one row.
void ck_weight_row(const ck_weight *w, long row, float *out);
// Quantized kinds: bytes of a panel of 32 rows, and packing one from rows of ggml blocks; NULL is a row of zeros.
size_t ck_quantized_panel_bytes(int kind, long columns);
void ck_quantized_pack_panel(int kind, long columns, const uint8_t *const *rows, uint8_t *panel);
// x rounded to 8 bits in blocks of 32, as the products of quantized weights read it: q · scale, block by block, and the sums
// of q, two a block (16 columns each). NaN and infinity show in the scale.
void ck_quantize_rows(const float *x, long rows, long columns, int8_t *q, float *scales, int32_t *sums);

// ---- rows ----
float ck_dot(const float *a, const float *b, long n);
void ck_add(const float *a, const float *b, float *y, long n);
void ck_accumulate(const float *x, float *y, long n);              // y += x
void ck_scale(float *x, float factor, long n);
double ck_sum_of_squares(const float *x, long n);
// The first index from `from` on whose value is above the threshold; n where there is none. NaN is never above.
long ck_first_above(const float *x, long from, long n, float threshold);
int ck_all_finite(const float *x, long n);
// y = x / rms(x) * weight, inverse[r] = 1/rms of row r. x, y [rows, n].
void ck_rms_norm(const float *x, const float *weight, float *y, float *inverse, long rows, long n, float epsilon);
void ck_rms_norm_backward(const float *x, const float *weight, const float *inverse, const float *dy, float *dx,
                          int accumulate, float *dweight, long rows, long n);
// y = (x - mean) / sqrt(variance + epsilon) * weight + bias; statistics [rows, 2]: mean and 1 / deviation of each row.
void ck_layer_norm(const float *x, const float *weight, const float *bias, float *y, float *statistics, long rows,
                   long n, float epsilon);
// dx, and what dweight and dbias gain; each may be null.
void ck_layer_norm_backward(const float *x, const float *weight, const float *statistics, const float *dy, float *dx,
                            int accumulate, float *dweight, float *dbias, long rows, long n);
// Rotates the first `turned` elements of every head in pairs (i, i + turned/2) by the row's angles: cosines, sines
// [rows, turned/2]; direction +1 or -1.
void ck_rope(const float *x, const float *cosines, const float *sines, float *y, long rows, long heads, long size,
             long turned, float direction, int accumulate);
// y = x + bias for every row; x and y may be the same.
void ck_add_bias(const float *x, const float *bias, float *y, long rows, long n);
// sum += the sum of all rows
void ck_sum_rows(const float *x, float *sum, long rows, long n);
// y = cap * tanh(x / cap); x and y may be the same.
void ck_soft_cap(const float *x, float *y, long n, float cap);
// y = gelu(x) * up, or gelu(x) where `up` is null: by tanh, or exactly by erf.
void ck_gelu(const float *x, const float *up, float *y, long n, int exact);
void ck_gelu_backward(const float *x, const float *up, const float *dy, float *dx, float *dup, long n, int exact);
// y = silu(gate) * up
void ck_swiglu(const float *gate, const float *up, float *y, long n);
void ck_swiglu_backward(const float *gate, const float *up, const float *dy, float *dgate, float *dup, long n);
// Softmax of each row; -inf entries get 0; a row of only -inf becomes all zeros.
void ck_softmax(const float *x, float *y, long rows, long n);
void ck_softmax_backward(const float *y, const float *dy, float *dx, int accumulate, long rows, long n);
// loss[r] = -log softmax(logits[r])[target[r]]; logits become (softmax - onehot) * weight[r]. A weight of 0 gives loss 0 and no gradient.
void ck_cross_entropy(float *logits, const int32_t *targets, const float *weights, float *loss, long rows, long n);
// AdamW (Loshchilov & Hutter 2019) on flat memory; correction1 = 1 - beta1^t, correction2 = 1 - beta2^t.
void ck_adamw(float *weight, const float *gradient, float *mean, float *variance, long n, float rate, float beta1,
              float beta2, float epsilon, float decay, float correction1, float correction2, float gradient_scale);

// ---- attention ----
// One document of a packed batch, or one sequence with its cache: queries q0..<q0+qn, keys k0..<k0+kn, query i sees
// keys 0...(kn - qn + i) of its span. Scores of head h start at offset + h*qn*kn in the score arrays.
typedef struct {
  long query_start, query_count, key_start, key_count, offset;
} ck_span;
// Keys and values come row by row as arguments (key_start counts their rows), or from a KV cache, where a single span begins
// at position 0 and the arguments k and v are not read.
typedef struct {
  const ck_span *spans;
  long span_count, heads, kv_heads, size; // q rows are heads*size wide, k and v rows kv_heads*size
  float scale;                            // 1/sqrt(size), or what the model says
  float soft_cap;                         // scores become cap * tanh(score / cap); 0: they stay
  long window;                            // a query sees this many keys at most, itself included; 0: all before it
  int bidirectional;                      // every query sees every key of its span
  const float *cache_keys, *cache_values; // null without a cache
  long cache_capacity;
} ck_attention;
// KV cache of one layer. Keys lie in groups of 16 positions, [kv_heads][capacity/16][size][16], so that a vector holds one
// element of many positions; values row by row, [kv_heads][capacity][size]. The capacity is a multiple of 16, and the memory
// begins at a multiple of 64 bytes for speed.
enum { CK_CACHE_GROUP = 16 };
// Writes rows k, v [n][kv_heads*size] at positions position..<position+n.
void ck_cache_store(float *keys, float *values, long capacity, long kv_heads, long size, long position, long n,
                    const float *k, const float *v);
// Reads them back into rows.
void ck_cache_read(const float *keys, const float *values, long capacity, long kv_heads, long size, long position,
                   long n,
                   float *k, float *v);
// scores[span][head][q][k] = scale * q·k, for all pairs, masked or not.
void ck_attention_scores(const ck_attention *a, const float *q, const float *k, float *scores);
void ck_attention_scores_backward(const ck_attention *a, const float *q, const float *k, const float *dscores,
                                  float *dq, int accumulate_q, float *dk, int accumulate_k);
// Copies scores, with -inf where the key lies after the query.
void ck_attention_mask(const ck_attention *a, const float *scores, float *masked);
// Softmax of each row of every span, over the span's own number of keys.
void ck_attention_softmax(const ck_attention *a, const float *masked, float *pattern);
// The mask and softmax in one: keys after the query get 0.
void ck_attention_causal_softmax(const ck_attention *a, const float *scores, float *pattern);
void ck_attention_softmax_backward(const ck_attention *a, const float *pattern, const float *dpattern, float *dmasked,
                                   int accumulate);
// z = pattern·v
void ck_attention_mix(const ck_attention *a, const float *pattern, const float *v, float *z);
void ck_attention_mix_backward(const ck_attention *a, const float *pattern, const float *v, const float *dz,
                               float *dpattern, int accumulate_p, float *dv, int accumulate_v);
// The four above in one pass over blocks of queries, with their bits and without memory of the size of the scores. The
// statistics (two of each query and head, [queries][heads][2]; null where no gradient follows) are what backward needs to
// compute the pattern again.
void ck_attention_forward(const ck_attention *a, const float *q, const float *k, const float *v, float *statistics,
                          float *z);
void ck_attention_backward(const ck_attention *a, const float *q, const float *k, const float *v,
                           const float *statistics,
                           const float *dz, float *dq, int accumulate_q, float *dk, int accumulate_k, float *dv,
                           int accumulate_v);

// ---- steps ----
// One kernel call with its arguments. A forward pass over fixed memory becomes a list of steps that runs again for the
// next token without allocating, counting references or deciding anything.
typedef struct ck_step {
  void (*run)(const struct ck_step *);
  union {
    struct {
      ck_weight table;
      const int32_t *ids;
      long n;
      float *y;
    } embedding;
    struct {
      const float *x, *weight, *bias;
      float *y, *statistics;
      long rows, n;
      float epsilon;
    } norm;
    struct {
      ck_weight weights[3];
      float *y[3];
      int count, precision;
      long m;
      const float *x;
    } linear;
    struct {
      const float *x, *cosines, *sines;
      float *y;
      long rows, heads, size, turned;
    } rope;
    struct {
      const float *a, *b;
      float *y;
      long n;
    } pair;
    struct {
      const float *bias;
      float *y;
      long rows, n;
    } bias;
    struct {
      const float *x, *up;
      float *y;
      long n;
      int exact;
    } gelu;
    struct {
      const float *x;
      float *y, factor;
      long n;
    } elements;
    struct {
      const ck_span *span;
      float *keys, *values;
      const float *k, *v;
      long capacity, kv_heads, size;
    } store;
    struct {
      ck_attention layout;
      const float *q, *k, *v;
      float *statistics, *z;
    } attention;
  };
} ck_step;
void ck_step_embedding(ck_step *s, ck_weight table, const int32_t *ids, long n, float *y);
void ck_step_norm(ck_step *s, const float *x, const float *weight, float *y, float *inverse, long rows, long n,
                  float epsilon);
void ck_step_linear(ck_step *s, const ck_weight *weights, int count, long m, const float *x, float *const *y,
                    int precision);
void ck_step_layer_norm(ck_step *s, const float *x, const float *weight, const float *bias, float *y,
                        float *statistics, long rows, long n, float epsilon);
void ck_step_rope(ck_step *s, const float *x, const float *cosines, const float *sines, float *y, long rows,
                  long heads, long size, long turned);
// y += bias for every row
void ck_step_bias(ck_step *s, const float *bias, float *y, long rows, long n);
void ck_step_gelu(ck_step *s, const float *x, const float *up, float *y, long n, int exact);
// y = x * factor
void ck_step_scale(ck_step *s, const float *x, float factor, float *y, long n);
void ck_step_soft_cap(ck_step *s, const float *x, float cap, float *y, long n);
void ck_step_add(ck_step *s, const float *a, const float *b, float *y, long n);
void ck_step_swiglu(ck_step *s, const float *gate, const float *up, float *y, long n);
// Stores the rows k, v of the span's queries in a cache; later steps read the span's counts when they run.
void ck_step_store(ck_step *s, const ck_span *span, float *keys, float *values, const float *k, const float *v,
                   long capacity, long kv_heads, long size);
void ck_step_attention(ck_step *s, const ck_attention *layout, const float *q, const float *k, const float *v,
                       float *statistics, float *z);
void ck_run(const ck_step *steps, long count);

#endif
