// Memory of weights: large anonymous maps on huge pages where the system has them, because decoding streams through all of it
// for every token and would miss the TLB every 4 KiB. Untouched pages take no memory.
#define _DEFAULT_SOURCE
#include "CKernels.h"
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

void *ck_memory_map(size_t bytes) {
  // One huge page more, so that an aligned start fits in; what lies before it is never touched.
  void *map = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (map == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
  madvise(map, bytes + HUGE_PAGE, MADV_HUGEPAGE);
#endif
  return map;
}

void *ck_memory_start(void *map) { return (void *)(((uintptr_t)map + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE); }

void ck_memory_unmap(void *map, size_t bytes) { munmap(map, bytes + HUGE_PAGE); }
