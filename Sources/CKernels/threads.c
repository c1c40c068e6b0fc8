// The thread pool: the caller takes chunks too, by an atomic ticket, so that a core taken by another process only slows
// its own share. Workers spin briefly, then sleep. (A pool that only spins collapses when a core is busy.)
#include "CKernels.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 64, SPIN_NANOSECONDS = 50000 };

// One job: epoch in the high half, next index in the low half, so that a late worker cannot take a ticket of a new job.
static _Atomic(uint64_t) ticket;
static _Atomic(int) finished, sleeping;
static _Atomic(uint32_t) epoch;
static _Atomic(int) thread_count;
static int started; // under job_lock
static void (*_Atomic job_body)(void *, int);
static void *_Atomic job_context;
static _Atomic(int) job_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, job_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void take(uint32_t mine) {
  for (;;) {
    uint64_t t = atomic_load(&ticket);
    if ((uint32_t)(t >> 32) != mine) return;
    int i = (int)(uint32_t)t;
    // Read before the exchange: if it succeeds, the job was still open and these belong to it.
    int size = atomic_load(&job_size);
    void (*body)(void *, int) = atomic_load(&job_body);
    void *context = atomic_load(&job_context);
    if (i >= size) return;
    if (!atomic_compare_exchange_weak(&ticket, &t, t + 1)) continue;
    body(context, i);
    atomic_fetch_add(&finished, 1);
  }
}

static void *work(void *context) {
  int index = (int)(intptr_t)context;
  uint32_t seen = 0;
  for (;;) {
    uint64_t until = now() + SPIN_NANOSECONDS;
    uint32_t e;
    int spins = 0;
    while ((e = atomic_load(&epoch)) == seen) {
      pause_briefly();
      if (++spins % 64 == 0 && now() > until) {
        pthread_mutex_lock(&lock);
        atomic_fetch_add(&sleeping, 1);
        while (atomic_load(&epoch) == seen) pthread_cond_wait(&wake, &lock);
        atomic_fetch_sub(&sleeping, 1);
        pthread_mutex_unlock(&lock);
      }
    }
    seen = e;
    // The count may have shrunk since this worker started; the caller is one of the count.
    if (index < ck_thread_count() - 1) take(e);
  }
  return NULL;
}

int ck_thread_count(void) {
  int count = atomic_load_explicit(&thread_count, memory_order_relaxed);
  if (count) return count;
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  int fitting = n < 1 ? 1 : n > 16 ? 16 : (int)n;
  // A count that someone set meanwhile stays.
  return atomic_compare_exchange_strong(&thread_count, &count, fitting) ? fitting : count;
}

void ck_set_thread_count(int count) {
  atomic_store(&thread_count, count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : count);
}

void ck_parallel(int count, void (*body)(void *, int), void *context) {
  int threads = ck_thread_count();
  if (count <= 1 || threads == 1) {
    for (int i = 0; i < count; i++) body(context, i);
    return;
  }
  // Two engines in one process (tests) take turns.
  pthread_mutex_lock(&job_lock);
  while (started < threads - 1) {
    pthread_t t;
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, 8 << 20);
    pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&t, &a, work, (void *)(intptr_t)started);
    pthread_attr_destroy(&a);
    if (failed) break;
    started++;
  }
  uint32_t e = atomic_load(&epoch) + 1;
  // Close the old job first: no ticket of it is left, and its epoch no longer matches.
  atomic_store(&ticket, (uint64_t)e << 32 | UINT32_MAX >> 1);
  atomic_store(&job_body, body);
  atomic_store(&job_context, context);
  atomic_store(&job_size, count);
  atomic_store(&finished, 0);
  atomic_store(&ticket, (uint64_t)e << 32);
  atomic_store(&epoch, e);
  if (atomic_load(&sleeping)) {
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&lock);
  }
  take(e);
  int spins = 0;
  while (atomic_load(&finished) < count) {
    pause_briefly();
    if (++spins % 4096 == 0) sched_yield();
  }
  pthread_mutex_unlock(&job_lock);
}
