// The bf16 products of the AVX-512 instance, for machines that have AVX-512 BF16 as well.
#if defined(__x86_64__)
#include "table.h"
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c"))),   \
                             apply_to = function)
#define W 16
#define MR 12
#define NAME(x) x##_avx512bf16
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "vector.inc"
#include "product_pairs.inc"
#pragma clang attribute pop
#endif
