// Products of quantized weight matrices, and one of their rows. Not here: layouts (quantized.h), packing (quantized_pack.c),
// kernels (quantized.inc).
#include "quantized.h"

enum { PANEL = CK_PANEL, BLOCK = CK_BLOCK };

static long blocks_of(const ck_weight *w) { return w->columns / BLOCK; }
static long panels_of(const ck_weight *w) { return (w->rows + PANEL - 1) / PANEL; }
static size_t panel_bytes(const ck_weight *w) { return ck_panel_bytes(ck_layouts[w->kind], blocks_of(w)); }

static int bits_at(const uint8_t *plane, int bits, long row, int column) {
  int group = column / 4;
  return plane[group % bits * CK_BYTE_GROUP + 4 * row + column % 4] >> group / bits * bits & ((1 << bits) - 1);
}

// Scale and min of one row and part of a chunk.
static void scale_at(ck_layout l, const uint8_t *p, const uint8_t *super, int part, long row, float *scale, float *min) {
  float outer = l.super ? ck_half_to_float(ck_half_at(super, row)) : 0;
  float outer_min = l.super && l.mins ? -ck_half_to_float(ck_half_at(super, PANEL + row)) : 0;
  uint8_t byte = p[PANEL * part + row];
  *min = 0;
  switch (l.scales) {
  case CK_HALF:
    *scale = ck_half_to_float(ck_half_at(p, row));
    if (l.mins) *min = ck_half_to_float(ck_half_at(p, PANEL + row));
    break;
  case CK_BYTE:
    *scale = outer * (float)byte;
    *min = outer_min * (float)p[PANEL + row];
    break;
  case CK_SIGNED_BYTE: *scale = outer * (float)(int8_t)byte; break;
  default:
    *scale = outer * (float)(byte & 15);
    *min = outer_min * (float)(byte >> 4);
  }
}

void ck_quantized_row(const ck_weight *w, long row, float *out) {
  ck_layout l = ck_layouts[w->kind];
  const uint8_t *panel = (const uint8_t *)w->data + (size_t)(row / PANEL) * panel_bytes(w);
  long r = row % PANEL;
  int width = BLOCK / l.parts;
  for (long b = 0; b < blocks_of(w); b++) {
    const uint8_t *chunk = panel + ck_chunk_start(l, b), *high = chunk + l.low * CK_BYTE_GROUP;
    const uint8_t *super = panel + ck_chunk_start(l, b / CK_SUPER * CK_SUPER) - ck_super_bytes(l);
    for (int part = 0; part < l.parts; part++) {
      float scale, min;
      scale_at(l, high + l.high * CK_BYTE_GROUP, super, part, r, &scale, &min);
      for (int c = part * width; c < (part + 1) * width; c++) {
        int code = bits_at(chunk, l.low, r, c);
        if (l.high) code |= bits_at(high, l.high, r, c) << l.low;
        if (l.is_table) code = ck_iq4_codes[code];
        float value = scale * (float)(code - l.offset);
        if (l.mins) value = value + min; // a statement of its own: fused it would round once, and files mean twice
        *out++ = value;
      }
    }
  }
}

typedef struct {
  const ck_quantized_table *t;
  const ck_weight *w;
  float *const *y;
  int count;
  long m, columns, rows_per_unit, panels_per_unit;
  const float *x;
  int8_t *q;
  float *scales, *moves;
  int32_t *sums;
} job;

static void quantize_unit(void *context, int unit) {
  job *j = context;
  long from = unit * j->rows_per_unit, to = from + j->rows_per_unit < j->m ? from + j->rows_per_unit : j->m;
  for (long r = from; r < to; r++) {
    long at = r * (j->columns / BLOCK);
    j->t->quantize(j->x + r * j->columns, j->columns, j->q + r * j->columns, j->scales + at, j->sums + 2 * at);
    for (long b = at; j->moves && b < at + j->columns / BLOCK; b++) {
      int32_t first = j->sums[2 * b], second = j->sums[2 * b + 1];
      j->moves[3 * b] = j->scales[b] * (float)(first + second);
      j->moves[3 * b + 1] = j->scales[b] * (float)first;
      j->moves[3 * b + 2] = j->scales[b] * (float)second;
    }
  }
}

