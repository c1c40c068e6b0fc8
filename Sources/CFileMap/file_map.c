// The table of maps and the handler of SIGBUS. The handler uses async-signal-safe calls only (write, sigaction, raise, _exit).
//
// POSIX: reading a page of a map that lies wholly behind the end of the file raises SIGBUS. Checking the size before every product would not help,
// the file can shrink in between; so the fault itself is answered.
#include "file_map.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// More than shards of any model; without a free place a file is read instead of mapped.
enum { MAPS = 2048 };

// A place is free while its message is NULL and watched while its start is not 0. Only the owner of a place writes to it; the handler looks for the
// one place whose range holds the fault, and that one stays as it is while somebody reads its map.
struct place {
  _Atomic(char *) message;
  _Atomic(uintptr_t) start;
  _Atomic(size_t) size;
};
static struct place places[MAPS];

static struct sigaction previous[2];
static const int signals[2] = {
    SIGBUS,
#ifdef __APPLE__
    SIGSEGV  // What Darwin raises for some maps.
#else
    0
#endif
};

static void on_bus_error(int number, siginfo_t *info, void *context) {
  (void)context;
  // Positive: the kernel's own, with an address.
  if (info->si_code > 0) {
    uintptr_t address = (uintptr_t)info->si_addr;
    for (int index = 0; index < MAPS; index++) {
      uintptr_t start = atomic_load_explicit(&places[index].start, memory_order_acquire);
      if (start == 0 || address < start || address - start >= atomic_load(&places[index].size)) continue;
      const char *message = atomic_load(&places[index].message);
      size_t left = message != NULL ? strlen(message) : 0;
      while (left > 0) {
        ssize_t written = write(STDERR_FILENO, message, left);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) break;
        message += written;
        left -= (size_t)written;
      }
      _exit(2);
    }
  }
  // Not ours: it happens again under the handler of before. A signal that was sent does not come again by itself.
  sigaction(number, &previous[number == signals[0] ? 0 : 1], NULL);
  if (info->si_code <= 0) raise(number);
}

void file_map_install(void) {
  static atomic_flag installed = ATOMIC_FLAG_INIT;
  if (atomic_flag_test_and_set(&installed)) return;
  for (int index = 0; index < 2 && signals[index] != 0; index++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    action.sa_sigaction = on_bus_error;
    sigaction(signals[index], &action, &previous[index]);
  }
}

const void *file_map_open(int descriptor, size_t size, const char *message) {
  if (size == 0) return NULL;
  file_map_install();
  char *copy = strdup(message);
  if (copy == NULL) return NULL;
  for (int index = 0; index < MAPS; index++) {
    char *free_place = NULL;
    if (!atomic_compare_exchange_strong(&places[index].message, &free_place, copy)) continue;
    void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (map == MAP_FAILED) {
      atomic_store(&places[index].message, NULL);
      break;
    }
    atomic_store(&places[index].size, size);
    atomic_store_explicit(&places[index].start, (uintptr_t)map, memory_order_release);
    return map;
  }
  free(copy);
  return NULL;
}

void file_map_close(const void *map, size_t size) {
  for (int index = 0; index < MAPS; index++) {
    if (atomic_load(&places[index].start) != (uintptr_t)map) continue;
    atomic_store(&places[index].start, 0);
    munmap((void *)map, size);
    free(atomic_exchange(&places[index].message, NULL));
    return;
  }
}

void file_map_will_need(const void *start, size_t size) {
  // Whole pages: round down to where the first one begins.
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t first = (uintptr_t)start & ~(page - 1);
  madvise((void *)first, size + ((uintptr_t)start - first), MADV_WILLNEED);
}
