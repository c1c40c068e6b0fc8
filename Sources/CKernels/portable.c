// The portable instance: four lanes, what every 64-bit machine has (SSE2, NEON), chosen at compile time by the target.
#define W 4
#define MR 4
#define NAME(x) x##_portable
#if defined(__ARM_FEATURE_FMA)
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#include "kernels.inc"