static void product_unit(void *context, int unit) {
  job *j = context;
  int i = 0;
  long first = unit * j->panels_per_unit;
  // Units run through the matrices one after another; each matrix begins a unit of its own.
  for (;; i++) {
    long units = (panels_of(&j->w[i]) + j->panels_per_unit - 1) / j->panels_per_unit;
    if (first < units * j->panels_per_unit) break;
    first -= units * j->panels_per_unit;
  }
  const ck_weight *w = &j->w[i];
  long blocks = blocks_of(w), last = first + j->panels_per_unit < panels_of(w) ? first + j->panels_per_unit : panels_of(w);
  ck_codes x = {.rows = j->m, .blocks = blocks, .q = j->q, .scales = j->scales, .sums = j->sums, .moves = j->moves};
  ck_layout l = ck_layouts[w->kind];
  for (long p = first; p < last; p++) {
    const uint8_t *panel = (const uint8_t *)w->data + (size_t)p * panel_bytes(w);
    long valid = w->rows - p * PANEL < PANEL ? w->rows - p * PANEL : PANEL;
    float *y = j->y[i] + p * PANEL;
    if (ck_unpacks(l, j->m)) {
      uint8_t *bytes = (uint8_t *)ck_scratch(CK_SCRATCH_PANEL, ck_panel_bytes(ck_unpacked, blocks) / sizeof(float));
      j->t->unpack(w->kind, panel, blocks, bytes);
      j->t->unpacked(bytes, x, y, w->rows, valid);
    } else {
      j->t->panel(w->kind, panel, x, y, w->rows, valid);
    }
  }
}

void ck_quantized_products(const ck_weight *w, int count, long m, const float *x, float *const *y) {
  if (m <= 0 || count <= 0) return;
  long columns = w->columns, blocks = columns / BLOCK, rows = 0, units = 0;
  job j = {.t = ck_active()->quantized, .w = w, .y = y, .count = count, .m = m, .columns = columns, .x = x};
  float *scratch = ck_scratch(CK_SCRATCH_ACTIVATIONS, (size_t)(m * blocks * 6 + m * columns / 4));
  j.scales = scratch;
  j.sums = (int32_t *)(scratch + m * blocks);
  for (int i = 0; i < count; i++)
    if (ck_layouts[w[i].kind].mins) j.moves = scratch + 3 * m * blocks;
  j.q = (int8_t *)(scratch + 6 * m * blocks);
  // One row: units of some 32 KiB, so that tickets cost little; many rows: a panel is enough work.
  j.panels_per_unit = 1;
  if (m <= 8) {
    size_t all = 0, unit;
    for (int i = 0; i < count; i++) all += (size_t)panels_of(&w[i]) * panel_bytes(&w[i]);
    unit = all / 16 < 32768 ? 32768 : all / 16;
    j.panels_per_unit = 1 + (long)(unit / panel_bytes(w));
  }
  for (int i = 0; i < count; i++) {
    rows += w[i].rows;
    units += (panels_of(&w[i]) + j.panels_per_unit - 1) / j.panels_per_unit;
  }
  j.rows_per_unit = 1 + 16384 / columns;
  long row_units = (m + j.rows_per_unit - 1) / j.rows_per_unit;
  // Below a quarter million products a second thread costs more than it brings.
  int threads = m * rows * columns >= 250000;
  if (threads && row_units > 1) ck_parallel((int)row_units, quantize_unit, &j);
  else
    for (long u = 0; u < row_units; u++) quantize_unit(&j, (int)u);
  if (threads) ck_parallel((int)units, product_unit, &j);
  else
    for (long u = 0; u < units; u++) product_unit(&j, (int)u);
}

void ck_quantize_rows(const float *x, long rows, long columns, int8_t *q, float *scales, int32_t *sums) {
  job j = {.t = ck_active()->quantized, .m = rows, .columns = columns, .rows_per_unit = rows, .x = x, .q = q,
           .scales = scales, .sums = sums};
  quantize_unit(&j, 0);
}
