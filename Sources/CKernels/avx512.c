// The AVX-512 instance: sixteen lanes.
#if defined(__x86_64__)
#include "table.h"
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#define W 16
#define MR 12
#define NAME(x) x##_avx512
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "kernels.inc"
#pragma clang attribute pop
#endif
