// The AVX2 + FMA instance: eight lanes.
#if defined(__x86_64__)
#include "table.h"
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define W 8
#define MR 6
#define NAME(x) x##_avx2
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "kernels.inc"
#pragma clang attribute pop
#endif
