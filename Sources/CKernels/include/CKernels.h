// CKernels: f32 kernels with run-time dispatch and the thread pool. Not here: shapes, gradients' bookkeeping, models.
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

// ---- rows ----
float ck_dot(const float *a, const float *b, long n);
void ck_add(const float *a, const float *b, float *y, long n);
void ck_accumulate(const float *x, float *y, long n);              // y += x
void ck_scale(float *x, float factor, long n);
double ck_sum_of_squares(const float *x, long n);
int ck_all_finite(const float *x, long n);
// y = x / rms(x) * weight, inverse[r] = 1/rms of row r. x, y [rows, n].
void ck_rms_norm(const float *x, const float *weight, float *y, float *inverse, long rows, long n, float epsilon);
void ck_rms_norm_backward(const float *x, const float *weight, const float *inverse, const float *dy, float *dx,
                          int accumulate, float *dweight, long rows, long n);
// Rotates pairs (i, i + size/2) of every head by the row's angles: cosines, sines [rows, size/2]; direction +1 or -1.
void ck_rope(const float *x, const float *cosines, const float *sines, float *y, long rows, long heads, long size,
             float direction, int accumulate);
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
typedef struct {
  const ck_span *spans;
  long span_count, heads, kv_heads, size; // q rows are heads*size wide, k and v rows kv_heads*size
  float scale;                            // 1/sqrt(size)
} ck_attention;
// scores[span][head][q][k] = scale * q·k, for all pairs, masked or not.
void ck_attention_scores(const ck_attention *a, const float *q, const float *k, float *scores);
void ck_attention_scores_backward(const ck_attention *a, const float *q, const float *k, const float *dscores,
                                  float *dq, int accumulate_q, float *dk, int accumulate_k);
// Copies scores, with -inf where the key lies after the query.
void ck_attention_mask(const ck_attention *a, const float *scores, float *masked);
// Softmax of each row of every span, over the span's own number of keys.
void ck_attention_softmax(const ck_attention *a, const float *masked, float *pattern);
void ck_attention_softmax_backward(const ck_attention *a, const float *pattern, const float *dpattern, float *dmasked,
                                   int accumulate);
// z = pattern·v
void ck_attention_mix(const ck_attention *a, const float *pattern, const float *v, float *z);
void ck_attention_mix_backward(const ck_attention *a, const float *pattern, const float *v, const float *dz,
                               float *dpattern, int accumulate_p, float *dv, int accumulate_v);
// The four above in one pass per head; the pattern is kept because backward needs it.
void ck_attention_forward(const ck_attention *a, const float *q, const float *k, const float *v, float *pattern, float *z);
void ck_attention_backward(const ck_attention *a, const float *q, const float *k, const float *v, const float *pattern,
                           const float *dz, float *dq, int accumulate_q, float *dk, int accumulate_k, float *dv,
                           int accumulate_v);

#endif
