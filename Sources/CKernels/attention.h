// What the files of attention share: where heads and spans lie, and how work is split. Private to CKernels.
#ifndef CK_ATTENTION_H
#define CK_ATTENTION_H
#include "table.h"

// Scratch slots (ck_scratch)
enum { CK_SCRATCH_KEYS = 2, CK_SCRATCH_ROWS = 3, CK_SCRATCH_SUMS = 4, CK_SCRATCH_VALUES = 5 };

typedef struct {
  const ck_attention *a;
  const ck_attention_table *t;
  const float *q, *k, *v, *p, *dz, *ds;
  float *out, *out2, *dq, *dk, *dv;
  int aq, ak, av;
  int causal; // softmax stops at the query instead of reading a mask
  const float *packed; // keys of a single span in groups, [kv_heads][groups]; null where each unit packs its own
  long blocks;         // blocks of queries a head is split into
} ck_attention_job;

// One unit of work: queries from..<to of one key-value head of one span, with its query heads.
typedef struct {
  const ck_span *span;
  long kv_head, group, size, q_stride, k_stride, queries, keys, past, from, to;
} ck_attention_unit;

// The keys that query i of a unit sees: from ck_first up to ck_seen, this one excluded.
static inline long ck_seen(const ck_attention *a, const ck_attention_unit *u, long i) {
  return a->bidirectional ? u->keys : u->past + i + 1;
}
static inline long ck_first(const ck_attention *a, const ck_attention_unit *u, long i) {
  long seen = ck_seen(a, u, i);
  return a->window && seen > a->window ? seen - a->window : 0;
}

static inline long ck_grouped(long n) { return (n + CK_CACHE_GROUP - 1) / CK_CACHE_GROUP * CK_CACHE_GROUP; }

// Runs `body` for every key-value head of every span, on several threads where that pays. With `split` a single span is
// cut into blocks of queries, the long ones first.
void ck_attention_run(ck_attention_job *j, void (*body)(void *, int), int split);
ck_attention_unit ck_attention_unit_at(const ck_attention_job *j, int unit);

// rows [n][size] with a stride → groups; what is left of the last group becomes zeros
void ck_attention_pack(const ck_attention_table *t, const float *x, long stride, long n, long size, float *groups);

// Where query head h, or the unit's key-value head, begins in an array of queries (Q), keys (K), scores (S).
#define CK_Q(x, u, h) ((x) + (u).span->query_start * (u).q_stride + (h) * (u).size)
#define CK_K(x, u) ((x) + (u).span->key_start * (u).k_stride + (u).kv_head * (u).size)
#define CK_S(x, u, h) ((x) + (u).span->offset + (h) * (u).queries * (u).keys)
// The two statistics of one query and head
#define CK_STATISTICS(x, a, u, h, i) ((x) + (((u).span->query_start + (i)) * (a)->heads + (h)) * 2)
#define CK_HEADS(u, h) for (long h = (u).kv_head * (u).group; h < ((u).kv_head + 1) * (u).group; h++)

// The unit's keys in groups, and its values row by row, from the cache or the arguments.
const float *ck_attention_keys(const ck_attention_job *j, const ck_attention_unit *u);
const float *ck_attention_values(const ck_attention_job *j, const ck_attention_unit *u, long *stride);
// Before `ck_attention_run` with `split`: packs the keys of a single span once for all of its units.
void ck_attention_prepare(ck_attention_job *j);

#endif
