// Limits of the machine as one JSON object: peaks of f32, bf16 and int8 arithmetic, and read bandwidth by working set. Not here: what work needs.
// cc -O3 -march=native -ffp-contract=fast -pthread machine.c -o machine && ./machine THREADS
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#ifdef __AVX512F__
#include <immintrin.h>
#define WIDTH 16
#elif defined(__AVX__)
#define WIDTH 8
#else
#define WIDTH 4
#endif

typedef float vector __attribute__((vector_size(4 * WIDTH)));

#define REPEATS 9
#define CHAINS 12
#define MAX_THREADS 64
// Otherwise loops whose results nobody uses would go. A vector register; "v" includes the upper sixteen.
#if defined(__AVX512F__)
#define KEEP(value) __asm__ volatile("" : "+v"(value))
#elif defined(__x86_64__)
#define KEEP(value) __asm__ volatile("" : "+x"(value))
#else
#define KEEP(value) __asm__ volatile("" : "+w"(value))
#endif

static int thread_count = 1;
static atomic_int waiting, generation;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static void barrier(void) {
  int mine = atomic_load(&generation);
  if (atomic_fetch_add(&waiting, 1) == thread_count - 1) {
    atomic_store(&waiting, 0);
    atomic_fetch_add(&generation, 1);
    return;
  }
  while (atomic_load(&generation) == mine) sched_yield();
}

// MARK: Work

typedef struct {
  const char *memory;
  size_t bytes;  // of this thread
  long rounds;
} work;

typedef void (*work_function)(const work *work);

// Twelve independent chains, each a variable: an array of them would live in memory.
#define EACH(step) step(a) step(b) step(c) step(d) step(e) step(f) step(g) step(h) step(i) step(j) step(k) step(l)
#define ARITHMETIC(name, type, operand, start, left, right, step)                                                       \
  static void name(const work *work) {                                                                                 \
    type a = start, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;                       \
    operand x = left, y = right;                                                                                       \
    for (long round = 0; round < work->rounds; round++) { EACH(step) }                                                 \
  }

#define F32_STEP(v) v = v * x + y; KEEP(v);
#define INT8_STEP(v) v = _mm512_dpbusd_epi32(v, x, y); KEEP(v);
#define BF16_STEP(v) v = _mm512_dpbf16_ps(v, x, y); KEEP(v);

ARITHMETIC(f32_products, vector, vector, (vector){0}, (vector){0} + 0.999f, (vector){0} + 0.001f, F32_STEP)
#ifdef __AVX512VNNI__
ARITHMETIC(int8_products, __m512i, __m512i, _mm512_setzero_si512(), _mm512_set1_epi8(3), _mm512_set1_epi8(-2), INT8_STEP)
#endif
#ifdef __AVX512BF16__
ARITHMETIC(bf16_products, __m512, __m512bh, _mm512_setzero_ps(), (__m512bh)_mm512_set1_epi32(0x3f803f80),
           (__m512bh)_mm512_set1_epi32(0x3a803a80), BF16_STEP)
#endif

// Eight independent sums over one sequential stretch.
static void read_memory(const work *work) {
  vector sums[8] = {{0}};
  for (long round = 0; round < work->rounds; round++) {
    const vector *at = (const vector *)work->memory;
    for (size_t left = work->bytes / sizeof sums; left > 0; left--, at += 8) {
      _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++) {
        sums[i] += at[i];
        KEEP(sums[i]);
      }
    }
  }
}

// MARK: Measuring

typedef struct {
  work_function function;
  work work;
  int cpu;
  double start, end;
} task;

static void *run_task(void *argument) {
  task *task = argument;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(task->cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  barrier();
  task->start = now();
  task->function(&task->work);
  task->end = now();
  return NULL;
}

// Seconds of the fastest repetition, first start to last end: a limit is what the machine can do.
static double best_seconds(work_function function, const char *memory, size_t bytes, long rounds) {
  double best = 1e300;
  int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    pthread_t threads[MAX_THREADS];
    task tasks[MAX_THREADS];
    size_t share = bytes / thread_count / 4096 * 4096;
    for (int i = 0; i < thread_count; i++) {
      tasks[i] = (task){function, {memory ? memory + i * share : NULL, share, rounds}, (cpus - thread_count + i) % cpus, 0, 0};
      pthread_create(&threads[i], NULL, run_task, &tasks[i]);
    }
    double start = 1e300, end = 0;
    for (int i = 0; i < thread_count; i++) {
      pthread_join(threads[i], NULL);
      if (tasks[i].start < start) start = tasks[i].start;
      if (tasks[i].end > end) end = tasks[i].end;
    }
    if (end - start < best) best = end - start;
  }
  return best;
}

static double peak(work_function function, int operations) {
  long rounds = 5000000;
  return 1e-9 * CHAINS * operations * rounds * thread_count / best_seconds(function, NULL, 0, rounds);
}

int main(int count, char **arguments) {
  thread_count = count > 1 ? atoi(arguments[1]) : 1;
  if (thread_count < 1 || thread_count > MAX_THREADS) return 64;
  static const double mebibytes[] = {0.5, 1, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32, 48, 64, 128, 256, 512};
  enum { SIZES = sizeof mebibytes / sizeof *mebibytes };
  size_t largest = (size_t)(mebibytes[SIZES - 1] * 1048576);
  char *memory = aligned_alloc(2 << 20, largest);
  if (memory == NULL) return 1;
#ifdef MADV_HUGEPAGE
  // With small pages the limit of a large working set would be the page table's.
  madvise(memory, largest, MADV_HUGEPAGE);
#endif
  memset(memory, 0, largest);
  printf("{\"threads\": %d, \"f32_gflops\": %.1f", thread_count, peak(f32_products, 2 * WIDTH));
#ifdef __AVX512BF16__
  printf(", \"bf16_gflops\": %.1f", peak(bf16_products, 64));
#endif
#ifdef __AVX512VNNI__
  printf(", \"int8_gops\": %.1f", peak(int8_products, 128));
#endif
  printf(", \"read\": [");
  for (int i = 0; i < SIZES; i++) {
    size_t bytes = (size_t)(mebibytes[i] * 1048576);
    long rounds = (long)(5e8 / bytes) + 1;
    printf("%s[%zu, %.2f]", i ? ", " : "", bytes, 1e-9 * bytes * rounds / best_seconds(read_memory, memory, bytes, rounds));
  }
  printf("]}\n");
  return 0;
}
