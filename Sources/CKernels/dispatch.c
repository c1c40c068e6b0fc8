// Which instruction set runs: the best that the machine has, or the one that a test selected for its thread. Kernels ask
// once, on the thread that starts them, and hand the table to the pool.
#include "table.h"
#include <stdatomic.h>
#include <stdlib.h>

static _Atomic(int) best = -1;
static _Thread_local int selected = -1;

int ck_isa_supported(int isa) {
  if (isa == CK_PORTABLE) return 1;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == CK_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  if (isa == CK_AVX512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") && ck_isa_supported(CK_AVX2);
#endif
  return 0;
}

int ck_isa_current(void) {
  if (selected >= 0) return selected;
  int isa = atomic_load_explicit(&best, memory_order_relaxed);
  if (isa < 0) {
    isa = ck_isa_supported(CK_AVX512) ? CK_AVX512 : ck_isa_supported(CK_AVX2) ? CK_AVX2 : CK_PORTABLE;
    atomic_store_explicit(&best, isa, memory_order_relaxed);
  }
  return isa;
}

int ck_isa_select(int isa) {
  if (!ck_isa_supported(isa)) return 0;
  selected = isa;
  return 1;
}

const char *ck_isa_name(int isa) {
  static const char *names[] = {"portable", "AVX2", "AVX-512"};
  return isa >= 0 && isa < CK_ISA_COUNT ? names[isa] : "unknown";
}

const ck_table *ck_active(void) {
#if defined(__x86_64__)
  int isa = ck_isa_current();
  if (isa == CK_AVX512) return &ck_table_avx512;
  if (isa == CK_AVX2) return &ck_table_avx2;
#endif
  return &ck_table_portable;
}

float *ck_scratch(int slot, size_t floats) {
  static _Thread_local struct { float *memory; size_t size; } slots[CK_SCRATCH_COUNT];
  if (slots[slot].size < floats) {
    free(slots[slot].memory);
    size_t bytes = (floats * sizeof(float) + 63) & ~(size_t)63;
    slots[slot].memory = aligned_alloc(64, bytes);
    if (!slots[slot].memory) abort();
    slots[slot].size = bytes / sizeof(float);
  }
  return slots[slot].memory;
}
