// The thread pool: the caller takes chunks too, by an atomic ticket, so that a core taken by another process only slows
// its own share. Workers spin briefly, then sleep. (A pool that only spins collapses when a core is busy.) A worker that loses
// its core with a chunk in hand keeps everyone waiting for a time slice, so after such a wait the caller works alone for a while.
#include "CKernels.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 64, SPIN_NANOSECONDS = 50000 };
// A wait beyond LATE plus a few chunks means that a worker was descheduled. Then the caller is alone for a time that doubles
// with every such wait and is halved after CALM jobs without one.
enum { LATE_NANOSECONDS = 100000, SHORTEST_ALONE = 4000000, LONGEST_ALONE = 128000000, CALM = 4096 };

// One job: epoch in the high half, next index in the low half, so that a late worker cannot take a ticket of a new job.
static _Atomic(uint64_t) ticket;
static _Atomic(int) finished, sleeping;
static _Atomic(uint32_t) epoch;
static _Atomic(int) thread_count;
static int started; // by whoever holds `busy`
static _Atomic(int) busy;
static uint64_t alone_until, alone_for = SHORTEST_ALONE, calm_jobs; // likewise
static void (*_Atomic job_body)(void *, int);
static void *_Atomic job_context;
static _Atomic(int) job_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // for sleeping only
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

// Returns how many chunks this thread took.
static int take(uint32_t mine) {
  for (int taken = 0;;) {
    uint64_t t = atomic_load_explicit(&ticket, memory_order_acquire);
    if ((uint32_t)(t >> 32) != mine) return taken;
    int i = (int)(uint32_t)t;
    // Read before the exchange: if it succeeds, the job was still open and these belong to it.
    int size = atomic_load_explicit(&job_size, memory_order_acquire);
    void (*body)(void *, int) = atomic_load_explicit(&job_body, memory_order_acquire);
    void *context = atomic_load_explicit(&job_context, memory_order_acquire);
    if (i >= size) return taken;
    if (!atomic_compare_exchange_weak(&ticket, &t, t + 1)) continue;
    body(context, i);
    atomic_fetch_add_explicit(&finished, 1, memory_order_release);
    taken++;
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

// Whether the workers came in time: `taken` chunks since `start` tell how long one takes.
static int wait_for_workers(uint64_t start, int taken, int count) {
  if (atomic_load_explicit(&finished, memory_order_acquire) == count) return 1;
  uint64_t began = now(), chunk = (began - start) / (uint64_t)(taken + 1);
  for (int spins = 1; atomic_load_explicit(&finished, memory_order_acquire) < count; spins++) {
    pause_briefly();
    if (spins % 4096 == 0) sched_yield();
  }
  return now() - began < LATE_NANOSECONDS + 4 * chunk;
}

void ck_parallel(int count, void (*body)(void *, int), void *context) {
  int threads = ck_thread_count();
  if (count <= 1 || threads == 1) {
    for (int i = 0; i < count; i++) body(context, i);
    return;
  }
  // Two engines in one process (tests) take turns.
  while (atomic_exchange_explicit(&busy, 1, memory_order_acquire)) sched_yield();
  uint64_t start = now();
  if (start < alone_until) {
    atomic_store_explicit(&busy, 0, memory_order_release);
    for (int i = 0; i < count; i++) body(context, i);
    return;
  }
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
  // Close the old job first: no ticket of it is left, and its epoch no longer matches. Release and acquire on all of them: a
  // worker that reads one of the new values also sees the ticket closed, and its exchange fails.
  atomic_store(&ticket, (uint64_t)e << 32 | UINT32_MAX >> 1);
  atomic_store_explicit(&job_body, body, memory_order_release);
  atomic_store_explicit(&job_context, context, memory_order_release);
  atomic_store_explicit(&job_size, count, memory_order_release);
  atomic_store_explicit(&finished, 0, memory_order_relaxed);
  atomic_store_explicit(&ticket, (uint64_t)e << 32, memory_order_release);
  // Ordered before the look at `sleeping`: either the worker sees the epoch, or this sees that it sleeps.
  atomic_store(&epoch, e);
  if (atomic_load(&sleeping)) {
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&lock);
  }
  int taken = take(e);
  if (wait_for_workers(start, taken, count)) {
    if (++calm_jobs % CALM == 0 && alone_for > SHORTEST_ALONE) alone_for /= 2;
  } else {
    alone_until = now() + alone_for;
    if (alone_for < LONGEST_ALONE) alone_for *= 2;
  }
  atomic_store_explicit(&busy, 0, memory_order_release);
}
